"""A folder, for what goes into one or comes out of one: its path is typed, or walked to.

Folders are read in a thread, one at a time. Their names are foreign text; none is looked into but the one
that is open, and one that cannot be read is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.profile import Profile
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look.labelled import LABEL, labelled
from bak_tui.tui.look.spans import Line, foreign, left
from bak_tui.tui.widgets.drawn import Drawn, Flowing
from bak_tui.tui.widgets.fields import FormRow, TextField
from bak_tui.tui.widgets.listing import Drawing, Listing

_ROWS = 10


@dataclass(frozen=True)
class Purpose:
    """What a folder is wanted for."""

    verb: str
    """Title and button."""
    what: str
    """What goes there, or comes from there."""
    line: Callable[[Path], str]
    """The `bak` line that does it with that folder."""
    may_be_new: bool = True
    """Whether a folder that is not there is made."""


@dataclass(frozen=True)
class Reading:
    """What was found where."""

    location: Path
    folders: tuple[Path, ...] = ()
    trouble: str = ""
    is_missing: bool = False
    """It is not there, and may be made."""


def read_folder(location: Path) -> Reading:
    """The folders in this one, by name. What cannot be looked at is said, never raised."""
    try:
        if not location.exists():
            return Reading(location, is_missing=True)
        if not location.is_dir():
            return Reading(location, trouble="this is no folder")
        return Reading(location, tuple(sorted(path for path in location.iterdir() if _is_folder(path))))
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "there can be no such path"
        return Reading(location, trouble=f"this folder cannot be read: {said}")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def working_folder() -> Path:
    """Where to begin: here, or at home when what is here was removed."""
    try:
        return Path.cwd()
    except OSError:
        return Path.home()


class FolderDialog(Dialog[Path]):
    """Answers the folder whose path stands in the field."""

    CSS = """
    FolderDialog {
        & .label { width: 13; }
        & #found { margin-top: 1; }
        & Listing { margin-left: 11; }
    }
    """
    FOOTER = ("folder.up", "folder.hidden", *Dialog.FOOTER)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left,h,backspace",
            "up",
            "Up",
            key_display="h",
            id="folder.up",
            tooltip="The folder above, from the list",
        ),
        Binding("full_stop", "hidden", "Hidden", id="folder.hidden", tooltip="Show hidden folders, or not"),
        Binding("tab", "app.focus_next", "Next", show=False, id="folder.next", tooltip="Path, list, buttons"),
        Binding("down", "app.focus_next", "List", show=False, id="folder.list", tooltip="To the list"),
    ]

    def __init__(self, purpose: Purpose, profile: Profile, start: Path) -> None:
        super().__init__(purpose.verb, profile)
        self._for = purpose
        self._field = TextField(str(start), id="folder")
        self._found = Flowing(self._found_lines, id="found")
        self._listing: Listing[Path] = Listing(_draw, lambda path: path)
        self._reading = Reading(start)
        self.shows_hidden = False

    # -- what it says --------------------------------------------------------------------------------

    def body(self) -> list[Widget]:
        what = Flowing(lambda width: labelled(self._for.verb, self._for.what, width))
        return [what, Drawn([[]]), FormRow("Folder", self._field), self._found, self._listing]

    def fit(self) -> None:
        super().fit()
        self.fit_list(self._listing, _ROWS)

    def buttons(self) -> list[Button]:
        return [Button(self._for.verb, "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def remark(self) -> str:
        return "tab goes to the list, enter opens there"

    def command(self) -> str:
        return self._for.line(self.folder)

    @property
    def folder(self) -> Path:
        """The one that is meant, from the root."""
        path = Path(self._field.text or ".")
        with suppress(RuntimeError):  # ~nobody is a folder's name, too
            path = path.expanduser()
        return path if path.is_absolute() else working_folder() / path

    def _found_lines(self, width: int) -> list[Line]:
        reading = self._reading
        if reading.trouble:
            return labelled("", f"✗ {reading.trouble}", width, words="bad")
        if reading.is_missing and self._for.may_be_new:
            return labelled("", "it will be made", width, words="muted")
        if reading.is_missing:
            return labelled("", "✗ there is no such folder", width, words="bad")
        return [[(" " * LABEL, ""), ("folders in it", "muted")]]

    # -- where it is ---------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._look()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()
        self.renew_command()

    @work(exclusive=True, group="folder", description="-")
    async def _look(self) -> None:
        reading = await asyncio.to_thread(read_folder, self.folder)
        if reading.location == self.folder:
            self._reading = reading
            self._show()

    def _show(self) -> None:
        location = self._reading.location
        above = [] if location.parent == location else [location / ".."]
        inside = [each for each in self._reading.folders if self.shows_hidden or each.name[:1] != "."]
        self._listing.show([*above, *inside], 0)
        self._found.flow(self._found_lines)

    def _go(self, location: Path) -> None:
        self._field.text = str(location)

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        chosen = self._listing.current
        if chosen is not None:
            self._go(chosen.parent.parent if chosen.name == ".." else chosen)

    def action_up(self) -> None:
        """The folder above."""
        self._go(self.folder.parent)

    def action_hidden(self) -> None:
        """Those whose names begin with a dot, too."""
        self.shows_hidden = not self.shows_hidden
        self._show()

    # -- the answer ----------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def action_accept(self) -> None:
        """What cannot be read, or is not there to be read, is not taken."""
        folder = self.folder
        reading = self._reading
        is_wrong = reading.trouble or (reading.is_missing and not self._for.may_be_new)
        if not (is_wrong and reading.location == folder):
            self.dismiss(folder)


def _draw(path: Path, drawing: Drawing) -> list[Line]:
    return [[(left(f"{foreign(path.name)}/", drawing.width), "text bold" if drawing.is_cursor else "text")]]
