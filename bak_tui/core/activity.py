"""What is seen of a child's work at one moment: by it a watchdog tells slow from stuck."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Activity:
    """Signs of work on the server."""

    marks: Hashable = ()
    """Counters, phases and statements: another value than before is progress."""
    is_working: bool = False
    """A session is on a processor or waits for a disk, as in a long CREATE INDEX: that is work in itself."""
    blockers: tuple[str, ...] = ()
    """Who holds the locks that its sessions wait for; empty when none waits."""
