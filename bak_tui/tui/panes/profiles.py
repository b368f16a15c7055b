"""1 Profiles: which server and bucket; PROD is a block nobody overlooks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bak_tui.core.profile import Profile
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, foreign, left
from bak_tui.tui.widgets.listing import Drawing, Listing
from bak_tui.tui.widgets.pane import Pane


class Reach(StrEnum):
    """How it stands with a profile's server and bucket, in this session."""

    CLOSED = "not opened"
    OPENING = "connecting"
    OPEN = "connected"
    LOST = "unreachable"


@dataclass(frozen=True)
class ProfileRow:
    """One profile as the list shows it."""

    name: str
    environment: str
    is_read_only: bool
    reach: Reach = Reach.CLOSED


class ProfilesPane(Pane[ProfileRow]):
    """Two lines and a blank a profile."""

    FOOTER = ("list.open",)

    def __init__(self) -> None:
        super().__init__(1, "Profiles", Listing(_draw, lambda row: row.name, row_height=3))
        self._rows: tuple[ProfileRow, ...] = ()

    def show(self, rows: tuple[ProfileRow, ...]) -> None:
        self._rows = rows
        self.refill()

    def refill(self) -> None:
        self.listing.show([row for row in self._rows if self.matches(row.name)])


def row_of(profile: Profile, reach: Reach) -> ProfileRow:
    return ProfileRow(profile.name, profile.environment, profile.is_read_only, reach)


def _draw(row: ProfileRow, drawing: Drawing) -> list[Line]:
    name = (left(foreign(row.name), drawing.width), "text bold" if drawing.is_cursor else "text")
    label, words = states.environment(foreign(row.environment)[:6])
    reach = "read-only" if row.is_read_only and row.reach is not Reach.LOST else row.reach.value
    state = (left(reach, drawing.width - 7), "bad" if row.reach is Reach.LOST else "muted")
    return [[name], [(label, words), (" " * (7 - len(label)), ""), state]]
