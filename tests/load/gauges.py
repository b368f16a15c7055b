"""What this process holds: threads, file descriptors, memory, children."""

from __future__ import annotations

import gc
import os
import threading
from dataclasses import dataclass
from pathlib import Path

_SELF = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Held:
    """At one moment."""

    threads: int
    descriptors: int
    children: int
    """Zombies included; the tests' servers are some."""
    memory: int
    """Resident bytes."""

    def __str__(self) -> str:
        return (
            f"{self.threads} threads, {self.descriptors} descriptors, {self.children} children,"
            f" {self.memory / 1e6:.0f} MB"
        )


def held() -> Held:
    """Now, after what is garbage is gone."""
    gc.collect()
    pages = int((_SELF / "statm").read_text().split()[1])
    children = [(task / "children").read_text().split() for task in (_SELF / "task").iterdir()]
    # One descriptor is the listing's own, every time.
    return Held(
        threading.active_count(),
        len(list((_SELF / "fd").iterdir())),
        sum(map(len, children)),
        pages * os.sysconf("SC_PAGE_SIZE"),
    )
