"""The folder picker: textual-fspicker's, which goes about the file system with the keys everybody knows.

Names of folders are foreign text, which textual-fspicker draws raw: here every one of them, and the path,
comes in by `foreign`, on one row. No folder is looked into but the one that is open, and one that cannot
be read is said.
"""

from __future__ import annotations

from pathlib import Path

from rich.style import Style
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.worker import get_current_worker
from textual_fspicker import SelectDirectory
from textual_fspicker.parts import CurrentDirectory, DirectoryNavigation
from textual_fspicker.parts.directory_navigation import DirectoryEntry, DirectoryEntryStyling
from textual_fspicker.safe_tests import is_dir

from bak_tui.tui.look.spans import foreign, middle
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.pressing import FormButton, FormButtons


def folder_picker(title: str, start: Path) -> SelectDirectory:
    """A screen that answers a folder, or None."""
    return FolderPicker(start, title)


class FolderPicker(SelectDirectory):
    """In the frame all dialogs have."""

    DEFAULT_CSS = """
    FolderPicker {
        background: $bak-veil 72%;
        & #frame {
            width: 92;
            max-width: 100%;
            height: 80%;
            border: round $bak-accent;
            border-title-color: $bak-text;
            border-title-style: bold;
            border-subtitle-color: $bak-bad;
            background: $bak-bg;
            padding: 1 2;
        }
        & Where { height: 1; border: none; padding: 0; margin-bottom: 1; color: $bak-muted; }
        & Folders, & Folders:focus {
            border: none;
            padding: 0;
            background: $bak-bg;
            background-tint: $bak-bg 0%;
            text-wrap: nowrap;
            text-overflow: ellipsis;
            scrollbar-size-vertical: 1;
            & > .option-list--option-highlighted { background: $bak-cursor; color: $bak-text; }
        }
        & FormButtons {
            margin-top: 1;
            & .gap { width: 1fr; height: 1; }
            & .remark { width: auto; height: 1; }
        }
    }
    """
    ERROR_PERMISSION_ERROR = "This folder cannot be read"

    def __init__(self, start: Path, title: str) -> None:
        super().__init__(start, title)
        self._start = start
        self._question = title

    def compose(self) -> ComposeResult:
        with Vertical(id="frame") as frame:
            frame.border_title = Content(self._question)
            yield Where()
            yield Folders(self._start)
            with FormButtons():
                yield FormButton("Choose this folder", "tab enter", "choose")
                yield FormButton("Cancel", "esc", "dismiss(None)")
                yield Drawn([[]], classes="gap")
                yield Drawn([[("enter opens  . hidden", "muted")]], classes="remark")

    def action_choose(self) -> None:
        """The folder that is open."""
        self.dismiss(self.query_one(Folders).location)

    def _set_error(self, message: str = "") -> None:
        self.query_one("#frame").border_subtitle = message


class Where(CurrentDirectory):
    """The path of the folder that is open, on one row."""

    def _watch_current_directory(self) -> None:
        path = "" if self.current_directory is None else foreign(str(self.current_directory))
        self.update(Content(middle(path, self.size.width)))


class Listed(Message):
    """The folders below one were read, in a thread."""

    def __init__(self, location: Path, found: list[Path]) -> None:
        super().__init__()
        self.location = location
        self.found = found


class Folders(DirectoryNavigation):
    """The folders in the one that is open, by name."""

    def __init__(self, location: Path) -> None:
        super().__init__(location)
        self._found: list[Path] = []

    @work(exclusive=True, thread=True)
    def _load(self) -> None:
        location = self._location
        found: list[Path] = []
        try:
            found = sorted(path for path in location.iterdir() if is_dir(path))
        except OSError:
            self.post_message(self.PermissionError(self, location))
        if not get_current_worker().is_cancelled:
            self.post_message(Listed(location, found))

    @on(Listed)
    def show_folders(self, message: Listed) -> None:
        """An answer about a folder that was left since is not shown."""
        message.stop()
        if message.location == self._location:
            self._found = message.found
            self._repopulate_display()

    def _repopulate_display(self) -> None:
        rows = [] if self.is_root else [_Folder(self._location.parent, "..")]
        rows += [_Folder(path, path.name) for path in self._found if not self.hide(path)]
        with self.app.batch_update():
            self.clear_options()
            self.add_options(rows)
        self._settle_highlight()


class _Folder(DirectoryEntry):
    """A row: the name and a slash; nothing about it is asked of the file system."""

    def __init__(self, location: Path, name: str) -> None:
        self._label = f"{foreign(name)}/"
        super().__init__(location, DirectoryEntryStyling(*[Style()] * 4))

    def _as_renderable(self, location: Path) -> Text:
        del location
        return Text(self._label, no_wrap=True, overflow="ellipsis")
