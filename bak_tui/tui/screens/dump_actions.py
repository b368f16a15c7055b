"""What is done with databases and dumps: each key asks by a dialog, then starts a job."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from textual import work
from textual.screen import Screen

from bak_tui.core.command_line import bak_line
from bak_tui.core.errors import BakError, Cancelled
from bak_tui.core.profile import Profile
from bak_tui.core.selection import Selection
from bak_tui.core.wording import first_of, plural, size
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.board import Board, BoardRow
from bak_tui.operations.bucket.entries import EntryKind
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.transfer.download import DownloadOptions
from bak_tui.tui.asking import answered
from bak_tui.tui.clock import Clock
from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.dialogs.details import DetailsDialog
from bak_tui.tui.dialogs.folder import FolderDialog, Purpose, working_folder
from bak_tui.tui.dialogs.jump import JumpDialog
from bak_tui.tui.dialogs.peek import PeekDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.panes.bucket import BucketPane
from bak_tui.tui.panes.databases import DatabasesPane
from bak_tui.tui.panes.folder_rows import UP
from bak_tui.tui.session.choices import Choice
from bak_tui.tui.widgets.keys import Keys

T = TypeVar("T")

_MOST_NAMES = 6
_MOST_DUMPS = 3
"""Keys are long."""
_QUIET_SECONDS = 0.15
"""Before it is said that something is being asked."""
_OF_A_DATABASE = frozenset({"back_up", "dump", "undo"})
_WRITES = frozenset({"back_up", "upload", "delete_dump"})
"""What takes credentials that may write to the bucket."""


class DumpActions(Screen[None]):
    """The lowest storey of the workbench: it knows profile and board, and what may be done with them."""

    def __init__(self, bak: Bak, clock: Clock) -> None:
        super().__init__()
        self.bak = bak
        self.clock = clock
        self.cores = os.cpu_count() or 1
        """How many databases, or workers within one, at once."""
        self.profile: Profile | None = None
        self.choices: dict[str, Choice] = {}
        self.board: Board | None = None
        self._asked_about = ""
        """What a server, or the bucket, is being asked about by a key."""
        self.only_read: set[str] = set()
        """Profiles whose bucket may not be written to with the credentials there are."""

    @property
    def moment(self) -> datetime:
        """The one that ages are told for: the board's, so that a dialog says what its row says."""
        return self.board.looked_at if self.board else self.clock()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key is offered where the profile allows it; None: not now, it has nothing to work on."""
        del parameters
        if self.is_refused(action):
            return False
        restores = action in {"restore_dump", "restore_newest"}
        if restores and (self.profile is None or self.profile.is_read_only):
            return False
        return self._has_what_it_takes(action) or None

    def why_not(self, action: str) -> str:
        """Why a key of the databases or of the bucket does nothing now; empty when it does something."""
        if self.profile is None or self.check_action(action, ()):
            return ""
        if self.is_refused(action):
            return "the bucket's credentials may only read"
        if self.check_action(action, ()) is False:
            return f"{foreign(self.profile.name)} is read-only"
        return self._what_is_missing(action)

    def _what_is_missing(self, action: str) -> str:
        row, bucket = self.query_one(DatabasesPane).listing.current, self.query_one(BucketPane)
        entry = bucket.listing.current
        if action == "copy_path":
            return "no object is under the cursor"
        if action not in _OF_A_DATABASE and (self.board is None or self.board.inventory is None):
            return "what is in the bucket is not known"
        if action in _OF_A_DATABASE or not bucket.has_focus_within:
            return _lacking(action, row)
        is_dump = entry is not None and entry.kind is EntryKind.DUMP
        return "this dump is not looked into yet" if is_dump else "no dump is under the cursor"

    def is_refused(self, action: str) -> bool:
        """Whether the store is known to refuse what the action would write."""
        return action in _WRITES and self.profile is not None and self.profile.name in self.only_read

    def _has_what_it_takes(self, action: str) -> bool:
        bucket, databases = self.query_one(BucketPane), self.query_one(DatabasesPane)
        match action:
            case "restore_dump":
                needed: object = bucket.current_dumps
            case "download":
                needed = bucket.has_marks or bucket.current_dump
            case "restore_newest":
                needed = databases.listing.current and databases.listing.current.dumps
            case "peek":
                needed = self._dumps_under_cursor
            case "back_up" | "dump":
                needed = databases.marked
            case "copy_path":
                needed = bucket.listing.current not in {None, UP}
            case "details":
                needed = self._explaining.explained[1]
            case _:
                return True
        return bool(needed)

    @property
    def _explaining(self) -> BucketPane | DatabasesPane:
        """The pane whose row is meant."""
        bucket = self.query_one(BucketPane)
        return bucket if bucket.has_focus_within else self.query_one(DatabasesPane)

    @property
    def _dumps_under_cursor(self) -> Sequence[StoredDump]:
        """The dump under the bucket's cursor, of a folder its newest first; else the database's."""
        bucket, databases = self.query_one(BucketPane), self.query_one(DatabasesPane)
        if bucket.has_focus_within:
            return bucket.current_dumps
        return databases.listing.current.dumps if databases.listing.current is not None else ()

    async def ask_first(self, what: str, question: Callable[[], T]) -> T | None:
        """What a dialog is about, asked before it opens; None when it failed or was given up, and is told."""
        saying = self.set_timer(_QUIET_SECONDS, partial(self._say_asked, what))
        try:
            return await answered(self, question)
        except Cancelled:
            self.notify(f"looking at {what} was given up; nothing was done", markup=False)
        except BakError as error:
            self.complain(error)
        finally:
            saying.stop()
            self._say_asked("")
        return None

    def _say_asked(self, what: str) -> None:
        self._asked_about = what
        self.query_one(Keys).renew()

    @property
    def beside_keys(self) -> Line:
        """What is being asked of a server before a dialog can open, at the end of the footer."""
        about = self._asked_about
        return [(f"► looking at {about}", "accent"), ("   esc gives it up", "muted")] if about else []

    def complain(self, error: BakError) -> None:
        """Say what did not work."""
        text = f"{error.message}\n{error.hint}" if error.hint else error.message
        self.notify(text, severity="error", timeout=10, markup=False)

    @work(description="-")
    async def action_back_up(self) -> None:
        """Back up what is marked, or what the cursor is on."""
        rows = self.query_one(DatabasesPane).marked
        if self.profile is None or not rows:
            return
        profile = self.profile
        there = [row for row in self.board.rows if row.is_on_server] if self.board else []
        dialog = BackupDialog(self.bak, profile, rows, self.moment, self.cores, there=there)
        order = await self.app.push_screen_wait(dialog)
        if order is not None:
            self.bak.backup(profile, order.selection, order.options)
            self.query_one(DatabasesPane).clear_marks()

    @work(description="-")
    async def action_dump(self) -> None:
        """Dump what is marked into a folder."""
        rows = self.query_one(DatabasesPane).marked
        if self.profile is None or not rows:
            return
        profile = self.profile
        names = first_of([row.database for row in rows], _MOST_NAMES)
        what = f"{plural(len(rows), 'database')} of {profile.given_server}: {names}"
        folder = await self._folder("dump", what, profile, *_named(rows))
        if folder is not None:
            selection = Selection(tuple(row.database for row in rows))
            self.query_one(DatabasesPane).clear_marks()
            options = BackupOptions(parallel=self.cores, folder=folder)
            self.bak.dump(profile.server, selection, options, profile.name)

    @work(description="-")
    async def action_upload(self) -> None:
        """Upload a folder's dumps."""
        if self.profile is None:
            return
        profile = self.profile
        what = f"every dump of the folder to {profile.target}"
        folder = await self._folder("upload", what, profile, may_be_new=False)
        if folder is not None:
            self.bak.upload(profile.target, folder, Selection(), self.cores, profile.name)

    @work(description="-")
    async def action_download(self) -> None:
        """Download the marked dumps, or the one under the cursor."""
        dumps = self.query_one(BucketPane).chosen_dumps
        if self.profile is None or not dumps:
            return
        profile = self.profile
        paths = [dump.path for dump in dumps]
        many = f"{plural(len(dumps), 'dump')}: " if len(dumps) > 1 else ""
        what = f"{many}{first_of(paths, _MOST_DUMPS)}, {size(sum(dump.stored.size for dump in dumps))}"
        folder = await self._folder("download", what, profile, operands=paths)
        if folder is not None:
            how = DownloadOptions(folder, self.cores)
            self.bak.download(profile.target, dumps, how, profile.name)
            self.query_one(BucketPane).clear_marks()

    def action_restore_dump(self) -> None:
        """Restore the dump under the cursor; of a database's folder the newest is offered."""
        dumps = self.query_one(BucketPane).current_dumps
        if dumps:
            self._restore(dumps)

    def action_restore_newest(self) -> None:
        """Restore one of the dumps of the database under the cursor; the newest is offered."""
        row = self.query_one(DatabasesPane).listing.current
        if row is not None and row.dumps:
            self._restore(row.dumps)

    @work(description="-")
    async def action_peek(self) -> None:
        """Look into the dump under the cursor, of a folder or a database into its newest."""
        dumps, profile = self._dumps_under_cursor, self.profile
        if not dumps or profile is None:
            return
        order = await self.app.push_screen_wait(PeekDialog(self.bak, profile, dumps[0]))
        if order is not None:
            self._restore([order.dump], order.tables)

    def action_details(self) -> None:
        """Everything that is known of the row under the cursor."""
        name, facts = self._explaining.explained
        self.app.push_screen(DetailsDialog(name, facts, self.profile))

    @work(description="-")
    async def action_jump(self) -> None:
        """Go to a name in the folder; where it is not listed yet the listing goes on from there."""
        bucket = self.query_one(BucketPane)
        if self.profile is None:
            return
        name = await self.app.push_screen_wait(JumpDialog(self.profile, bucket.folder))
        if name is not None:
            bucket.jump(name)

    def action_copy_path(self) -> None:
        """Copy the object's URL."""
        entry = self.query_one(BucketPane).listing.current
        if self.profile is not None and entry is not None:
            self.app.copy_to_clipboard(
                f"s3://{self.profile.target.bucket}/{self.profile.target.key(entry.path)}"
            )
            self.notify("the object's URL is copied", markup=False)

    def action_copy_command(self) -> None:
        """Copy the `bak` line of what the focused pane's main key does."""
        if self.profile is None:
            return
        if self.query_one(BucketPane).has_focus_within:
            dump = self.query_one(BucketPane).current_dump
            verb, operands = ("restore", [dump.path]) if dump else ("dumps", [])
            line = bak_line(verb, self.profile, operands=operands)
        else:
            line = bak_line("backup", self.profile, *_named(self.query_one(DatabasesPane).marked))
        self.app.copy_to_clipboard(line)
        self.notify(f"copied: {foreign(line)}", markup=False)

    @work(description="-")
    async def _restore(self, dumps: Sequence[StoredDump], tables: Sequence[str] = ()) -> None:
        if self.profile is None:
            return
        profile = self.profile
        dialog = RestoreDialog(
            self.bak,
            profile,
            dumps,
            tuple(self.choices.values()),
            now=self.moment,
            shrunk=self.query_one(BucketPane).known.shrunk,
            tables=tables,
        )
        order = await self.app.push_screen_wait(dialog)
        if order is not None:
            sources = self.bak.catalogue(profile.target).sources([order.dump])
            self.bak.restore(order.to.server, sources, order.options, profile.name)

    async def _folder(
        self,
        verb: str,
        what: str,
        profile: Profile,
        *arguments: str,
        operands: Sequence[str] = (),
        may_be_new: bool = True,
    ) -> Path | None:
        def line(folder: Path) -> str:
            return bak_line(verb, profile, *arguments, "--dir", str(folder), operands=operands)

        purpose = Purpose(verb.capitalize(), what, line, may_be_new)
        return await self.app.push_screen_wait(FolderDialog(purpose, profile, working_folder()))


def _lacking(action: str, row: BoardRow | None) -> str:
    """What a database has not got that the action takes."""
    if row is None:
        return "no database is there"
    if action not in _OF_A_DATABASE:
        return f"{foreign(row.database)} has no dump"
    if row.is_on_server is None:
        return "the server could not be asked"
    if action == "undo":
        return f"nothing is kept of {foreign(row.database)}"
    return f"{foreign(row.database)} is not on the server"


def _named(rows: list[BoardRow]) -> list[str]:
    return [word for row in rows for word in ("--database", row.database)]
