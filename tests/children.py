"""The children of a process: how they begin, and which of them live."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def children_of(pid: int) -> set[int]:
    """Living children (not zombies) of a process, from /proc."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def dumping_children() -> set[int]:
    """Our own pg_dumps and pg_restores."""
    found = set()
    for pid in children_of(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"pg_dump" in command or b"pg_restore" in command:
            found.add(pid)
    return found


def heed_signals() -> None:
    """In a child: as a shell's foreground command has them. We may run under nohup, or in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def programs_at(port: str) -> set[int]:
    """Living pg_dumps and the like, whosever children they are, that speak to the server at that port."""
    programs = {"pg_dump", "pg_dumpall", "pg_restore"}
    return {pid for pid, argv in running_with(port).items() if Path(argv[0]).name in programs}


def running_with(piece: str) -> dict[int, list[str]]:
    """Command lines, by pid, in which that stands."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if piece in command:
            found[int(place.name)] = command.split("\0")
    return found
