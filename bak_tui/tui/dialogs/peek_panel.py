"""What stands beside the tree of a peek: first rows of the table under the cursor, read when it rests there.

What must stay true: a cursor that moves on asks for nothing, and an answer that comes too late is not shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual import work
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from bak_tui.core.errors import BakError, Cancelled
from bak_tui.core.inside import FirstRows, TableInside
from bak_tui.operations.bucket.peek import Peek
from bak_tui.tui.asking import Wanted
from bak_tui.tui.dialogs.peek_rows import column_widths, rows_lines
from bak_tui.tui.dialogs.peek_tree import Key, TreeRow
from bak_tui.tui.look import placeholders
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.drawn import strip_of

_REST_SECONDS = 0.15
"""How long a cursor stands on a table before its rows are asked for."""
_KEPT = 16
"""Tables whose first rows are kept."""
_GROUP = "rows"


class RowsPanel(Widget):
    """Beside the tree a line to its left; below it none."""

    DEFAULT_CSS = "RowsPanel { width: 1fr; height: 1fr; }"

    class Told(Message):
        """Rows came, or could not be had."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BakError | None = None
        """Why the rows could not be had."""
        self.is_beside = True
        self.key = "r"
        """What tries again."""
        self._peek: Peek | None = None
        self._sizes = ""
        self._known: dict[Key, FirstRows] = {}
        self._first: FirstRows | None = None
        self._title = ""
        self._instead: Sequence[Line] = ()
        self._column = 0
        self._kept: tuple[Size, list[Line]] | None = None
        """The lines for a size, until something else is to be said."""

    def look_into(self, peek: Peek, sizes: str) -> None:
        """From now on at this dump; `sizes` says of what its tables' sizes are."""
        self._peek, self._sizes = peek, sizes
        self._known.clear()

    def turn_to(self, row: TreeRow | None) -> None:
        """That is under the cursor now."""
        self.workers.cancel_group(self, _GROUP)
        first = self._known.get(row.key) if row is not None else None
        name = row.table.full_name if row is not None and row.table is not None else row.label if row else ""
        self._say(name, first=first)
        if row is not None and row.table is not None and first is None:
            self._fetch(row.key, row.table)

    @property
    def has_more_columns(self) -> bool:
        """Whether there is no room for all of them."""
        return self._first is not None and self._shown < len(self._first.columns)

    def turn_columns(self) -> None:
        """To those that had no room; behind the last to the first again."""
        if self._first is not None:
            column = self._column + self._shown
            self._column = column if column < len(self._first.columns) else 0
            self._renew()

    @work(exclusive=True, group=_GROUP, description="-")
    async def _fetch(self, key: Key, table: TableInside) -> None:
        await asyncio.sleep(_REST_SECONDS)
        peek = self._peek
        if peek is None:
            return
        self._say(table.full_name, placeholders.loading("reading its first rows"))
        try:
            with Wanted() as wanted:
                first = await asyncio.to_thread(peek.rows, table, wanted)
        except Cancelled:
            return
        except BakError as error:
            self._say(table.full_name, error=error)
        else:
            self._known[key] = first
            for oldest in tuple(self._known)[:-_KEPT]:
                del self._known[oldest]
            self._say(table.full_name, first=first)
        self.post_message(self.Told())

    # -- what it says --------------------------------------------------------------------------------

    def _say(
        self,
        title: str,
        instead: Sequence[Line] = (),
        *,
        first: FirstRows | None = None,
        error: BakError | None = None,
    ) -> None:
        self._title, self._instead, self._first, self.error = title, instead, first, error
        self._column = 0
        self._renew()

    def _renew(self) -> None:
        self._kept = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if self._kept is None or self._kept[0] != self.size:
            self._kept = (self.size, self._lines())
        lines = self._kept[1]
        before: Line = [("│ ", "line")] if self.is_beside else []
        return strip_of(self, [*before, *(lines[y] if y < len(lines) else [])], self.size.width)

    @property
    def _room(self) -> tuple[int, int]:
        return max(1, self.size.width - (2 if self.is_beside else 0)), self.size.height

    @property
    def _shown(self) -> int:
        """How many columns have room."""
        return len(column_widths(self._first, self._column, self._room)) if self._first else 0

    def _lines(self) -> list[Line]:
        if self._first is not None:
            return rows_lines(self._first, self._sizes, self._column, self._room)
        instead = placeholders.failed(self.error, self._room[0], self.key) if self.error else self._instead
        return [[(foreign(self._title), "text bold")], [], *instead]
