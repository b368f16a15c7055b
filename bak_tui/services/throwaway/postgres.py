"""A throw-away PostgreSQL server on 127.0.0.1, with our own launcher.

TCP with scram and a random password on every platform, no socket: a socket's path ends at 107 bytes.
"""

from __future__ import annotations

import secrets
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from bak_tui.core.errors import ToolError
from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.services.throwaway.cluster import HOST, USER, Cluster, is_passing
from bak_tui.services.throwaway.folder import ThrowawayFolder
from bak_tui.services.throwaway.process import Child
from bak_tui.services.throwaway.server import ThrowawayServer
from bak_tui.services.throwaway.staging import stage, why_not_run

_START_PATIENCE = 180.0
"""Seconds, on a machine that has much else to do; alone it takes less than one."""
_TRIES = 20
_PAUSE = 0.2


class ThrowawayPostgres(ThrowawayServer):
    """A running server. `stop()` and `crash()` leave its data, `resume()` brings it back on the same port."""

    host = HOST
    user = USER
    stops_by = signal.SIGINT
    """Fast shutdown: open connections are cut, transactions rolled back."""
    crashes_by = signal.SIGQUIT
    """Immediate shutdown, as after a power cut: it recovers when resumed."""
    stop_patience = 10.0

    def __init__(self, cluster: Cluster, bindir: Path) -> None:
        super().__init__()
        self._cluster = cluster
        self.bindir = bindir
        """pg_dump, pg_restore, psql, to be run by ourselves."""
        self.password = Secret(secrets.token_urlsafe(24))
        self.port = 0

    @classmethod
    def start(cls, bindir: Path, *, folder: ThrowawayFolder | None = None) -> Self:
        """Make a cluster with the programs in `bindir` and start it, in `folder`, else in one of its own.

        Raises ToolError when they do not run here, or the server does not start.
        """
        with ExitStack() as resources:
            folder = folder or resources.enter_context(ThrowawayFolder.create())
            postgres = cls(Cluster(folder, _runnable(bindir, folder)), bindir)
            resources.callback(postgres.stop)
            postgres._cluster.initialise(postgres.password)
            postgres.resume()
            postgres._resources = resources.pop_all()
        return postgres

    @property
    def server(self) -> Server:
        return Server(host=self.host, port=str(self.port), user=self.user, password=self.password)

    def resume(self) -> None:
        """Start the stopped server; on its old port when it had one. PostgreSQL has no port 0: try some."""
        for _ in range(_TRIES):
            port = self.port or _free_port()
            self._child = child = self._cluster.launch(port)
            if self._becomes_ready(child):
                self.port = port
                return
            is_late = child.is_running
            self.stop()
            if not (is_passing(child) or "could not bind" in child.output()):
                break
            time.sleep(_PAUSE)
        when = f" in {_START_PATIENCE:.0f} seconds" if is_late else ""
        raise child.failure(f"the throw-away PostgreSQL did not start{when}")

    def _becomes_ready(self, child: Child) -> bool:
        deadline = time.monotonic() + _START_PATIENCE
        while child.is_running and time.monotonic() < deadline:
            if self._cluster.is_ready(child):
                return True
            child.wait(0.02)
        return False


def _runnable(bindir: Path, folder: ThrowawayFolder) -> Path:
    """`bindir` when the server's account can run it, else a copy of it in the private folder."""
    account = folder.account
    why = why_not_run(bindir, account)
    if not why:
        return bindir
    if account is not None and (bindir / "postgres").exists():
        staged = stage(bindir, folder.room("programs"))
        why = why_not_run(staged, account)
        if not why:
            return staged
    raise ToolError(
        f"the PostgreSQL programs in {bindir} do not run on this machine: {why}",
        hint="the wheels are for glibc (not musl); name another PostgreSQL, or use a server you have",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
