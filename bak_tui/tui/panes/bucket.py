"""3 Bucket: a file manager for what is stored. Dumps read as dumps, everything else plainly by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from bak_tui.core.errors import BakError
from bak_tui.core.standing import Standing, Verdict
from bak_tui.core.wording import age_cell, plural, size, size_cell
from bak_tui.operations.board import Board, dump_verdicts
from bak_tui.operations.browse import BrowseEntry, EntryKind, FolderSummary, folder_summaries
from bak_tui.operations.inventory import StoredDump
from bak_tui.tui.clock import Clock
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import Line, columns, foreign, left, middle, right
from bak_tui.tui.panes.dump_facts import dump_facts
from bak_tui.tui.widgets.listing import Drawing, Listing
from bak_tui.tui.widgets.pane import Pane

_UP = BrowseEntry(name="..", path="..", size=None, modified=None, kind=EntryKind.FOLDER)

_PRESENT_SECONDS = 0.5


class BucketPane(Pane[BrowseEntry]):
    """Shows one folder at a time; pages come in while the keys go on working."""

    HELP = "What is stored: dumps as dumps, everything else plainly by its name."
    OPENS = "open the folder"
    LEGEND_TITLE = "standing"
    LEGEND = states.STANDINGS
    FOOTER = ("list.open", "bucket.up", "bucket.restore", "bucket.download", "pane.sort")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left,backspace", "up", "Up", key_display="h", id="bucket.up", tooltip="The folder above"),
        Binding(
            "R",
            "screen.restore_dump",
            "Restore",
            id="bucket.restore",
            tooltip="Restore this dump",
        ),
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
        """The user wants to see another folder."""

        def __init__(self, folder: str) -> None:
            super().__init__()
            self.folder = folder

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        super().__init__(3, "Bucket", Listing(self._draw, lambda entry: entry.path, has_marks=True))
        self.folder = ""
        self._entries: list[BrowseEntry] = []
        self._shown: list[tuple[tuple[float | str, ...], BrowseEntry]] = []
        """What the filter lets through, each with what it is sorted by."""
        self._folders = 0
        self._has_dumps = False
        self._presenting: Timer | None = None
        self._is_whole = False
        self._error: BakError | None = None
        self._dumps: Mapping[str, StoredDump] = {}
        self._verdicts: Mapping[str, Verdict] = {}
        self._summaries: Mapping[str, FolderSummary] = {}
        self._order: int | None = None
        """None until the user sorts."""
        self._has_begun = False
        self._board: Board | None = None

    # -- what it is handed ---------------------------------------------------------------------------

    def close(self) -> None:
        """There is no bucket to show: no profile is open, or it has none."""
        self.begin("", "")
        self._has_begun = False
        self.refill()

    def begin(self, folder: str, place: str) -> None:
        """A folder is about to be listed."""
        self.folder = folder
        self._has_begun = True
        self._entries = []
        self._folders = 0
        self._has_dumps = False
        self._is_whole = False
        self._error = None
        self._summaries = folder_summaries(self._board, folder) if self._board else {}
        self.say_place(place)
        self.refill()

    def add(self, entries: tuple[BrowseEntry, ...], *, is_last: bool) -> None:
        """One more page of it. What is there is sorted already, so that this merges one run into another."""
        self._entries += entries
        self._is_whole = self._is_whole or is_last
        self._folders += sum(entry.kind is EntryKind.FOLDER for entry in entries)
        had_dumps = self._has_dumps
        self._has_dumps = had_dumps or any(entry.kind is EntryKind.DUMP for entry in entries)
        if self._has_dumps != had_dumps:
            self.refill()  # another order
            return
        _, sort_key = self._ordering
        self._shown += [(sort_key(entry), entry) for entry in entries if self.matches(entry.name)]
        # The first page at once, the last at once; between them not more often than anybody can read.
        if is_last or len(self._entries) == len(entries):
            self._present()
        elif self._presenting is None:
            self._presenting = self.set_timer(_PRESENT_SECONDS, self._present)

    def fail(self, error: BakError) -> None:
        """The listing broke off; what came before it stays."""
        self._error = error
        self.refill()

    def know(self, board: Board) -> None:
        """What the board found out: manifests, standings, folders' sums."""
        self._board = board
        inventory = board.inventory
        self._dumps = {dump.path: dump for dump in inventory.dumps} if inventory else {}
        self._verdicts = dump_verdicts(inventory) if inventory else {}
        self._summaries = folder_summaries(board, self.folder)
        self.refill()

    @property
    def current_dump(self) -> StoredDump | None:
        """The dump under the cursor, when the board knows it."""
        entry = self.listing.current
        return self._dumps.get(entry.path) if entry is not None else None

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

    def action_sort(self) -> None:
        self._order = (_ORDERS.index(self._ordering) + 1) % len(_ORDERS)
        self.refill()

    def on_listing_chosen(self) -> None:
        entry = self.listing.current
        if entry is _UP:
            self.action_up()
        elif entry is not None and entry.kind is EntryKind.FOLDER:
            self.post_message(self.Entered(entry.path))

    def on_listing_moved(self) -> None:
        self._explain()
        self.refresh_bindings()

    def on_resize(self) -> None:
        self.refill()

    # -- drawing -------------------------------------------------------------------------------------

    @property
    def _ordering(self) -> Ordering:
        """Until the user sorts: newest first, which says little where there are no dumps: by name then."""
        return _ORDERS[(0 if self._has_dumps else 1) if self._order is None else self._order]

    def refill(self) -> None:
        _, sort_key = self._ordering
        self._shown = [(sort_key(entry), entry) for entry in self._entries if self.matches(entry.name)]
        self._present()

    def _present(self) -> None:
        if self._presenting is not None:
            self._presenting.stop()
            self._presenting = None
        self._shown.sort(key=itemgetter(0))
        entries = [entry for _, entry in self._shown]
        self.listing.show([_UP, *entries] if self.folder else entries)
        self.heading.show([self._heading(self.content_size.width)] if self._entries else [])
        self._say_why_empty()
        if not self._has_begun:
            self.say_count("")
        elif self._error:
            self.say_count("✗ the listing broke off")
        elif self.filter:
            self.say_count(f"/ {foreign(self.filter)}   {len(entries)} of {len(self._entries)}")
        else:
            loading = "" if self._is_whole else "loading, "
            self.say_count(f"{loading}{self._sum()}, {self._ordering[0]}")
        self._explain()

    def _say_why_empty(self) -> None:
        if not self._has_begun:
            self.listing.say_instead(placeholders.NO_BUCKET)
        elif self._error is not None:
            self.listing.say_instead(placeholders.failed(self._error))
        elif self._entries:
            self.listing.say_instead(placeholders.NOTHING_MATCHES)
        elif self._is_whole:
            self.listing.say_instead(placeholders.EMPTY_FOLDER)
        else:
            self.listing.say_instead(placeholders.loading("listing"))

    def _sum(self) -> str:
        objects = len(self._entries) - self._folders
        parts = [plural(self._folders, "folder")] if self._folders else []
        return ", ".join([*parts, plural(objects, "object")] if objects or not parts else parts)

    def _heading(self, width: int) -> Line:
        # The size's head ends above its last digit; the standing's begins above the word.
        name, number = ("taken, UTC", right("size", 6) + "   ") if self._has_dumps else ("name", "dumps")
        room = width - 3 - len(number) - 5 - 12 - 6
        cells = (left(name, room), number, right("age", 5), "  standing")
        return [("   ", ""), *columns(*((cell, "muted") for cell in cells))]

    def _draw(self, entry: BrowseEntry, drawing: Drawing) -> list[Line]:
        if entry is _UP:
            return [[("..", "muted")]]
        first = 9 if self._has_dumps else 5
        width = drawing.width - first - 5 - 12 - 6
        bold = " bold" if drawing.is_cursor else ""
        if entry.kind is EntryKind.FOLDER:
            return [self._draw_folder(entry, width, first, bold)]
        verdict = self._verdicts.get(entry.path)
        is_dump = entry.kind is EntryKind.DUMP
        name: Line = [(middle(foreign(entry.name), width), "text" + bold if is_dump else "muted")]
        if is_dump and entry.taken is not None and entry.is_template_named:
            taken = entry.taken.astimezone(UTC)
            day = f"{taken:%a} "
            name = [(day, "muted"), (left(f"{taken:%Y-%m-%d %H:%M}", width - len(day)), "text" + bold)]
        guilty = verdict.guilty if verdict else ""
        when = entry.taken or entry.modified
        line: Line = [*name, ("  ", "")]
        number = size_cell(entry.size) if self._has_dumps else " " * 5
        line += [(number, "warn" if guilty == "size" else "text" if is_dump else "muted"), ("  ", "")]
        line += [(_age(when, self._clock()), "text" if is_dump else "muted"), ("  ", "")]
        if is_dump:
            unseen = Standing.OK if entry.has_manifest else Standing.UNVERIFIED
            word, words = states.verdict(verdict) if verdict else states.standing(unseen)
            line.append((left(word, 12), words))
        return [line]

    def _draw_folder(self, entry: BrowseEntry, width: int, first: int, bold: str) -> Line:
        summary = self._summaries.get(entry.path)
        line: Line = [(left(foreign(entry.name), width), "text" + bold), ("  ", "")]
        line += [(right(str(summary.dumps) if summary else "", first), "text"), ("  ", "")]
        is_old = summary is not None and summary.verdict.guilty == "age"
        age = _age(summary.newest if summary else None, self._clock())
        line += [(age, "warn" if is_old else "text"), ("  ", "")]
        if summary:
            word, words = states.verdict(summary.verdict)
            line.append((left(word, 12), words))
        return line

    def _explain(self) -> None:
        entry = self.listing.current
        if entry is None or entry is _UP:
            self.show_details("", [])
            return
        dump = self._dumps.get(entry.path)
        if dump is not None:
            self.show_details(entry.name, dump_facts(dump, self._clock()))
        elif entry.kind is EntryKind.FOLDER:
            summary = self._summaries.get(entry.path)
            if summary:
                self.show_details(entry.name, self._folder_facts(entry.path, summary))
            else:
                self.show_details(entry.name, [])
        else:
            said = f"{size(entry.size)}, an object that is no dump"
            self.show_details(entry.name, [("is", [(said, "text")])])

    def _folder_facts(self, folder: str, summary: FolderSummary) -> list[tuple[str, Line]]:
        dumps = [dump for path, dump in self._dumps.items() if path.startswith(folder)]
        return [
            ("newest", [(_dated(dumps[0]), "text")]),
            ("oldest", [(_dated(dumps[-1]), "text")]),
            ("holds", [(f"{plural(summary.dumps, 'dump')}, {size(summary.size)}", "text")]),
            ("server", [(foreign(self._whether_there(summary.databases)), "text")]),
        ]

    def _whether_there(self, databases: tuple[str, ...]) -> str:
        """What of a folder's databases the server has."""
        rows = [row for row in self._board.rows if row.database in databases] if self._board else []
        if len(rows) != 1:
            there = sum(bool(row.is_on_server) for row in rows)
            return f"{there} of {plural(len(databases), 'database')} there: {', '.join(databases)}"
        if rows[0].is_on_server is None:
            return "not seen"
        name = rows[0].database
        return f"{name} is there, {size(rows[0].size)}" if rows[0].is_on_server else f"{name} is not there"


def _dated(dump: StoredDump) -> str:
    return f"{dump.taken.astimezone(UTC):%a %Y-%m-%d %H:%M} UTC, {size(dump.stored.size)}"


_GROUPS = {kind: index for index, kind in enumerate(EntryKind)}
SortKey = tuple[float | str, ...]


def _group(entry: BrowseEntry) -> int:
    return _GROUPS[entry.kind]


def _by_name(entry: BrowseEntry) -> SortKey:
    return (_group(entry), entry.name)


def _newest_first(entry: BrowseEntry) -> SortKey:
    when = entry.taken or entry.modified
    return (_group(entry), -when.timestamp() if when else 0.0, entry.name)


def _largest_first(entry: BrowseEntry) -> SortKey:
    return (_group(entry), -(entry.size or 0), entry.name)


Ordering = tuple[str, Callable[[BrowseEntry], SortKey]]

_ORDERS: tuple[Ordering, ...] = (
    ("newest first", _newest_first),
    ("by name", _by_name),
    ("largest first", _largest_first),
)


def _age(when: datetime | None, now: datetime) -> str:
    return "     " if when is None else age_cell(max(timedelta(), now - when))
