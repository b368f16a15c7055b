"""PgBouncer before a server, where it is installed (`apt-get install pgbouncer`)."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from bak_tui.core.profile import Server
from tests.waiting import until

_FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin"
_CONFIG = """
[databases]
* = host={host} port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 20
logfile = {folder}/log
pidfile = {folder}/pid
"""


def pgbouncer() -> str | None:
    """The program; None where it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:{_FOLDERS}")


@contextmanager
def pooled(server: Server, mode: str) -> Iterator[Server]:
    """The server, by way of a pool of `mode`: `session`, `transaction`, `statement`."""
    program = pgbouncer()
    assert program is not None
    assert server.password is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # another account reads it
        folder = Path(name)
        folder.chmod(0o777)
        config = folder / "pgbouncer.ini"
        config.write_text(
            _CONFIG.format(host=server.host, server_port=server.port, port=port, folder=folder, mode=mode)
        )
        quoted = server.password.reveal().replace('"', '""')
        (folder / "users").write_text(f'"{server.user}" "{quoted}"\n')
        user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it does not run as root
        quiet = subprocess.DEVNULL
        process = subprocess.Popen([program, *user, config], stderr=quiet, stdout=quiet)
        try:
            until(lambda: _listens(port))
            yield replace(server, host="127.0.0.1", port=str(port))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
