"""What is inside a dump as rows of a list: schemas and kinds to be folded out, what is in them below."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass

from bak_tui.core.inside import Inside, KindInside, SchemaInside, TableInside
from bak_tui.core.wording import plural, size_cell
from bak_tui.tui.look.spans import Line, columns, foreign, left, right
from bak_tui.tui.widgets.listing import Drawing

Key = tuple[str, ...]

_ROWS, _SIZE = 12, 9
_FEW = 20
"""So many tables of a schema that is not the first are shown without being asked for."""
_BLANK = " " * _SIZE


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One row; `key` tells it apart."""

    key: Key
    label: str
    said: str
    """In the place of rows."""
    size: int | None = None
    """Bytes; only schemas and tables have any."""
    schema: SchemaInside | None = None
    table: TableInside | None = None
    is_unfolded: bool | None = None
    """None: nothing is below it."""

    @property
    def tables(self) -> list[Key]:
        """The keys of the tables that are meant by it."""
        if self.table is not None:
            return [self.key]
        return [(*self.key, table.name) for table in (self.schema.tables if self.schema else ())]


class Tree:
    """What is unfolded, and the rows that makes."""

    def __init__(self, inside: Inside) -> None:
        self.inside = inside
        schemas = inside.schemas
        self._unfolded = {
            _key(each) for number, each in enumerate(schemas) if not number or len(each.tables) <= _FEW
        }

    def fold(self, row: TreeRow, *, out: bool | None = None) -> Key:
        """Fold a group out or in (None: the other way); of what is in one that group. Its key."""
        key = row.key if row.is_unfolded is not None else row.key[:2]
        is_out = key in self._unfolded
        if out is None:
            out = not is_out
        if out and row.is_unfolded is not None:
            self._unfolded.add(key)
        elif not out:
            self._unfolded.discard(key)
        return key

    def rows(self, words: str = "") -> list[TreeRow]:
        """All that are to be seen; with `words` those whose names hold them, and what they are in."""
        wanted = words.lower().split()

        def fits(name: str) -> bool:
            lower = name.lower()
            return all(word in lower for word in wanted)

        return [row for group in self._groups() for row in self._of(group, fits, is_filtered=bool(wanted))]

    def names_of(self, keys: Collection[Hashable]) -> tuple[str, ...]:
        """The tables with these keys, each as `schema.name`."""
        return tuple(
            table.full_name
            for schema in self.inside.schemas
            for table in schema.tables
            if (*_key(schema), table.name) in keys
        )

    def _groups(self) -> Iterator[SchemaInside | KindInside]:
        yield from self.inside.schemas
        yield from self.inside.kinds

    def _of(
        self, group: SchemaInside | KindInside, fits: Callable[[str], bool], *, is_filtered: bool
    ) -> Iterator[TreeRow]:
        key = _key(group)
        is_out = is_filtered or key in self._unfolded
        below: Iterable[TreeRow] = (row for row in _below(group) if fits(_whole_name(row)))
        inner = list(below) if is_out else []
        if is_filtered and not inner:
            return
        if isinstance(group, SchemaInside):
            said = plural(len(group.tables), "table")
            yield TreeRow(key, group.name, said, group.size, schema=group, is_unfolded=is_out)
        else:
            yield TreeRow(key, group.name, f"{len(group.names):,}", is_unfolded=is_out)
        yield from inner


def _key(group: SchemaInside | KindInside) -> Key:
    return ("schema" if isinstance(group, SchemaInside) else "kind", group.name)


def _below(group: SchemaInside | KindInside) -> Iterator[TreeRow]:
    key = _key(group)
    if isinstance(group, KindInside):
        # By number: an archive may have two of one name.
        yield from (TreeRow((*key, str(number)), name, "") for number, name in enumerate(group.names))
        return
    for table in group.tables:
        rows = "–" if table.rows is None else f"{table.rows:,}"
        yield TreeRow((*key, table.name), table.name, rows, table.size, table=table)


def _whole_name(row: TreeRow) -> str:
    return row.table.full_name if row.table else row.label


def heading(width: int, sizes: str) -> list[Line]:
    """The columns' heads; `sizes` is what the sizes are of."""
    size = " in dump " if sizes == "in the dump" else "  size   "
    cells = (left("  in this dump", _room(width)), right("rows", _ROWS), size)
    return [[*columns(*((cell, "muted") for cell in cells))]]


def draw(row: TreeRow, drawing: Drawing, *, is_marked: bool) -> list[Line]:
    """Groups have a sign before them; a mark stands where it would be."""
    words = "text bold" if drawing.is_cursor else "text"
    room = _room(drawing.width)
    if row.is_unfolded is None:
        mark = ("▪ ", "accent") if is_marked else ("  ", "")
        name: Line = [("  ", ""), mark, (left(foreign(row.label), room - 4), words)]
    else:
        sign = "▾ " if row.is_unfolded else "▸ "
        name = [(sign, "text"), (left(foreign(row.label), room - 2), words)]
    has_size = row.schema is not None or row.table is not None
    size = size_cell(row.size) if has_size else _BLANK
    counted = "text" if row.table and row.table.rows is not None else "muted"
    return [[*name, *columns(("", ""), (right(row.said, _ROWS), counted), (size, "text"))]]


def _room(width: int) -> int:
    return max(12, width - _ROWS - _SIZE - 4)
