"""What is inside a dump, and the first rows of its tables, read by a few ranged requests where it lies.

What must stay true: nothing here waits, an answer that comes too late is dropped, and the line at the foot
says how much was read for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.errors import BakError, Cancelled
from bak_tui.core.inside import Inside
from bak_tui.core.profile import Profile
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.bucket.peek import Peek
from bak_tui.tui.asking import Wanted
from bak_tui.tui.dialogs import peek_tree
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.dialogs.peek_facts import facts, how_much
from bak_tui.tui.dialogs.peek_panel import RowsPanel
from bak_tui.tui.dialogs.peek_tree import Key, Tree, TreeRow
from bak_tui.tui.look import placeholders
from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.drawn import Flowing
from bak_tui.tui.widgets.fields import TextField
from bak_tui.tui.widgets.keys import Keys
from bak_tui.tui.widgets.listing import Drawing, Listing
from bak_tui.tui.widgets.pressing import Remark

_STACKED_BELOW = 100
"""Columns with fewer than which the rows stand below the tree."""
_QUIET_SECONDS = 0.15
"""Before it is said that something is read."""
_GONE = frozenset({"changed", "not_found"})
"""What a store says of an object that is another by now."""


def _folding(key: str, action: str, name: str, shown: str, told: str) -> Binding:
    return Binding(key, action, name, show=False, key_display=shown, id=f"peek.{name.lower()}", tooltip=told)


@dataclass(frozen=True)
class PeekOrder:
    """Tables that were marked, to be restored."""

    dump: StoredDump
    tables: tuple[str, ...]
    """Each as `schema.name`."""


class PeekDialog(Dialog[PeekOrder]):
    """Answers what is to be restored of `dump`."""

    CSS = """
    PeekDialog {
        & > #frame {
            height: 65%;
            min-height: 25;
            & > #body { height: 1fr; max-height: 100%; }
        }
        & #both { layout: horizontal; height: 1fr; min-height: 5; margin-top: 1; }
        & #tree { width: 59; padding-right: 1; height: 1fr; }
        & Listing { min-height: 3; }
        & TextField { display: none; }
        &.-stacked #both { layout: vertical; min-height: 8; margin-top: 0; }
        &.-stacked #tree { width: 1fr; padding: 0; min-height: 5; }
        &.-full > #frame { min-height: 1; }
    }
    """
    WIDTH = 124
    FOOTER = ("peek.again", "peek.mark", "peek.restore", "peek.filter", "peek.columns", "dialog.help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "cancel", "Close", show=False, id="peek.close", tooltip="Close it, as it was opened"),
        Binding("space", "mark", "Mark", id="peek.mark", tooltip="Mark this table, or all of the schema"),
        Binding(
            "R", "restore", "Restore marked", id="peek.restore", tooltip="Restore the marked tables: asks how"
        ),
        Binding("slash", "filter", "Filter", key_display="/", id="peek.filter", tooltip="Only what holds it"),
        _folding("right,l", "fold(True)", "Unfold", "→", "Fold it out"),
        _folding("left,h", "fold(False)", "Fold", "←", "Fold in what it is in"),
        Binding("c", "columns", "Columns", id="peek.columns", tooltip="The columns that have no room"),
        Binding("r", "again", "Try again", id="peek.again", tooltip="Read it again, after an error"),
        Binding("tab", "app.focus_next", "Next", show=False, id="peek.next", tooltip="List, buttons"),
    ]

    def __init__(self, bak: Bak, profile: Profile, dump: StoredDump) -> None:
        super().__init__("Peek", profile)
        self._bak, self._from = bak, profile
        self._dump = dump
        self._peek: Peek | None = None
        self._error: BakError | None = None
        self._tree: Tree | None = None
        self._facts = Flowing(self._facts_lines)
        self._heads = Flowing(lambda width: peek_tree.heading(width - 2, self._sizes))
        self._listing: Listing[TreeRow] = Listing(self._draw, lambda row: row.key)
        self._field = TextField(placeholder="filter")
        self._panel = RowsPanel()

    # -- what it says --------------------------------------------------------------------------------

    def body(self) -> list[Widget]:
        tree = Vertical(self._heads, self._listing, self._field, id="tree")
        return [self._facts, Container(tree, self._panel, id="both")]

    def buttons(self) -> list[Button]:
        close = Button("Close", "esc", "cancel")
        if self._tree is None:
            return [close, *([Button("Try again", "r", "again")] if self._error else [])]
        restore = [Button("Restore marked", "R", "restore")] if self._listing.marks else []
        mark = [] if self._from.is_read_only else [Button("Mark", "space", "mark")]
        return [close, *mark, *restore, Button("Filter", "/", "filter")]

    def remark(self) -> str:
        return how_much(self._peek) if self._peek else ""

    def fit(self) -> None:
        super().fit()
        self._panel.key = self.key_of("peek.again", "r")
        is_stacked = self.size.width < _STACKED_BELOW
        self.set_class(is_stacked, "-stacked")
        self._panel.is_beside = not is_stacked
        self._facts.flow(self._facts_lines)

    def _facts_lines(self, width: int) -> list[Line]:
        head = self._peek.head if self._peek else self._dump.head
        # Where a dialog is the screen the buttons have no remark beside them.
        return facts(self._dump, head, width, below=self.remark() if self.has_class("-full") else None)

    @property
    def _sizes(self) -> str:
        return self._tree.inside.sizes if self._tree else ""

    def _draw(self, row: TreeRow, drawing: Drawing) -> list[Line]:
        return peek_tree.draw(row, drawing, is_marked=row.key in self._listing.marks)

    # -- the tree ------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._listing.focus()
        self._look()

    @work(exclusive=True, group="peek", description="-")
    async def _look(self, *, is_again: bool = False) -> None:
        self._error = None
        reading = placeholders.loading("reading its table of contents")
        saying = self.set_timer(_QUIET_SECONDS, partial(self._listing.say_instead, reading))
        try:
            with Wanted() as wanted:
                found = await asyncio.to_thread(self._ask, wanted, is_again=is_again)
        except Cancelled:
            return
        except BakError as error:
            self._error, self._tree = error, None
            self._listing.show([])
            key = self.key_of("peek.again", "r")
            self._listing.say_instead(placeholders.failed(error, self._listing.room, key))
        else:
            self._tree = Tree(found)
            if self._peek is not None:
                self._panel.look_into(self._peek, self._sizes)
            self._heads.flow(lambda width: peek_tree.heading(width - 2, self._sizes))
            self._listing.say_instead([[("nothing is in it", "muted")]])
            self._fill()
        finally:
            saying.stop()
        self._tell()
        await self.renew_buttons()

    def _ask(self, wanted: Wanted, *, is_again: bool) -> Inside:
        """In a thread. Again: of what lies there now."""
        catalogue = self._bak.catalogue(self._from.target)
        if is_again:
            self._dump = catalogue.show(self._dump.stored.key)
        self._peek = catalogue.peek(self._dump)
        return self._peek.inside(wanted)

    def _fill(self, key: Key | None = None) -> None:
        """Show the rows there are now; the cursor goes to `key`, else stays."""
        if self._tree is None:
            return
        rows = self._tree.rows(self._field.text if self._field.display else "")
        at = next((number for number, row in enumerate(rows) if row.key == key), None) if key else None
        self._listing.show(rows, at)

    def _tell(self) -> None:
        """How much was read, and what can be done now."""
        for remark in self.query(Remark):
            remark.tell(self.remark())
        self._facts.flow(self._facts_lines)
        self._renew_keys()

    def _renew_keys(self) -> None:
        """At once: what the footer says is so whenever anybody looks."""
        self.refresh_bindings()
        self.query_one(Keys).renew()

    def action_fold(self, out: bool) -> None:
        """Fold out what is under the cursor, or in what it is in."""
        row = self._listing.current
        if self._tree is not None and row is not None:
            self._fill(self._tree.fold(row, out=out) if not out or row.is_unfolded is False else row.key)

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        row = self._listing.current
        if self._tree is not None and row is not None and row.is_unfolded is not None:
            self._fill(self._tree.fold(row))

    # -- the filter ----------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Show only what holds what is typed."""
        self._field.display = True
        self.set_focus(self._field)

    def action_cancel(self) -> None:
        """First the filter goes, then the dialog."""
        if not self._field.display:
            self.dismiss(None)
            return
        self._field.value, self._field.display = "", False
        self._listing.focus()
        self._fill()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._listing.focus()

    # -- marks ---------------------------------------------------------------------------------------

    async def action_mark(self) -> None:
        """This table, or all of this schema; the cursor goes on."""
        row = self._listing.current
        if row is None:
            return
        marks, had_any = self._listing.marks, bool(self._listing.marks)
        keys = set(row.tables)
        self._listing.marks = marks - keys if keys <= marks else marks | keys
        self._listing.action_move(1)
        self._listing.refresh()
        self._renew_keys()
        if bool(self._listing.marks) is not had_any:
            await self.renew_buttons()

    @property
    def _marked(self) -> tuple[str, ...]:
        return self._tree.names_of(self._listing.marks) if self._tree else ()

    def action_restore(self) -> None:
        """The marked tables; the restore's own dialog asks where to."""
        if self._marked:
            self.dismiss(PeekOrder(self._dump, self._marked))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"mark", "restore"} and self._from.is_read_only:
            return False
        row = self._listing.current
        works = {
            "mark": row is not None and bool(row.tables),
            "restore": bool(self._listing.marks),
            "columns": self._panel.has_more_columns,
            "again": (self._error or self._panel.error) is not None,
            "filter": self._tree is not None,
        }
        return super().check_action(action, parameters) if action not in works else works[action] or None

    # -- the rows ------------------------------------------------------------------------------------

    def on_listing_moved(self, message: Listing.Moved) -> None:
        message.stop()
        self._panel.turn_to(self._listing.current)
        self._renew_keys()

    def on_rows_panel_told(self, message: RowsPanel.Told) -> None:
        message.stop()
        self._tell()

    def action_columns(self) -> None:
        """Those that have no room, page by page."""
        self._panel.turn_columns()
        self._renew_keys()

    def action_again(self) -> None:
        """What has failed: all of it where another object lies there now, else what is under the cursor."""
        error = self._panel.error
        if self._error is not None or (error is not None and error.kind in _GONE):
            self._look(is_again=True)
        elif error is not None:
            self._panel.turn_to(self._listing.current)
            self._renew_keys()
