"""3 Bucket: a file manager for what is stored. Dumps read as dumps, everything else plainly by name.

Pages come in while the keys go on working. What must stay true: no step on the way takes longer than a few
milliseconds, however large the folder, and the cursor stays on the entry it is on.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from bak_tui.core.errors import BakError
from bak_tui.operations.bucket.entries import BrowseEntry, Entries, EntryKind
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.tui.clock import Clock
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.panes.bucket_drawing import details, draw_entry, heading
from bak_tui.tui.panes.folder_rows import (
    BY_NAME,
    NEWEST_FIRST,
    ORDERS,
    UP,
    FolderRows,
    Order,
    SortedFolder,
    folder_between,
)
from bak_tui.tui.panes.how_far import HowFar
from bak_tui.tui.panes.known import Known
from bak_tui.tui.panes.seeking import Seeking
from bak_tui.tui.widgets.listing import Drawing, Listing
from bak_tui.tui.widgets.pane import Pane

_WORK = 0.008
"""Seconds of looking for what the filter lets through in one go."""
_BREATH = 0.004
"""Seconds between two of them, for keys and for the threads that list."""
_PRESENT_SECONDS = 0.1
"""Between two looks at what was listed meanwhile."""


class BucketPane(Pane[BrowseEntry]):
    """Shows one folder at a time."""

    HELP = "What is stored: dumps as dumps, everything else plainly by its name."
    OPENS = "open the folder"
    LEGEND_TITLE = "standing"
    LEGEND = states.STANDINGS
    FOOTER = ("list.open", "bucket.up", "bucket.restore", "bucket.verify", "pane.sort")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left,backspace", "up", "Up", key_display="h", id="bucket.up", tooltip="The folder above"),
        Binding(
            "R",
            "screen.restore_dump",
            "Restore",
            id="bucket.restore",
            tooltip="Restore this dump, or a folder's newest",
        ),
        Binding(
            "V",
            "screen.verify",
            "Verify",
            id="bucket.verify",
            tooltip="Verify this dump's bytes, or a folder's newest",
        ),
        Binding(
            "P",
            "screen.prove",
            "Prove",
            show=False,
            id="bucket.prove",
            tooltip="Prove it, or a folder's newest, in a scratch database",
        ),
        Binding(
            "D", "screen.delete_dump", "Delete", show=False, id="bucket.delete", tooltip="Delete this dump"
        ),
        Binding(
            "f",
            "screen.jump",
            "Jump",
            show=False,
            id="bucket.jump",
            tooltip="Jump to a name, read from there",
        ),
        Binding("i", "screen.details", "Details", show=False, id="bucket.details", tooltip="Details, whole"),
        Binding(
            "w",
            "screen.download",
            "Download",
            id="bucket.download",
            tooltip="Download this dump into a folder",
        ),
        Binding(
            "u", "screen.upload", "Upload", show=False, id="bucket.upload", tooltip="Upload a folder's dumps"
        ),
        Binding(
            "y",
            "screen.copy_path",
            "Copy path",
            show=False,
            id="bucket.copy",
            tooltip="Copy the object's URL",
        ),
    ]

    class Entered(Message):
        """The user wants to see another folder, or this one from another name on."""

        def __init__(self, folder: str, start: str = "") -> None:
            super().__init__()
            self.folder = folder
            self.start = start

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        super().__init__(3, "Bucket", Listing(self._draw, lambda entry: entry.path, has_marks=True))
        self.folder = ""
        self.start = ""
        """The name it was listed from; empty: all of it."""
        self._shown = SortedFolder()
        """What is shown."""
        self._coming = self._shown
        """What is being listed: the same, unless a folder that is shown is listed again."""
        self._rows = FolderRows(self._shown, BY_NAME, None)
        self._filtered_by = ""
        self._seeking = Seeking()
        self._going_on: Timer | None = None
        self._presenting: Timer | None = None
        self._is_whole = False
        self._seen: datetime | None = None
        """When what is shown was whole."""
        self._error: BakError | None = None
        self.known = Known()
        """What the board tells of its entries."""
        self._chosen_order: Order | None = None
        """None until the user sorts."""
        self._has_begun = False
        self._is_bucketless = False
        """The profile that is open has no bucket."""

    # -- what it is handed ---------------------------------------------------------------------------

    def close(self, *, has_profile: bool = False) -> None:
        """There is no bucket to show: no profile is open, or it has none."""
        self.begin("", "")
        self._has_begun = False
        self._is_bucketless = has_profile
        self._present()

    def begin(self, folder: str, place: str, start: str = "", *, is_again: bool = False) -> None:
        """A folder is about to be listed; again: what is shown of it stays until the listing is whole."""
        came_from = folder_between(folder, self.folder)
        is_again = is_again and bool(self._entries)
        self.folder, self.start = folder, start
        self._has_begun = True
        self._error = None
        self._coming = SortedFolder(folder)
        if not is_again:
            self._shown = self._coming
            self._seen = None
            self._seeking.enter(came_from, wants_first_dump=bool(folder) and came_from is None)
        self._is_whole = False
        self.known = self.known.in_folder(folder)
        self.say_place(f"{place}  from {start}" if start else place)
        self.refill()

    def add(self, entries: Entries, *, is_last: bool = False) -> None:
        """One more page of it."""
        self._coming.add(entries)
        self._is_whole = is_last
        if is_last:
            self._shown = self._coming
            self._seen = self._clock()
        if self._coming is not self._shown:
            self._coming.take_in(None)
        elif is_last or len(self._entries) == len(entries) or self._is_stale:
            self.refill()
        elif self._going_on is None:
            self._going_on = self.set_timer(_PRESENT_SECONDS, self._go_on)

    def fail(self, error: BakError) -> None:
        """The listing broke off; what was shown before it stays."""
        self._error = error
        self._present()

    def know(self, known: Known) -> None:
        """What the board found out: manifests, standings, folders' sums."""
        self.known = known.in_folder(self.folder)
        self._present()

    @property
    def is_empty(self) -> bool:
        """Whether the folder was listed to its end and holds nothing."""
        return self._is_whole and not self._entries

    @property
    def current_dump(self) -> StoredDump | None:
        """The dump under the cursor, when the board knows it."""
        entry = self.listing.current
        return self.known.dumps.get(entry.path) if entry is not None else None

    @property
    def current_dumps(self) -> list[StoredDump]:
        """The same; of a database's folder all of its dumps, newest first."""
        return self.known.dumps_of(self.listing.current)

    # -- keys ----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        if action == "up":
            return bool(self.folder)
        return True

    def action_up(self) -> None:
        if self.folder:
            above = self.folder.rstrip("/").rpartition("/")[0]
            self.post_message(self.Entered(f"{above}/" if above else ""))

    def action_clear_filter(self) -> None:
        """Show all: what the filter hides first, then what the listing left out."""
        if self.start and not self.filter:
            self.post_message(self.Entered(self.folder))
        super().action_clear_filter()

    def jump(self, name: str) -> None:
        """To the first entry from that name on. What is not listed yet is listed from there."""
        first = self._shown.first_from(name)
        if self.start or not self._is_whole:
            self.post_message(self.Entered(self.folder, name))
        elif first is None:
            self.notify(f"nothing from {foreign(name)} on", severity="warning", markup=False)
        else:
            if self.filter:
                self.action_clear_filter()
            self.listing.go_to(self._rows.where(first) or 0)
        self.screen.set_focus(self.listing)

    def action_sort(self) -> None:
        self._chosen_order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self.refill()

    @property
    def order(self) -> str:
        """The name of the order the user has chosen; empty without one."""
        return self._chosen_order.name if self._chosen_order else ""

    def order_by(self, name: str) -> None:
        """Take up an order by its name; one that is not known is no choice."""
        self._chosen_order = next((order for order in ORDERS if order.name == name), None)

    def on_listing_chosen(self) -> None:
        entry = self.listing.current
        if entry is UP:
            self.action_up()
        elif entry is not None and entry.kind is EntryKind.FOLDER:
            self.post_message(self.Entered(entry.path))

    def on_listing_moved(self) -> None:
        self._explain()
        self.refresh_bindings()

    def on_resize(self) -> None:
        self._present()

    # -- finding its rows ----------------------------------------------------------------------------

    @property
    def _entries(self) -> Entries:
        return self._shown.entries

    @property
    def _order(self) -> Order:
        """Until the user sorts: newest first, which says little where there are no dumps: by name then."""
        return self._chosen_order or (NEWEST_FIRST if self._entries.has_dumps else BY_NAME)

    @property
    def _is_stale(self) -> bool:
        """Whether rows must be found anew: another folder, order or filter."""
        rows = self._rows
        return (rows.folder, rows.order, self._filtered_by) != (self._shown, self._order, self.filter)

    def refill(self) -> None:
        if self._is_stale:
            self._seeking.hold(self.listing.current)
            self._filtered_by = self.filter
            self._rows = FolderRows(self._shown, self._order, self.matches if self.filter else None)
            self._rows.catch_up()
            wanted = self._seeking.row_in(self._rows)
            self.listing.show(self._rows, self.listing.cursor if wanted is None else wanted)
            self._seeking.wait_in(self.listing.cursor)
        if self._going_on is not None:
            self._going_on.stop()
        self._go_on()
        self._present()

    def _go_on(self) -> None:
        """Take in what was listed, look on for what the filter lets through; the rest at the next turn."""
        self._going_on = None
        self._seeking.heed(self.listing.cursor)
        held = self.listing.current
        self._rows.take_in()
        until = time.monotonic() + _WORK
        while not self._rows.is_caught_up and time.monotonic() < until:
            self._rows.catch_up()
        found = self._seeking.row_in(self._rows)
        self.listing.settle(self._rows.where(held) if found is None else found)
        self._seeking.wait_in(self.listing.cursor)
        is_ready = self._rows.is_caught_up and self._is_whole
        if self._seeking.reached(is_found=found is not None, is_all=is_ready):
            self._explain()
        if not self._rows.is_caught_up:
            self._going_on = self.set_timer(_BREATH, self._go_on)
        if is_ready:
            self._present()
        elif self._presenting is None:
            self._presenting = self.set_timer(_PRESENT_SECONDS, self._present)

    def spellings(self, word: str) -> tuple[str, ...]:
        """A row shows `2026-11-23 12:00` where the name has `20261123T120000Z`: both find it."""
        digits = word.replace("-", "").replace(":", "")
        return (word, digits) if digits != word and digits.isdecimal() else (word,)

    # -- drawing -------------------------------------------------------------------------------------

    def _present(self) -> None:
        """What is said around the rows; while a listing comes in not more often than anybody can read."""
        if self._presenting is not None:
            self._presenting.stop()
            self._presenting = None
        self.listing.show(self._rows, self.listing.cursor)
        entries = self._entries
        has_folders = entries.folders > 0
        line = heading(self.content_size.width, has_dumps=entries.has_dumps, has_folders=has_folders)
        self.heading.show([line] if entries else [])
        self._say()
        self._explain()

    def _say(self) -> None:
        if not self._has_begun:
            usual = self.key_of("profiles.edit", "e")
            self.listing.say_instead(
                placeholders.bucketless(usual) if self._is_bucketless else placeholders.NO_BUCKET
            )
            self.say_count("")
            return
        far = HowFar(
            self._entries, self._is_whole, self._rows.is_caught_up, self._error is not None, self._seen
        )
        self.listing.say_instead(
            self.failure(self._error)
            if self._error
            else far.instead(self.nothing_matches, self.key_of("db.backup", "b")),
            # `..` stands there even when nothing else does.
            also_below=self._error is not None or not self._rows.matching,
        )
        matching = self._rows.matching
        count = far.found(self.filter, matching) if self.filter else far.count(self._order.name)
        self.say_count(count, far.trouble)

    @property
    def _now(self) -> datetime:
        """The board's moment, so that ages and standings agree; before there is one the clock's."""
        board = self.known.board
        return board.looked_at if board else self._clock()

    def _draw(self, entry: BrowseEntry, drawing: Drawing) -> list[Line]:
        has_dumps = self._entries.has_dumps
        return [draw_entry(entry, drawing, self.known, self._now, has_dumps=has_dumps)]

    def _explain(self) -> None:
        entry = self.listing.current
        if entry is None or entry is UP:
            self.show_details("", [])
        else:
            self.show_details(entry.name, details(entry, self.known, self._now, self.room_for_details))
