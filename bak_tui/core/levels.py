"""How deep `verify` looks. Apart from the checks, so that `bak --help` need not load what reads them."""

from __future__ import annotations

from enum import IntEnum

AT_ONCE = 4
"""Dumps that are verified at once by default: more would take memory, and the network is what limits it."""


class Level(IntEnum):
    """How deep `verify` looks."""

    MANIFEST = 1
    """The manifest is valid, the object has its size, its ETag does not contradict it. No byte is read."""
    BYTES = 2
    """Every byte is read and hashed, part by part."""
    DECODE = 3
    """And its structure is followed, and it is decoded by pg_restore, to the archive's end."""
