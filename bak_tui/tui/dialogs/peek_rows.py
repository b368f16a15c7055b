"""How the first rows of a table look: as many columns as have room, values, and what else is known of it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from bak_tui.core.inside import FirstRows
from bak_tui.core.wording import plural, size
from bak_tui.tui.look.labelled import LABEL, labelled
from bak_tui.tui.look.spans import Line, Span, foreign, left

_WIDEST, _LEAST = 24, 6
"""Cells of a column as long as others want room, and of the last one, which may be cropped."""
_GAP = 2
_TIGHT = 12
"""Lines below which there are no blank ones, and one fact at most."""
_NULL = "NULL"


def rows_lines(first: FirstRows, sizes: str, begin: int, room: tuple[int, int]) -> list[Line]:
    """The columns from `begin` on, in `room` (width, height in cells); `sizes` says of what its size is."""
    width, height = room
    widths = column_widths(first, begin, room)
    is_tight = height < _TIGHT
    facts = _facts(first, sizes, width)[: 1 if is_tight else None]
    blank: list[Line] = [] if is_tight else [[]]
    rows = [labelled("", first.remark, width, words="muted", room=0)] if first.remark else []
    lines = [line for remark in rows for line in remark]
    if first.rows:
        heads = first.columns[begin : begin + len(widths)]
        lines.append(_cells([(foreign(head), "muted") for head in heads], widths))
    for row in first.rows[: max(1, height - len(facts) - 2 - 2 * len(blank))]:
        lines.append(_cells([_value(value) for value in row[begin : begin + len(widths)]], widths))
    return [_heading(first, begin, len(widths), width), *blank, *lines, *blank, *facts]


def column_widths(first: FirstRows, begin: int, room: tuple[int, int]) -> list[int]:
    """In cells, of the columns from `begin` on as many as have room; the last one may be cropped."""
    width, height = room
    shown = first.rows[: max(1, height)]
    wishes: list[int] = []
    widths: list[int] = []
    for number in range(begin, len(first.columns)):
        wish = _wish(first.columns[number], number, shown)
        rest = width - sum(widths) - _GAP * len(widths)
        if min(wish, _WIDEST) > rest:
            if rest >= _LEAST or not widths:
                widths.append(max(1, rest))
            break
        wishes.append(wish)
        widths.append(min(wish, _WIDEST))
    spare = width - sum(widths) - _GAP * (len(widths) - 1)
    for number, wish in enumerate(wishes):
        more = min(max(0, spare), wish - widths[number])
        widths[number] += more
        spare -= more
    return widths


def _heading(first: FirstRows, begin: int, shown: int, width: int) -> Line:
    said = "first rows"
    if first.is_all:
        said = f"all {plural(len(first.rows), 'row')}" if first.rows else "no rows"
    if shown == len(first.columns):
        said += ", in dump order" if first.rows and not first.is_all else ""
    else:
        said += f", columns {begin + 1} to {begin + shown} of {len(first.columns):,}"
    name = foreign(first.table.full_name)
    room = min(cell_len(name), max(8, width - cell_len(said) - 3))
    return [(left(name, room), "text bold"), ("   ", ""), (said, "muted")]


def _wish(column: str, number: int, rows: Sequence[Sequence[str | None]]) -> int:
    """How many cells a column would take."""
    values = [_value(row[number])[0] for row in rows if number < len(row)]
    return max(1, cell_len(foreign(column)), *map(cell_len, values))


def _value(value: str | None) -> Span:
    return (_NULL, "muted") if value is None else (foreign(value), "text")


def _cells(cells: Sequence[Span], widths: Sequence[int]) -> Line:
    line: Line = []
    for (text, words), width in zip(cells, widths, strict=False):
        line += [(" " * _GAP, "")] if line else []
        line.append((left(text, width), words))
    return line


def _facts(first: FirstRows, sizes: str, width: int) -> list[Line]:
    """Each in a line, cropped."""
    on_server = sizes == "on the server" and first.table.size is not None
    told = {
        "primary key": first.primary_key,
        "indexes": f"{first.indexes:,}" if first.indexes else "",
        "in the dump": first.lies,
        sizes: size(first.table.size) if on_server else "",
    }
    room = max(1, width - LABEL - 1)
    return [
        [(f"{label:<{LABEL}} ", "muted"), (left(foreign(text), room), "text")]
        for label, text in told.items()
        if text
    ]
