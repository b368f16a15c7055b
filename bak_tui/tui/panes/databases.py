"""2 Databases: the protection board. The worst is on top, and the details under it say why.

What must stay true: a row and its details say the same. Both are drawn of one board, judged at one moment,
and ages are told for that moment; the pane has no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from bak_tui.operations.bucket.board import Board, BoardRow
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.messages import DemoWanted
from bak_tui.tui.panes.board_drawing import Undo, details, draw_row, heading, word
from bak_tui.tui.panes.marking import MarkingPane, marked_words
from bak_tui.tui.panes.profiles import ProfilesPane, Wish
from bak_tui.tui.widgets.listing import Listing

_NEVER = datetime.min.replace(tzinfo=UTC)
_ORDERS: dict[str, Callable[[BoardRow], object]] = {
    "worst first": lambda row: row.verdict is None,
    "by name": lambda row: row.database.lower(),
    "largest first": lambda row: -(row.size or 0),
    "oldest first": lambda row: row.dumps[0].taken if row.dumps else _NEVER,
}


class DatabasesPane(MarkingPane[BoardRow]):
    """Joins the server and the bucket."""

    HELP = "Every database of this server, joined with its newest backup in the bucket."
    OPENS = "open its folder in the bucket"
    LEGEND_TITLE = "standing"
    LEGEND = states.STANDINGS
    HAS_ORDERS = True
    FOOTER = (
        *("db.backup", "db.restore", "db.verify", "db.peek", "db.mark"),
        *("db.new-profile", "db.import-profile", "db.demo"),
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "b",
            "screen.back_up",
            "Back up",
            id="db.backup",
            tooltip="Back up what is marked, or this one",
        ),
        Binding(
            "R",
            "screen.restore_newest",
            "Restore",
            id="db.restore",
            tooltip="Restore its newest backup",
        ),
        Binding(
            "V",
            "screen.verify",
            "Verify",
            id="db.verify",
            tooltip="Verify its newest, or the marked",
        ),
        Binding(
            "P",
            "screen.prove",
            "Prove",
            show=False,
            id="db.prove",
            tooltip="Prove it in a scratch database",
        ),
        Binding("p", "screen.peek", "Peek", id="db.peek", tooltip="Peek into its newest: tables, rows"),
        Binding(
            "U", "screen.undo", "Undo swap", show=False, id="db.undo", tooltip="Undo a swap: the old one back"
        ),
        Binding("space", "mark", "Mark", id="db.mark", tooltip="Mark"),
        Binding("a", "mark_all", "Mark all", show=False, id="db.mark-all", tooltip="Mark all, none"),
        Binding(
            "d", "screen.dump", "Dump", show=False, id="db.dump", tooltip="Dump into a folder of this machine"
        ),
        Binding("i", "screen.details", "Details", show=False, id="db.details", tooltip="Details, whole"),
        Binding("n", "new_profile", "New profile", id="db.new-profile", tooltip="The first profile"),
        Binding(
            "i",
            "import_profile",
            "Import",
            id="db.import-profile",
            tooltip="A first profile from pg_service.conf or ~/.aws",
        ),
        Binding("d", "try_demo", "Demo", id="db.demo", tooltip="Try everything without a profile"),
    ]

    def __init__(self) -> None:
        listing: Listing[BoardRow] = Listing(
            lambda row, drawing: draw_row(row, drawing, self._moment),
            lambda row: row.database,
            has_marks=True,
        )
        super().__init__(2, "Databases", listing)
        self._board: Board | None = None
        self._moment = _NEVER
        """The one the board was judged at."""
        self._order = 0
        self.is_first_start = False
        """There is no profile yet: all that can be done here is making one."""

    def say_first_start(self, lines: Sequence[Line]) -> None:
        """What a profile is, and the keys that make one."""
        self.is_first_start = True
        self.add_class("-first-start")
        self.listing.say_instead(lines)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"new_profile", "import_profile", "try_demo"}:
            return self.is_first_start
        if self.is_first_start and action in {"filter", "mark", "mark_all", "sort"}:
            return False
        if action == "mark":
            return self.listing.current is not None or None
        if action == "mark_all":
            return self.has_marks or any(row.counts for row in self.listing.items) or None
        return super().check_action(action, parameters)

    def action_new_profile(self) -> None:
        self.post_message(ProfilesPane.Asked(Wish.NEW))

    def action_import_profile(self) -> None:
        self.post_message(ProfilesPane.Asked(Wish.IMPORT))

    def action_try_demo(self) -> None:
        self.post_message(DemoWanted())

    def show_board(self, board: Board | None) -> None:
        """What was found; None: nothing is known yet."""
        # The first standings put the worst on top; a cursor nobody has moved goes with the top.
        follows_top = self._board is not None and self._board.inventory is None and self.listing.is_at_top
        self._board = board
        self._moment = board.looked_at if board else self._moment
        self.is_first_start = False
        self.remove_class("-first-start")
        self.refill()
        if follows_top:
            self.listing.go_to(0)
        self.refresh_bindings()

    @property
    def every_marked(self) -> list[BoardRow]:
        """All that is marked, on the server or only in the bucket."""
        rows = self._board.rows if self._board else ()
        return [row for row in rows if row.database in self.listing.marks]

    @property
    def marked_there(self) -> list[BoardRow]:
        """What is marked and on the server."""
        return [row for row in self.every_marked if row.is_on_server]

    @property
    def marked(self) -> list[BoardRow]:
        """The marked databases of the server, else the one under the cursor."""
        if not self.marked_there and self.listing.current is not None and self.listing.current.is_on_server:
            return [self.listing.current]
        return self.marked_there

    @property
    def can_swap_back(self) -> bool:
        """Whether the row under the cursor is what a swap keeps, or a swap keeps what had its name."""
        row, rows = self.listing.current, self._board.rows if self._board else ()
        if row is None:
            return False
        return bool(row.kept_of) or any(each.kept_of == row.database for each in rows)

    def refill(self) -> None:
        if self._board is None:
            self.listing.show([])
            self.heading.show([])
            self.say_count("")
            return
        error = self._board.server_error
        key = self.key_of("profiles.edit", "e")
        empty = self.nothing_matches if self._board.rows else placeholders.no_database(key)
        # What to do about it is there as long as it is so, also where rows stay of when all was well.
        self.listing.say_instead(self.failure(error) if error else empty, also_below=error is not None)
        name = self.order
        rows = [row for row in self._board.rows if self.matches(f"{row.database} {word(row)}")]
        if self._order:
            rows.sort(key=_ORDERS[name])  # type: ignore[arg-type]  # each order's keys compare among themselves
        self.listing.show(rows)
        self.heading.show([heading(self.content_size.width)] if self._board.rows else [])
        marked = marked_words(len(self.every_marked))
        count = f"{len(rows)}{marked}, {name}"
        if self.filter:
            count = f"/ {foreign(self.filter)}   {len(rows)} of {len(self._board.rows)}{marked}"
        since = self._board.stale_since
        self.say_count(count, placeholders.stale(since) if since else "")
        self._explain()

    def action_sort(self) -> None:
        self._order = (self._order + 1) % len(_ORDERS)
        self.refill()

    @property
    def order(self) -> str:
        """The name of the order rows stand in."""
        return list(_ORDERS)[self._order]

    def order_by(self, name: str) -> None:
        """Take up an order by its name; one that is not known is the default."""
        self._order = list(_ORDERS).index(name) if name in _ORDERS else 0

    def markable(self) -> set[Hashable]:
        return {row.database for row in self.listing.items if row.counts}

    def on_resize(self) -> None:
        self.refill()

    def on_listing_moved(self) -> None:
        self._explain()
        self.refresh_bindings()

    def _explain(self) -> None:
        row = self.listing.current
        if row is None or self._board is None:
            self.show_details("", [])
        else:
            undo = Undo(self.key_of("db.undo", "U"), self.why_not("screen.undo"))
            told = details(row, self._board, self.room_for_details, undo)
            self.show_details(row.database, told)
