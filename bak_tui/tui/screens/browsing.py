"""What server and bucket have told, and what is asked of them: the board, a folder's pages, asking again.

Threads ask; here their answers are handed to the panes, and those that come too late are dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from textual import work

from bak_tui.core.errors import BakError, PasswordNeeded
from bak_tui.core.last_place import NOWHERE, LastPlace
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.board import Board
from bak_tui.operations.bucket.entries import Entries
from bak_tui.tui.clock import Clock
from bak_tui.tui.look.spans import foreign
from bak_tui.tui.messages import BoardJudged, BoardRead, PageRead, ProfileOpened, WritingRefused
from bak_tui.tui.panes.bucket import BucketPane
from bak_tui.tui.panes.databases import DatabasesPane
from bak_tui.tui.panes.known import Known
from bak_tui.tui.panes.profiles import Reach, reach_of
from bak_tui.tui.screens.leftovers import LeftoversOffer
from bak_tui.tui.screens.profile_actions import ProfileActions
from bak_tui.tui.session.choices import Choice


class Browsing(ProfileActions):
    """Keeps the board and the folder that are shown what server and bucket said last."""

    def __init__(
        self, bak: Bak, choices: Sequence[Choice], clock: Clock, place: LastPlace, *, prepares: bool = False
    ) -> None:
        super().__init__(bak, choices, clock, prepares=prepares)
        self.left_at = place
        """Where the session before was left, until it is taken up."""
        self._told: dict[str, BakError] = {}
        """What each end has failed with, as it was told; the same is told again only when it is asked for."""
        self._offer = LeftoversOffer(self)

    # -- a profile was opened ------------------------------------------------------------------------

    def on_profile_opened(self, message: ProfileOpened) -> None:
        if message.profile.name != self.wanted:
            return  # another one was chosen meanwhile
        self.profile = message.profile
        self._told.clear()
        folder = self.left_at.folder_in(message.profile.name)
        self.fetch.read_board(message.profile, folder)
        self.enter_folder(folder)
        if message.profile.given_target is not None:
            self.fetch.try_writing(message.profile)
        self.tell()

    def on_writing_refused(self, message: WritingRefused) -> None:
        self.only_read.add(message.profile)
        self.refresh_bindings()
        self.notify(
            f"the credentials of {foreign(message.profile)}'s bucket may only read:"
            " backup, upload and delete are not offered",
            markup=False,
        )

    # -- the board -----------------------------------------------------------------------------------

    def action_refresh(self) -> None:
        """Ask again; marks and cursors stay. A listing that broke off goes on from there.

        What is still wrong is told, and asked for, again.
        """
        self._told.clear()
        if self.profile is not None:
            self.look_again(is_asked=True)
        elif self.reach.get(self.wanted, Reach.CLOSED).is_bad:
            self.open_profile(self.wanted)

    def look_again(self, *, is_asked: bool = False) -> None:
        """Ask again, without being asked to: what is wrong and was told stands in header and panes.

        A listing that broke off then stays as it is: only who is there wants it to go on.
        """
        if self.profile is not None:
            bucket = self.query_one(BucketPane)
            self.fetch.read_board(self.profile, bucket.folder, self.board)
            if is_asked or bucket.view.error is None:
                self.enter_folder(bucket.folder, bucket.start, is_again=True)

    def judge_again(self) -> None:
        """Ages tick, and a backup may have grown too old, without anything being asked."""
        if self.profile is not None and self.board is not None:
            folder = self.query_one(BucketPane).folder
            self.fetch.judge_again(self.profile, self.board, self.clock(), folder)
        else:
            self.query_one(BucketPane).refill()

    @work(group="board-read", description="-")
    async def on_board_read(self, message: BoardRead) -> None:
        if self.profile is None or message.profile != self.profile:
            return
        if message.is_early and self.board is not None:
            return  # what is shown already tells more
        board = message.board
        name = message.profile.name
        self.reach[name] = reach_of(board.server_error) if board.server_error else Reach.OPEN
        self.show_profiles()
        self._show_board(board, message.known)
        ends = {"server": board.server_error}
        if not message.is_early:  # else nobody has asked the bucket yet
            ends["store"] = board.store_error
        for error in [error for end, error in ends.items() if self._is_news(error, end)]:
            if isinstance(error, PasswordNeeded) or error.kind == "wrong_password":
                await self.ask_password(name, error)
            else:
                self.complain(error)
        is_whole = board.server_error is None and not message.is_early
        if is_whole and message.profile == self.profile and await self._offer.make(message.profile, board):
            self.look_again()

    def _is_news(self, error: BakError | None, end: str) -> TypeGuard[BakError]:
        """Whether it is wrong in another way than was told."""
        told = self._told.pop(end, None)
        if error is None:
            return False
        self._told[end] = error
        return told is None or (told.kind, told.message) != (error.kind, error.message)

    def on_board_judged(self, message: BoardJudged) -> None:
        if message.before is self.board:
            self._show_board(message.board, message.known)

    def _show_board(self, board: Board, known: Known) -> None:
        """One evaluation for all that is said of it: rows, details, folders and counters."""
        self.board = board
        self.query_one(DatabasesPane).show_board(board)
        self.query_one(BucketPane).know(known)
        self.tell()

    # -- the folder ----------------------------------------------------------------------------------

    def enter_folder(self, folder: str, start: str = "", *, is_again: bool = False) -> None:
        """Show a folder, from a name on; of a profile without a bucket say that it has none."""
        if self.profile is None or self.profile.given_target is None:
            self.query_one(BucketPane).close(has_profile=self.profile is not None)
            return
        target = self.profile.target
        # The bucket's name stands in the header; here it only stands in for a prefix.
        parts = [*([] if target.prefix else [target.bucket]), *f"{target.prefix}{folder}".split("/")]
        place = " / ".join(filter(None, parts))
        pane = self.query_one(BucketPane)
        goes_on = is_again and pane.view.error is not None
        if goes_on:
            pane.view.go_on()
        else:
            pane.begin(folder, place, start, is_again=is_again)
        self.fetch.list_folder(self.profile, folder, start, is_again=is_again, goes_on=goes_on)

    def on_bucket_pane_entered(self, message: BucketPane.Entered) -> None:
        self.enter_folder(message.folder, message.start)

    def on_page_read(self, message: PageRead) -> None:
        if message.listing != self.fetch.listing:
            return
        pane = self.query_one(BucketPane)
        if message.error is not None:
            pane.view.fail(message.error)
        elif message.page is not None:
            pane.view.add(message.page.entries)
        else:
            pane.view.add(Entries(), is_last=True)
            place, self.left_at = self.left_at, NOWHERE
            if place.folder and pane.folder == place.folder and pane.is_empty:
                self.enter_folder("")  # it is gone since
