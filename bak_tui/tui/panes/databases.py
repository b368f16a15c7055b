"""2 Databases: the protection board. The worst is on top, and the details under it say why.

What must stay true: a row and its details say the same. Both are drawn of one board, judged at one moment,
and ages are told for that moment; the pane has no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from textual.binding import Binding, BindingType

from bak_tui.core.standing import Day, Standing, missed
from bak_tui.core.wording import age, age_cell, plural, size, size_cell
from bak_tui.operations.bucket.board import Board, BoardRow
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import Line, Span, columns, first_that_fits, foreign, left, right
from bak_tui.tui.panes.profiles import ProfilesPane, Wish
from bak_tui.tui.widgets.listing import Drawing, Listing
from bak_tui.tui.widgets.pane import Pane

_DAYS = {
    Day.BACKUP: ("▪", "muted"),
    Day.DUMP: ("▫", "muted"),
    Day.SHRUNK: ("▪", "warn"),
    Day.NONE: ("·", "faint"),
}
_STRIP_FROM = 66
"""Cells from which the strip of 14 days fits beside the name."""

_ORDERS: dict[str, Callable[[BoardRow], object]] = {
    "worst first": lambda row: row.verdict is None,
    "by name": lambda row: row.database.lower(),
    "largest first": lambda row: -(row.size or 0),
}


class DatabasesPane(Pane[BoardRow]):
    """Joins the server and the bucket."""

    HELP = "Every database of this server, joined with its newest backup in the bucket."
    OPENS = "open its folder in the bucket"
    LEGEND_TITLE = "standing"
    LEGEND = states.STANDINGS
    FOOTER = ("db.backup", "db.restore", "db.verify", "db.mark", "db.new-profile", "db.import-profile")

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
            tooltip="Verify the newest of it, or of the marked",
        ),
        Binding(
            "P",
            "screen.prove",
            "Prove",
            show=False,
            id="db.prove",
            tooltip="Prove it, or the marked, in a scratch database",
        ),
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
    ]

    def __init__(self) -> None:
        listing: Listing[BoardRow] = Listing(self._draw, lambda row: row.database, has_marks=True)
        super().__init__(2, "Databases", listing)
        self._board: Board | None = None
        self._moment = datetime.min.replace(tzinfo=UTC)
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
        del parameters
        if action in {"new_profile", "import_profile"}:
            return self.is_first_start
        return not self.is_first_start or action not in {"filter", "mark", "mark_all", "sort"}

    def action_new_profile(self) -> None:
        self.post_message(ProfilesPane.Asked(Wish.NEW))

    def action_import_profile(self) -> None:
        self.post_message(ProfilesPane.Asked(Wish.IMPORT))

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
    def marked(self) -> list[BoardRow]:
        """The marked databases of the server, else the one under the cursor."""
        rows = [row for row in self._board.rows if row.is_on_server] if self._board else []
        chosen = [row for row in rows if row.database in self.listing.marks]
        if not chosen and self.listing.current is not None and self.listing.current.is_on_server:
            return [self.listing.current]
        return chosen

    def refill(self) -> None:
        if self._board is None:
            self.listing.show([])
            self.heading.show([])
            self.say_count("")
            return
        error = self._board.server_error
        empty = self.nothing_matches if self._board.rows else placeholders.NO_DATABASE
        self.listing.say_instead(self.failure(error) if error else empty)
        name = self.order
        rows = [row for row in self._board.rows if self.matches(f"{row.database} {_word(row)}")]
        if self._order:
            rows.sort(key=_ORDERS[name])  # type: ignore[arg-type]  # each order's keys compare among themselves
        self.listing.show(rows)
        self.heading.show([self._heading(self.content_size.width)] if self._board.rows else [])
        marked = len([row for row in self._board.rows if row.database in self.listing.marks])
        count = f"{len(rows)}{f', {marked} marked' if marked else ''}, {name}"
        if self.filter:
            count = f"/ {foreign(self.filter)}   {len(rows)} of {len(self._board.rows)}"
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

    def action_mark(self) -> None:
        self.listing.toggle_mark()
        self.on_listing_marked()

    def on_listing_marked(self) -> None:
        self.refill()
        self.refresh_bindings()

    def clear_marks(self) -> None:
        """What was marked is being done."""
        self.listing.marks = set()
        self.refill()
        self.refresh_bindings()

    def action_mark_all(self) -> None:
        names = {row.database for row in self.listing.items if row.is_on_server}
        self.listing.marks = set() if names <= self.listing.marks else set(names)
        self.refill()
        self.refresh_bindings()

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
            self.show_details(row.database, _details(row, self._board, self.room_for_details))

    @staticmethod
    def _heading(width: int) -> Line:
        days = ("last 14 days  ",) if width >= _STRIP_FROM else ()
        room = width - 3 - 9 - 5 - 12 - 6 - 16 * len(days)
        # The size's head ends above its last digit; the standing's begins above the word.
        cells = (left("database", room), right("size", 6) + "   ", right("age", 5), *days, "  standing")
        return [("   ", ""), *columns(*((cell, "muted") for cell in cells))]

    def _draw(self, row: BoardRow, drawing: Drawing) -> list[Line]:
        has_strip = drawing.width + 3 >= _STRIP_FROM
        width = drawing.width - 9 - 5 - 12 - 6 - (16 if has_strip else 0)
        words = "muted" if row.is_on_server is False else "text"
        line: Line = [
            (left(foreign(row.database), width), f"{words} bold" if drawing.is_cursor else words),
            ("  ", ""),
            (right("in bucket", 9), "muted") if row.is_on_server is False else (size_cell(row.size), "text"),
            ("  ", ""),
            (_age_of(row, self._moment), _age_words(row)),
        ]
        if has_strip:
            line += [("  ", ""), *[_DAYS[day] for day in row.days]]
        state = states.verdict(row.verdict) if row.verdict else ("  unknown", "muted")
        return [[*line, ("  ", ""), (left(state[0], 12), state[1])]]


def _word(row: BoardRow) -> str:
    return row.verdict.standing.value if row.verdict else "unknown"


def _age_of(row: BoardRow, now: datetime) -> str:
    if row.dumps:
        return age_cell(max(timedelta(), now - row.dumps[0].taken))
    return "never" if row.verdict else "    –"


def age_words(row: BoardRow, now: datetime) -> Span:
    """`newest 38 h`, or that there is none, in the standing's colour."""
    if not row.dumps:
        return "never backed up", "bad"
    return f"newest {_age_of(row, now)}", _age_words(row)


def _age_words(row: BoardRow) -> str:
    """An age that is at fault takes the standing's colour; `never` always is."""
    if row.verdict is None:
        return "text"
    if row.verdict.standing is Standing.NONE:
        return "bad"
    return "warn" if row.verdict.guilty == "age" else "text"


def _details(row: BoardRow, board: Board, room: int) -> list[tuple[str, Line]]:
    now = board.looked_at
    lines: list[tuple[str, Line]] = []
    if row.verdict:
        words = "bad" if row.verdict.guilty == "check" else "text"
        lines.append(("standing", [states.verdict(row.verdict), (f"  {foreign(row.verdict.why)}", words)]))
    if row.dumps:
        newest = row.dumps[0]
        when = f"{newest.taken.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {size(newest.stored.size)}"
        otherwise = "manifest" if newest.is_backup else "no manifest"
        kinds = (newest.evidence.words(now) or otherwise, newest.evidence.word or otherwise)
        lines.append(("newest", first_that_fits(room, *([(f"{when}, {kind}", "text")] for kind in kinds))))
        gaps = missed(row.facts, now=now, limit=board.limit) if row.is_on_server is not False else ()
        if gaps:
            more = f", {len(gaps) - 1} more before" if len(gaps) > 1 else ""
            lines.append(("missed", [(gaps[0].sentence + more, "text")]))
        total = sum(dump.stored.size for dump in row.dumps)
        oldest = age(now - row.dumps[-1].taken)
        lines.append(
            ("kept", [(f"{plural(len(row.dumps), 'dump')}, oldest {oldest}, {size(total)}", "text")])
        )
    if board.server_error is not None:
        lines.append(("server", [("✗ ", "bad bold"), (foreign(board.server_error.message), "bad")]))
    elif row.is_on_server:
        owner = f", owner {foreign(row.owner)}" if row.owner else ""
        lines.append(("server", [(f"{size(row.size)}{owner}", "text")]))
    else:
        lines.append(("server", [("not there: it only lives in the bucket", "text")]))
    return lines
