"""What a job is about, in the few words its row in the list has room for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from bak_tui.core.selection import Selection
from bak_tui.core.wording import plural

if TYPE_CHECKING:
    from bak_tui.operations.bucket.inventory import StoredDump
    from bak_tui.operations.restore.sources import DumpSource


def of_selection(selection: Selection) -> str:
    """`fence`, `3 databases`, `all databases`, `all databases but 2`."""
    if len(selection.names) == 1 and not selection.excluded:
        return selection.names[0]
    which = plural(len(selection.names), "database") if selection.names else "all databases"
    return f"{which} but {len(selection.excluded)}" if selection.excluded else which


def of_restore(dumps: Sequence[DumpSource], into: str | None) -> str:
    """`indexd → indexd_drill`, `3 databases`."""
    if len(dumps) != 1:
        return plural(len(dumps), "database")
    return f"{dumps[0].database} → {into or dumps[0].database}"


def of_dumps(dumps: Sequence[StoredDump] | Sequence[DumpSource]) -> str:
    """`audit 22 Nov 12:00`, `3 dumps`."""
    if len(dumps) != 1:
        return plural(len(dumps), "dump")
    taken = dumps[0].taken.astimezone(UTC)
    return f"{dumps[0].database} {taken.day} {taken:%b %H:%M}"
