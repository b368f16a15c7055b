"""Which process this is, and whether another one still lives.

Linux tells both under /proc; elsewhere `ps` and `sysctl` are asked. What cannot be learned is left empty.
"""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from bak_tui.core.inherited import inherited
from bak_tui.core.journal import Life, Process, life_of

_SECONDS = 5.0
_PROC = Path("/proc")
_STARTED = 19
"""The field `starttime` of /proc/PID/stat, counted behind the command's name (proc_pid_stat(5))."""


class ProcessTable:
    """Who lives on this machine."""

    def __init__(self) -> None:
        self.this = this_process()

    def life_of(self, process: Process, /) -> Life:
        """Whether it lives."""
        return life_of(process, self.this, started(process.pid))


def this_process() -> Process:
    """The one that asks."""
    pid = os.getpid()
    return Process(pid, started(pid) or "", socket.gethostname(), _boot(), _namespace())


def started(pid: int) -> str | None:
    """When the process that bears this number was started; None when none does. A zombie has ended."""
    if not (_PROC / "self" / "stat").exists():
        told = _ask("ps", "-o", "stat=,lstart=", "-p", str(pid)).split(maxsplit=1)
        return told[1] if len(told) > 1 and not told[0].startswith("Z") else None
    try:
        # Its name stands in parentheses and may hold anything, parentheses too.
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {b"Z", b"X"} else fields[_STARTED].decode()


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return _ask("sysctl", "-n", "kern.boottime")


def _namespace() -> str:
    try:
        return os.readlink(_PROC / "self/ns/pid")
    except OSError:
        return ""


def _ask(*argv: str) -> str:
    """What a program of the system says; nothing when there is no such program."""
    try:
        done = subprocess.run(
            argv, env=inherited(os.environ), capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip()
