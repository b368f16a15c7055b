"""What threads tell the screens: facts, posted, never called."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from bak_tui.core.errors import BakError
from bak_tui.core.jobs import JobStatus
from bak_tui.core.profile import Profile
from bak_tui.operations.bucket.board import Board
from bak_tui.operations.bucket.browse import BrowsePage
from bak_tui.services.history import PastJobs
from bak_tui.tui.panes.known import Known


@dataclass
class JobUpdated(Message):
    """A job has news. Of a flood only the last is handled."""

    status: JobStatus

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, JobUpdated) and message.status.id == self.status.id


@dataclass
class JobEnded(Message):
    """A job of this session has ended."""

    status: JobStatus


class DemoWanted(Message):
    """The user would rather try everything first."""


@dataclass
class ProfileOpened(Message):
    """A profile's secrets are resolved; it can be used."""

    profile: Profile


@dataclass
class BoardRead(Message):
    """Both ends were asked."""

    profile: Profile
    board: Board
    known: Known
    is_early: bool = False
    """Only the server has answered yet."""


@dataclass
class BoardJudged(Message):
    """What was found out before, judged at a later moment."""

    before: Board
    board: Board
    known: Known


@dataclass
class WritingRefused(Message):
    """The credentials of a profile's bucket may only read."""

    profile: str


@dataclass
class PageRead(Message):
    """The next page of a folder; `page` None when there is no more, `error` when it broke off."""

    listing: int
    """Which listing it belongs to: an older one's pages are dropped."""
    page: BrowsePage | None
    error: BakError | None = None


@dataclass
class Failed(Message):
    """Something that was asked for did not work."""

    profile: str
    error: BakError


@dataclass
class HistoryRead(Message):
    """The jobs of earlier sessions."""

    past: PastJobs
