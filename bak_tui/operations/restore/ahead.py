"""What a part of a dump will take, told before anything of it is fetched but its table of contents."""

from __future__ import annotations

import io
from dataclasses import dataclass

from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import Manifest
from bak_tui.core.portion import Portion
from bak_tui.operations.restore.picking import choose
from bak_tui.operations.restore.sources import DumpSource
from bak_tui.services.archive import LOOKED_AT, TocEntry, read_contents

_LONGEST = 64 * LOOKED_AT
"""Bytes of a table of contents that is read for a plan: more than a hundred thousand tables have."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What of a dump a restore will take; all of it where nobody can tell beforehand."""

    manifest: Manifest | None
    """Of what is meant alone."""
    spool_size: int
    """Bytes that will be fetched."""


def look_ahead(source: DumpSource, portion: Portion, *, is_clean: bool) -> Ahead:
    """Raises UsageError for a name that is not in the dump. `is_clean`: what it depends on is there."""
    whole = Ahead(source.manifest, source.spool_size)
    entries = None if portion.is_whole else _entries(source)
    if entries is None:
        return whole
    part = choose(entries, portion, source.manifest, is_clean=is_clean)
    if not portion.names_something:  # by its sections alone nothing is left unfetched
        return Ahead(part.manifest, whole.spool_size)
    ids = part.ids if portion.has_data else frozenset()
    return Ahead(part.manifest, source.excerpt_size(entries, ids))


def _entries(source: DumpSource) -> tuple[TocEntry, ...] | None:
    """Its table of contents; None of what must be unpacked first, or is damaged (a restore says that)."""
    length = LOOKED_AT
    while length <= _LONGEST:
        begin = source.begin(length)
        try:
            return read_contents(io.BytesIO(begin), source.name).entries
        except IntegrityError as error:
            if error.kind != "cut" or len(begin) < length:
                return None
        length *= 8
    return None
