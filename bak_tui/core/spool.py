"""How much of a dump may lie on this machine while it is on its way: enough to keep everybody at work."""

from __future__ import annotations

from bak_tui.core.parts import MIB

_LEAST = 32 * MIB
_SHARE = 24
"""Of the database: less than half of an archive that has a tenth of its size."""
RESERVE = 64 * MIB
"""Bytes of the disk that others keep, whatever happens."""


def spool_bound(database_size: int, free: int) -> int:
    """Bytes at which pg_dump is held back, as long as something of them is being stored.

    `free` is what the disk has now. More can lie there where nothing of it goes: files that are read only
    when they are complete, or whose disk cannot be given back behind the reader.
    """
    return max(0, min(max(_LEAST, database_size // _SHARE), (free - RESERVE) // 2))
