"""3 Bucket: a file manager for what is stored. Dumps read as dumps, everything else plainly by name."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from bak_tui.operations.bucket.entries import BrowseEntry, EntryKind
from bak_tui.operations.bucket.inventory import StoredDump, newest_first
from bak_tui.tui.clock import Clock
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.panes.bucket_drawing import details, draw_entry, heading
from bak_tui.tui.panes.folder_rows import ORDERS, UP
from bak_tui.tui.panes.folder_view import FolderView
from bak_tui.tui.panes.known import Known
from bak_tui.tui.panes.marking import MarkingPane
from bak_tui.tui.widgets.listing import Drawing, Listing


class BucketPane(MarkingPane[BrowseEntry]):
    """Its keys, and what is said around the rows of a folder; the rows themselves are found by its view."""

    HELP = "What is stored: dumps as dumps, everything else plainly by its name."
    OPENS = "open the folder; of a dump its details"
    LEGEND_TITLE = "standing"
    LEGEND = states.STANDINGS
    HAS_ORDERS = True
    FOOTER = ("list.open", "bucket.up", "bucket.restore", "bucket.verify", "pane.sort")
    ON_A_DUMP = ("list.open", "bucket.restore", "bucket.verify", "bucket.peek", "bucket.mark")
    WITH_MARKS = ("bucket.verify", "bucket.download", "bucket.delete", "bucket.prove", "bucket.mark")

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
            tooltip="Verify its bytes, all that is marked, or a folder's newest",
        ),
        Binding(
            "P",
            "screen.prove",
            "Prove",
            show=False,
            id="bucket.prove",
            tooltip="Prove it, what is marked, or a folder's newest, in a scratch database",
        ),
        Binding(
            "p",
            "screen.peek",
            "Peek",
            id="bucket.peek",
            tooltip="Peek into this dump, or a folder's newest",
        ),
        Binding(
            "D",
            "screen.delete_dump",
            "Delete",
            show=False,
            id="bucket.delete",
            tooltip="Delete what is marked, or this dump",
        ),
        Binding("space", "mark", "Mark", id="bucket.mark", tooltip="Mark this dump"),
        Binding(
            "a", "mark_all", "Mark all", show=False, id="bucket.mark-all", tooltip="Mark all dumps, none"
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
            tooltip="Download what is marked, or this dump, into a folder",
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
        listing: Listing[BrowseEntry] = Listing(
            self._draw,
            lambda entry: entry.path,
            has_marks=True,
            may_mark=lambda entry: entry.path in self.known.dumps,
        )
        super().__init__(3, "Bucket", listing)
        self.folder = ""
        self.start = ""
        """The name it was listed from; empty: all of it."""
        self.view = FolderView(self.listing, clock, self._say)
        self.known = Known()
        """What the board tells of its entries."""
        self._has_begun = False
        self._is_bucketless = False
        """The profile that is open has no bucket."""

    # -- what it is handed ---------------------------------------------------------------------------

    def close(self, *, has_profile: bool = False) -> None:
        """There is no bucket to show: no profile is open, or it has none."""
        self.begin("", "")
        self._has_begun = False
        self._is_bucketless = has_profile
        self.view.present()

    def begin(self, folder: str, place: str, start: str = "", *, is_again: bool = False) -> None:
        """A folder is about to be listed; again: what is shown of it stays until the listing is whole."""
        if self._has_begun and not is_again:
            self.end_filter()  # it has found the folder, and was not meant for what lies there
            self.listing.marks = set()  # nobody deletes what he does not see any more
        self.folder, self.start = folder, start
        self._has_begun = True
        self.view.begin(folder, is_again=is_again)
        self.known = self.known.in_folder(folder)
        self.say_place(f"{place}  from {start}" if start else place)
        self.refill()

    def know(self, known: Known) -> None:
        """What the board found out: manifests, standings, folders' sums."""
        self.known = known.in_folder(self.folder)
        self.listing.marks = {path for path in self.listing.marks if path in self.known.dumps}
        self.view.present()
        self.refresh_bindings()

    @property
    def is_empty(self) -> bool:
        """Whether the folder was listed to its end and holds nothing."""
        return self.view.is_whole and not self.view.entries

    @property
    def current_dump(self) -> StoredDump | None:
        """The dump under the cursor, when the board knows it."""
        entry = self.listing.current
        return self.known.dumps.get(entry.path) if entry is not None else None

    @property
    def chosen_dumps(self) -> list[StoredDump]:
        """The marked dumps, newest first; else the one under the cursor."""
        known = self.known.dumps
        chosen = [known[str(path)] for path in self.listing.marks if path in known]
        here = self.current_dump
        return newest_first(chosen) or ([here] if here is not None else [])

    @property
    def current_dumps(self) -> list[StoredDump]:
        """The same; of a database's folder all of its dumps, newest first."""
        return self.known.dumps_of(self.listing.current)

    # -- keys ----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "up":
                return bool(self.folder)
            case "mark":
                return self.current_dump is not None or None
            case "mark_all":
                return self.has_marks or self._has_dumps or None
        return super().check_action(action, parameters)

    @property
    def hides_some(self) -> bool:
        return bool(self.start) or super().hides_some

    def why_not(self, action: str) -> str:
        if action not in {"mark", "mark_all"} or self.check_action(action, ()):
            return super().why_not(action)
        here = self.listing.current
        is_unknown = here is not None and here.kind is EntryKind.DUMP
        return "what is in the bucket is not known yet" if is_unknown else "only dumps are marked"

    @property
    def footer(self) -> tuple[str, ...]:
        if self.has_marks:
            return self.WITH_MARKS
        return self.FOOTER if self.current_dump is None else self.ON_A_DUMP

    def markable(self) -> set[Hashable]:
        return {path for path in self.view.rows.dumps() if path in self.known.dumps}

    @property
    def _has_dumps(self) -> bool:
        return self.view.rows.first_dump is not None and bool(self.known.dumps)

    def action_up(self) -> None:
        if self.folder:
            # Not stripped: `a//` lies in `a/`.
            above, slash, _ = self.folder[:-1].rpartition("/")
            self.post_message(self.Entered(above + slash))

    def action_clear_filter(self) -> None:
        """Show all: what the filter hides first, then what the listing left out."""
        if self.start and not self.filter:
            self.post_message(self.Entered(self.folder))
        super().action_clear_filter()

    def jump(self, name: str) -> None:
        """To the first entry from that name on. What is not listed yet is listed from there."""
        first = self.view.first_from(name)
        if self.start or not self.view.is_whole:
            self.post_message(self.Entered(self.folder, name))
        elif first is None:
            self.notify(f"nothing from {foreign(name)} on", severity="warning", markup=False)
        else:
            if self.filter:
                self.action_clear_filter()
            self.view.go_to(first)
        self.screen.set_focus(self.listing)

    def action_sort(self) -> None:
        self.view.sort()

    @property
    def order(self) -> str:
        """The name of the order the user has chosen; empty without one."""
        return self.view.chosen_order.name if self.view.chosen_order else ""

    def order_by(self, name: str) -> None:
        """Take up an order by its name; one that is not known is no choice."""
        self.view.chosen_order = next((order for order in ORDERS if order.name == name), None)

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
        self.view.present()

    def refill(self) -> None:
        self.view.filter(self.filter, self.matches)

    def spellings(self, word: str) -> tuple[str, ...]:
        """A row shows `2026-11-23 12:00` where the name has `20261123T120000Z`: both find it."""
        digits = word.replace("-", "").replace(":", "")
        return (word, digits) if digits != word and digits.isdecimal() else (word,)

    # -- drawing -------------------------------------------------------------------------------------

    def _say(self) -> None:
        """What stands around the rows: their columns, how many there are, what the cursor is on."""
        entries = self.view.entries
        has_folders = entries.folders > 0
        line = heading(self.content_size.width, has_dumps=entries.has_dumps, has_folders=has_folders)
        self.heading.show([line] if entries else [])
        self._say_how_far()
        self._explain()

    def _say_how_far(self) -> None:
        if not self._has_begun:
            keys = (self.key_of("profiles.edit", "e"), self.key_of("db.dump", "d"))
            self.listing.say_instead(
                placeholders.bucketless(*keys) if self._is_bucketless else placeholders.NO_BUCKET
            )
            self.say_count("")
            return
        far, error = self.view.how_far, self.view.error
        matching = self.view.rows.matching
        self.listing.say_instead(
            self.failure(error)
            if error
            else far.instead(self.nothing_matches, self.key_of("db.backup", "b")),
            # `..` stands there even when nothing else does.
            also_below=error is not None or not matching,
        )
        marked = len(self.listing.marks)
        order = self.view.order.name
        count = far.found(self.filter, matching, marked) if self.filter else far.count(order, marked)
        self.say_count(count, far.trouble)

    @property
    def _now(self) -> datetime:
        """The board's moment, so that ages and standings agree; before there is one the clock's."""
        board = self.known.board
        return board.looked_at if board else self._clock()

    def _draw(self, entry: BrowseEntry, drawing: Drawing) -> list[Line]:
        has_dumps = self.view.entries.has_dumps
        return [draw_entry(entry, drawing, self.known, self._now, has_dumps=has_dumps)]

    def _explain(self) -> None:
        entry = self.listing.current
        if entry is None or entry is UP:
            self.show_details("", [])
        else:
            self.show_details(entry.name, details(entry, self.known, self._now, self.room_for_details))
