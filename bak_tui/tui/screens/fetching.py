"""What the workbench asks of the outside, each question in a thread of its own, answered by messages.

Every call underneath has its own time-outs. An answer that comes too late (another profile or folder was
chosen meanwhile) says what it belongs to, and is dropped by who receives it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime

from textual.message import Message
from textual.widget import Widget
from textual.worker import get_current_worker

from bak_tui.core.errors import BakError, Cancelled
from bak_tui.core.profile import Profile
from bak_tui.core.secret import Secret
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.board import Board, BoardWatch
from bak_tui.operations.bucket.browse import FolderReading
from bak_tui.operations.bucket.catalogue import Catalogue
from bak_tui.operations.bucket.recalling import recalled
from bak_tui.tui.messages import (
    BoardJudged,
    BoardRead,
    Failed,
    HistoryRead,
    PageRead,
    ProfileOpened,
    WritingRefused,
)
from bak_tui.tui.panes.known import Known
from bak_tui.tui.session.choices import Choice

_PAST_JOBS = 1000


class Fetcher:
    """Starts threads on behalf of a widget, one of a kind at a time."""

    def __init__(self, widget: Widget, bak: Bak) -> None:
        self._widget = widget
        self._bak = bak
        self._listings = itertools.count(1)
        self.listing = 0
        """The listing whose pages are wanted."""
        self._browsed: tuple[Profile, Catalogue] | None = None
        self._reading: FolderReading | None = None

    def open(self, choice: Choice, password: Secret | None = None) -> None:
        """Resolve a profile's secrets."""
        self._start("profile", choice.name, lambda: ProfileOpened(choice.open(password)))

    def read_history(self) -> None:
        """The jobs of earlier sessions."""
        self._start("history", "", lambda: HistoryRead(self._bak.history(_PAST_JOBS)))

    def read_board(self, profile: Profile, folder: str, before: Board | None = None) -> None:
        """Ask server and bucket; what the server says is told before a big bucket is listed.

        `folder` is the one that is looked into: what is said of its sub-folders is worked out with it.
        What an end that fails has told `before` stays.
        """

        def read() -> BoardRead:
            worker = get_current_worker()

            def early(board: Board) -> None:
                self._widget.post_message(BoardRead(profile, board, Known.of(board, folder), is_early=True))

            def check() -> None:
                if worker.is_cancelled:
                    raise Cancelled

            board = recalled(self._bak.board(profile, watch=BoardWatch(early, check)), before)
            return BoardRead(profile, board, Known.of(board, folder))

        self._start("board", profile.name, read)

    def judge_again(self, profile: Profile, board: Board, moment: datetime, folder: str) -> None:
        """Nothing is asked; but the dumps of a big bucket take their time."""

        def judge() -> BoardJudged:
            judged = board.at(moment)
            return BoardJudged(board, judged, Known.of(judged, folder))

        self._start("judging", profile.name, judge)

    def list_folder(
        self,
        profile: Profile,
        folder: str,
        start: str = "",
        *,
        is_again: bool = False,
        goes_on: bool = False,
    ) -> None:
        """List a folder, or what is in it from a name on, page by page; the listing before is given up.

        Folders of a profile are asked of one client, which saves a tenth of a second each; when they are
        asked again, of a new one, for which the credentials are looked up anew. `goes_on`: the listing before
        broke off, and what it has not told yet is wanted.
        """
        number = self.listing = next(self._listings)
        if is_again or self._browsed is None or self._browsed[0] != profile:
            self._browsed = (profile, self._bak.catalogue(profile.target))
        catalogue = self._browsed[1]
        if self._reading is None or not goes_on:
            self._reading = FolderReading(profile.target, folder, start)
        reading = self._reading

        def read() -> PageRead:
            worker = get_current_worker()
            try:
                for page in catalogue.read(reading):
                    is_wanted = number == self.listing and not worker.is_cancelled
                    if not is_wanted or not self._widget.post_message(PageRead(number, page)):
                        break
            except BakError as error:
                return PageRead(number, None, error)
            return PageRead(number, None)

        self._start("folder", profile.name, read)

    def try_writing(self, profile: Profile) -> None:
        """Whether the bucket's credentials may store anything; only a clear no is told."""

        def run() -> None:
            try:
                may_write = self._catalogue(profile).may_write()
            except BakError:
                return  # the board says what is wrong with the bucket
            if not may_write:
                self._widget.post_message(WritingRefused(profile.name))

        self._widget.run_worker(run, thread=True, exclusive=True, group="writing", name="writing")

    def _catalogue(self, profile: Profile) -> Catalogue:
        """The client that lists the profile's folders, where there is one."""
        if self._browsed is not None and self._browsed[0] == profile:
            return self._browsed[1]
        return self._bak.catalogue(profile.target)

    def ask(self, profile: Profile, question: Callable[[], Message]) -> None:
        """Anything else that must not be waited for."""
        self._start("question", profile.name, question)

    def _start(self, kind: str, profile: str, question: Callable[[], Message]) -> None:
        def run() -> None:
            try:
                answer = question()
            except Cancelled:  # nobody wants to know any more
                return
            except BakError as error:
                answer = Failed(profile, error)
            self._widget.post_message(answer)

        self._widget.run_worker(run, thread=True, exclusive=True, group=kind, name=kind)
