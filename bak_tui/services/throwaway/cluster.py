"""One PostgreSQL data folder: made by initdb, run by a postmaster, both as the server's account."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from bak_tui.core.secret import Secret
from bak_tui.services.throwaway.folder import ThrowawayFolder
from bak_tui.services.throwaway.process import Child

HOST = "127.0.0.1"
USER = "postgres"

_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
"""Nothing of ours: no PG*, no keys. TZ spares initdb its search through all time zones."""
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    "dynamic_shared_memory_type": "mmap",  # inside the folder, so that nothing outlives a kill in /dev/shm
    "logging_collector": "off",
}
_INITDB_PATIENCE = 300.0
"""Seconds, on a machine that has much else to do; alone it takes one or two."""
_TRIES = 20
_PAUSE = 0.2
_READY_LINE = 7
"""Of postmaster.pid, from 0: `ready` (src/include/utils/pidfile.h), which is what pg_ctl waits for."""


def is_passing(child: Child) -> bool:
    """Whether it is another's memory that stands in its way, and soon will not.

    A server's is known by the number of its data folder, which a new one gets when the old is removed: where
    that server was killed, the last of its processes may live a moment longer than its folder
    (src/backend/port/sysv_shmem.c, PGSharedMemoryCreate).
    """
    return "pre-existing shared memory block" in child.output()


class Cluster:
    """A data folder in the private folder, and the programs that the server's account can run."""

    def __init__(self, folder: ThrowawayFolder, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        self._room = folder.room("postgres", for_server=True)
        self._data = self._room / "data"
        self._log = folder.path / "postgres.log"

    def initialise(self, password: Secret) -> None:
        """Run initdb. The password is on disk while it runs, in a file only it can read, and no longer."""
        word = self._room / "password"
        command = ["initdb", f"--pgdata={self._data}", f"--username={USER}", f"--pwfile={word}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        try:
            self._write(word, password)
            for _ in range(_TRIES):
                self._log.write_bytes(b"")
                child = self._child(command, death_signal=signal.SIGKILL)
                code = child.wait(_INITDB_PATIENCE)
                child.stop(signal.SIGKILL, 1)
                if not code or not is_passing(child):
                    break
                time.sleep(_PAUSE)
        finally:
            word.unlink(missing_ok=True)
        if code is None:
            raise child.failure(f"initdb did not end in {_INITDB_PATIENCE:.0f} seconds")
        if code != 0:
            raise child.failure("initdb failed")

    def launch(self, port: int) -> Child:
        """Start the postmaster; it is not ready yet."""
        self._log.write_bytes(b"")
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = ["postgres", "-D", str(self._data), "-p", str(port), *settings]
        return self._child(command, death_signal=signal.SIGINT)

    def is_ready(self, postmaster: Child) -> bool:
        """Whether it takes connections, by its own word."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return (
            len(lines) > _READY_LINE
            and lines[0] == str(postmaster.pid)
            and lines[_READY_LINE].strip() == "ready"
        )

    def _child(self, command: list[str], *, death_signal: signal.Signals) -> Child:
        return Child(
            self._folder,
            [self._programs / command[0], *command[1:]],
            log=self._log,
            environment=_ENVIRONMENT,
            account=self._folder.account,
            death_signal=death_signal,
            cwd=self._room,
        )

    def _write(self, word: Path, password: Secret) -> None:
        descriptor = os.open(word, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password.reveal())
        if self._folder.account is not None:
            os.chown(word, self._folder.account.uid, self._folder.account.gid)
