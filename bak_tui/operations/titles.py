"""What a job is about, in the few words its row in the list has room for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from bak_tui.core.names import parse_dump_name
from bak_tui.core.selection import Selection
from bak_tui.core.wording import plural
from bak_tui.operations.refused import Refused

if TYPE_CHECKING:
    from bak_tui.operations.restore.local_dumps import Dumps
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


def of_dumps(dumps: Dumps) -> str:
    """`audit 22 Nov 12:00`, `3 dumps`."""
    only = dumps[0] if len(dumps) == 1 else None
    if only is None or isinstance(only, Refused):
        return plural(len(dumps), "dump")
    taken = only.taken.astimezone(UTC)
    return f"{only.database} {taken.day} {taken:%b %H:%M}"


def dump_words(path: str) -> str:
    """`indexd-prod 2026-11-23 12:00 UTC`: which dump, by its key; the key itself where that holds no time."""
    name = parse_dump_name(path)
    if name.taken is None:
        return path
    return f"{name.database} {name.taken:%Y-%m-%d %H:%M} UTC"
