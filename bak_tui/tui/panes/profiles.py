"""1 Profiles: which server and bucket; PROD is a block nobody overlooks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from bak_tui.core.errors import BakError, PasswordNeeded, ServerError
from bak_tui.core.profile import Profile
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import Line, foreign, left
from bak_tui.tui.widgets.listing import Drawing, Listing
from bak_tui.tui.widgets.pane import Pane

_LABEL = 6
"""Cells of the environment."""


class Reach(StrEnum):
    """How it stands with a profile's server and bucket, in this session."""

    CLOSED = "not opened"
    OPENING = "connecting"
    OPEN = "connected"
    LOST = "unreachable"
    LOCKED = "no password"
    REFUSED = "refused"
    UNUSABLE = "unusable"
    """What it says of itself makes no sense, or its password cannot be fetched."""

    @property
    def is_bad(self) -> bool:
        return self in {Reach.LOST, Reach.LOCKED, Reach.REFUSED, Reach.UNUSABLE}


def reach_of(error: BakError) -> Reach:
    """How it stands with a server that has failed like this."""
    if isinstance(error, PasswordNeeded):
        return Reach.LOCKED
    if not isinstance(error, ServerError):
        return Reach.UNUSABLE
    return Reach.LOST if error.kind in {"unreachable", "silent"} else Reach.REFUSED


class Wish(StrEnum):
    """What can be done with profiles."""

    NEW = "new"
    IMPORT = "import"
    EDIT = "edit"
    TEST = "test"
    DELETE = "delete"


@dataclass(frozen=True)
class ProfileRow:
    """One profile as the list shows it."""

    name: str
    environment: str
    is_read_only: bool
    reach: Reach = Reach.CLOSED
    is_open: bool = False
    """Its server and bucket are what the other panes show."""
    is_stored: bool = False
    """Whether it can be changed: it stands in the file."""


class ProfilesPane(Pane[ProfileRow]):
    """Two lines and a blank a profile."""

    HELP = "Each profile is a PostgreSQL server and a bucket under one name."
    OPENS = "open it"
    FOOTER = ("list.open", "profiles.new", "profiles.edit", "profiles.test", "profiles.delete")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id="profiles.new", tooltip="A new profile"),
        Binding(
            "e",
            "edit",
            "Edit",
            id="profiles.edit",
            tooltip="Change this profile, or save it",
        ),
        Binding(
            "t",
            "test",
            "Test",
            id="profiles.test",
            tooltip="Try both ends of this profile, and what they allow",
        ),
        Binding(
            "i",
            "import",
            "Import",
            show=False,
            id="profiles.import",
            tooltip="Make a profile of what pg_service.conf or ~/.aws knows",
        ),
        Binding(
            "D",
            "delete",
            "Delete",
            id="profiles.delete",
            tooltip="Forget this profile; nothing else is touched",
        ),
    ]

    class Asked(Message):
        """The user wants something done with the profiles."""

        def __init__(self, wish: Wish, name: str = "") -> None:
            super().__init__()
            self.wish = wish
            self.name = name

    def __init__(self) -> None:
        super().__init__(1, "Profiles", Listing(_draw, lambda row: row.name, row_height=3))
        self.heading.display = False
        self._rows: tuple[ProfileRow, ...] = ()

    def show(self, rows: tuple[ProfileRow, ...]) -> None:
        self._rows = rows
        self.refill()

    def refill(self) -> None:
        self.listing.show([row for row in self._rows if self.matches(row.name)])
        self.listing.say_instead(self.nothing_matches if self._rows else placeholders.NO_PROFILE)
        self.refresh_bindings()

    def on_listing_moved(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        row = self.listing.current
        if action == "delete":
            # What was never saved stands in no file.
            return (row is not None and row.is_stored) or None
        if action in {"edit", "test"}:
            return row is not None or None
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        row = self.listing.current
        if action == "delete" and row is not None and not row.is_stored:
            return f"{foreign(row.name)} was never saved, so there is nothing to forget; e saves it"
        return ""

    def action_new(self) -> None:
        self.post_message(self.Asked(Wish.NEW))

    def action_import(self) -> None:
        self.post_message(self.Asked(Wish.IMPORT))

    def action_edit(self) -> None:
        self._ask(Wish.EDIT)

    def action_test(self) -> None:
        self._ask(Wish.TEST)

    def action_delete(self) -> None:
        self._ask(Wish.DELETE)

    def _ask(self, wish: Wish) -> None:
        if self.listing.current is not None:
            self.post_message(self.Asked(wish, self.listing.current.name))


def row_of(profile: Profile, reach: Reach) -> ProfileRow:
    return ProfileRow(profile.name, profile.environment, profile.is_read_only, reach)


def _draw(row: ProfileRow, drawing: Drawing) -> list[Line]:
    is_bold = drawing.is_cursor or row.is_open
    name = (left(foreign(row.name), drawing.width), "text bold" if is_bold else "text")
    label, words = states.environment(foreign(row.environment))
    reach = "read-only" if row.is_read_only and not row.reach.is_bad else row.reach.value
    state = (left(reach, drawing.width - _LABEL - 1), "bad" if row.reach.is_bad else "muted")
    label = label if cell_len(label) <= _LABEL else left(label, _LABEL)
    return [[name], [(label, words), (" " * (_LABEL + 1 - cell_len(label)), ""), state]]
