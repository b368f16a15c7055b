"""Which tables of a dump: ticked in the list that its manifest has of them, with their rows and sizes.

A dump without a manifest has no such list; its tables are named in the field.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.manifest import TableRecord
from bak_tui.core.profile import Profile
from bak_tui.core.wording import plural, size, size_cell
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look.spans import Line, columns, foreign, left, right
from bak_tui.tui.widgets.drawn import Drawn, Flowing
from bak_tui.tui.widgets.fields import FormRow, TextField
from bak_tui.tui.widgets.listing import Drawing, Listing

_MOST_ROWS = 14
_ROWS, _SIZE = 13, 9

Names = tuple[str, ...]
"""Each as `schema.name`."""


class TablesDialog(Dialog[Names]):
    """Answers the names; none means all of the dump. `line` is the `bak` line that takes them."""

    CSS = "TablesDialog { & .label { width: 13; } & Listing { margin-bottom: 1; } }"
    FOOTER = ("tables.mark", "tables.all", "tables.filter", *Dialog.FOOTER)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Tick", id="tables.mark", tooltip="Tick this table, or not"),
        Binding("a", "mark_all", "All", id="tables.all", tooltip="Tick all that are shown, or none"),
        Binding("slash", "filter", "Filter", key_display="/", id="tables.filter", tooltip="To the filter"),
        Binding(
            "tab", "app.focus_next", "Next", show=False, id="tables.next", tooltip="Filter, list, buttons"
        ),
    ]

    def __init__(
        self,
        profile: Profile,
        tables: Sequence[TableRecord],
        ticked: Collection[str],
        line: Callable[[Names], str],
    ) -> None:
        super().__init__("Tables", profile)
        self._tables = sorted(tables, key=_name)
        self._line = line
        self._filter = TextField(id="filter", placeholder="all; else a part of their names")
        self._sum = Drawn()
        self._listing: Listing[TableRecord] = Listing(_draw, _name, has_marks=True)
        self._listing.marks = {name for name in map(_name, tables) if name in ticked}

    @property
    def names(self) -> Names:
        """What is ticked, by name."""
        return tuple(name for name in map(_name, self._tables) if name in self._listing.marks)

    def body(self) -> list[Widget]:
        return [FormRow("Filter", self._filter), Drawn([[]]), Flowing(_heading), self._listing, self._sum]

    def fit(self) -> None:
        super().fit()
        self.fit_list(self._listing, min(_MOST_ROWS, len(self._tables)))

    def buttons(self) -> list[Button]:
        return [Button("Take them", "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def remark(self) -> str:
        return "none ticked: the whole dump"

    def command(self) -> str:
        return self._line(self.names)

    def on_mount(self) -> None:
        self._listing.focus()
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.action_accept()

    def on_listing_marked(self, message: Listing.Marked) -> None:
        message.stop()
        self._tell()

    def action_mark(self) -> None:
        self._listing.toggle_mark()
        self._tell()

    def action_mark_all(self) -> None:
        shown = set(map(_name, self._listing.items))
        self._listing.marks = (
            self._listing.marks - shown if shown <= self._listing.marks else self._listing.marks | shown
        )
        self._listing.refresh()
        self._tell()

    def action_filter(self) -> None:
        """To the field; enter and tab lead back to the list."""
        self._filter.focus()

    def action_accept(self) -> None:
        self.dismiss(self.names)

    def _show(self) -> None:
        words = self._filter.text.lower().split()
        names = ((each, _name(each).lower()) for each in self._tables)
        self._listing.show([each for each, name in names if all(word in name for word in words)])
        self._tell()

    def _tell(self) -> None:
        ticked = [each for each in self._tables if _name(each) in self._listing.marks]
        total = f", {size(sum(each.bytes for each in ticked))} on the server" if ticked else ""
        said = f"{len(ticked):,} of {plural(len(self._tables), 'table')} ticked{total}"
        self._sum.show([[(said, "muted")]])
        self.renew_command()


def _name(table: TableRecord) -> str:
    return f"{table.schema_name}.{table.name}"


def _heading(width: int) -> list[Line]:
    cells = (left("table", _room(width - 3)), right("rows", _ROWS), "  size   ")
    return [[("   ", ""), *columns(*((cell, "muted") for cell in cells))]]


def _draw(table: TableRecord, drawing: Drawing) -> list[Line]:
    words = "text bold" if drawing.is_cursor else "text"
    rows = "unknown" if table.rows is None else f"{table.rows:,}"
    name = left(foreign(_name(table)), _room(drawing.width))
    return [columns((name, words), (right(rows, _ROWS), "text"), (size_cell(table.bytes), "text"))]


def _room(width: int) -> int:
    return max(10, width - _ROWS - _SIZE - 4)
