"""Which databases a backup takes: those that were marked, less what is typed to be left out of them.

What stays and what goes is decided by the operation's own rule, on the names the server has, so that the
list, the `bak` line and the run agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bak_tui.core.selection import Selection
from bak_tui.core.wording import size, size_cell
from bak_tui.operations.bucket.board import BoardRow
from bak_tui.tui.dialogs.dialog import fact
from bak_tui.tui.look.spans import Line, foreign, left
from bak_tui.tui.panes.board_drawing import age_words

_MOST_ROWS = 8
_MOST_ASIDE = 3
_NAME = 23


@dataclass(frozen=True)
class Meant:
    """The rows that were marked, and the names and globs that leave some of them out."""

    rows: tuple[BoardRow, ...]
    excluded: tuple[str, ...] = ()
    there: Collection[BoardRow] = ()
    """The whole board of the server: a name that exists is itself, even when it looks like a glob."""

    @property
    def selection(self) -> Selection:
        """As the operation takes it."""
        return Selection(tuple(row.database for row in self.rows), self.excluded)

    @property
    def kept(self) -> tuple[BoardRow, ...]:
        """What will be backed up."""
        names = set(self.selection.among(self._names))
        return tuple(row for row in self.rows if row.database in names)

    @property
    def idle(self) -> tuple[str, ...]:
        """What is typed and leaves nothing out."""
        marked = {row.database for row in self.rows}
        return tuple(
            each for each in self.excluded if marked <= set(Selection((), (each,)).among(self._names))
        )

    @property
    def _names(self) -> list[str]:
        return list(dict.fromkeys(row.database for row in (*self.rows, *self.there)))

    @property
    def aside(self) -> tuple[BoardRow, ...]:
        """Where all are marked that count, the others: nobody shall take them for backed up."""
        marked = {row.database for row in self.rows}
        if len(self.rows) < 2 or not {row.database for row in self.there if row.counts} <= marked:
            return ()
        return tuple(row for row in self.there if row.aside and row.database not in marked)


def what_lines(meant: Meant, now: datetime) -> list[Line]:
    """How many, how large, and the first of them by name; what is left out among them says so."""
    kept = meant.kept
    many = f"{len(meant.rows)} marked" if len(meant.rows) > 1 else "1 database"
    if len(kept) < len(meant.rows):
        many = f"{len(kept)} of {many}"
    said = f"{many}, {size(sum(row.size or 0 for row in kept))} on the server"
    lines: list[Line] = [
        fact("Databases", [(said, "text") if kept else ("✗ nothing is left of them", "bad")])
    ]
    for row in meant.rows[:_MOST_ROWS]:
        name = left(foreign(row.database), _NAME)
        if row in kept:
            cells: Line = [("▪ ", "accent"), (name, "text"), (f"{size_cell(row.size)}   ", "text")]
            lines.append(fact("", [*cells, age_words(row, now)]))
        else:
            lines.append(fact("", [(f"  {name}{size_cell(row.size)}   left out", "muted")]))
    if len(meant.rows) > _MOST_ROWS:
        lines.append(fact("", [(f"and {len(meant.rows) - _MOST_ROWS} more", "muted")]))
    for row in meant.aside[:_MOST_ASIDE]:
        lines.append(fact("", [(f"  {left(foreign(row.database), _NAME)}left out: {row.aside}", "muted")]))
    if len(meant.aside) > _MOST_ASIDE:
        lines.append(fact("", [(f"and {len(meant.aside) - _MOST_ASIDE} more left out", "muted")]))
    if meant.idle:
        named = ", ".join(map(foreign, meant.idle))
        lines.append(fact("", [("▲ ", "warn bold"), (f"leaves none of them out: {named}", "warn")]))
    return lines


def names_of(rows: Sequence[BoardRow]) -> list[str]:
    """The words that name them on a `bak` line."""
    return [word for row in rows for word in ("--database", row.database)]
