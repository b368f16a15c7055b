"""What this process holds: threads, file descriptors, memory, children."""

from __future__ import annotations

import gc
import os
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISSOCK

_SELF = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Held:
    """At one moment."""

    threads: int
    descriptors: int
    """All but connections to the bucket."""
    connections: int
    """To the bucket: a client keeps those that were in use at once, for the next request."""
    children: int
    """Zombies included; the tests' servers are some."""
    memory: int
    """Resident bytes."""

    def __str__(self) -> str:
        return (
            f"{self.threads} threads, {self.descriptors} descriptors, {self.connections} connections,"
            f" {self.children} children, {self.memory / 1e6:.0f} MB"
        )


def held(port: int) -> Held:
    """Now, after what is garbage is gone; the bucket answers at `port`."""
    gc.collect()
    pages = int((_SELF / "statm").read_text().split()[1])
    children = [(task / "children").read_text().split() for task in (_SELF / "task").iterdir()]
    connections = sum(_is_to(int(entry.name), port) for entry in (_SELF / "fd").iterdir())
    # One descriptor is the listing's own, every time.
    return Held(
        threading.active_count(),
        len(list((_SELF / "fd").iterdir())) - connections,
        connections,
        sum(map(len, children)),
        pages * os.sysconf("SC_PAGE_SIZE"),
    )


def _is_to(descriptor: int, port: int) -> bool:
    """Whether it is a connection to that port; the listing's own descriptor is closed by now."""
    try:
        if not S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            peer = connection.getpeername()
    except OSError:
        return False
    return isinstance(peer, tuple) and peer[1] == port
