"""How much of a dump may lie on this machine while it is on its way: enough to keep everybody at work."""

from __future__ import annotations

from bak_tui.core.parts import MIB

_LEAST = 32 * MIB
_SHARE = 24
"""Of the database: less than half of an archive that has a tenth of its size."""
RESERVE = 64 * MIB
"""Bytes of the disk that others keep, whatever happens."""


def spool_bound(database_size: int, free: int) -> int:
    """Bytes at which pg_dump is held back, as long as something that is complete is being stored.

    `free` is what the disk has now. Files that pg_dump is still writing can take more: they cannot go
    before their end.
    """
    return max(0, min(max(_LEAST, database_size // _SHARE), (free - RESERVE) // 2))
