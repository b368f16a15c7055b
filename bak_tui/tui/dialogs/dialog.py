"""The frame all dialogs share: title with the PROD block, facts, the `bak` line, buttons in one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from bak_tui.core.profile import Profile
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.drawn import Drawn

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Button:
    """A label and the key that does the same."""

    label: str
    key: str


class Dialog(ModalScreen[Answer]):
    """Centred over the veil; under 100 columns or 30 rows it is the screen."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $bak-veil 72%;
        & > #frame {
            width: 92;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $bak-accent;
            border-title-color: $bak-text;
            border-title-style: bold;
            background: $bak-bg;
            padding: 1 2;
            overflow-y: auto;
            & Input {
                height: 1;
                border: none;
                padding: 0 1;
                background: $bak-field;
                color: $bak-text;
                &:focus { background: $bak-cursor; }
            }
            & .command { background: $bak-field; padding: 0 1; margin-top: 1; }
            & .buttons { margin-top: 1; }
        }
        &.-severe > #frame { border: round $bak-bad; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel", tooltip="Close without doing anything"),
        Binding("enter", "accept", "Go", id="dialog.accept", tooltip="Do it"),
    ]

    def __init__(self, title: str, profile: Profile | None) -> None:
        super().__init__()
        self._title = title
        self._profile = profile

    def compose(self) -> ComposeResult:
        with Vertical(id="frame") as frame:
            frame.border_title = self._heading()
            yield from self.body()
            yield Drawn([self._button_line()], classes="buttons")

    def body(self) -> list[Widget]:
        """What stands between title and buttons."""
        return []

    def buttons(self) -> list[Button]:
        """The first is what enter does."""
        return [Button("OK", "enter")]

    def remark(self) -> str:
        """One remark, lower right."""
        return ""

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_accept(self) -> None:
        self.dismiss(None)

    def _heading(self) -> Content:
        parts = [Content(self._title)]
        if self._profile is not None:
            if self._profile.is_prod:
                parts += [Content("   "), Content.styled(" PROD ", "bold $bak-prodtext on $bak-prod")]
            parts.append(Content.styled(f"  {foreign(self._profile.name)}", "not bold $bak-text"))
        return Content("").join(parts)

    def _button_line(self) -> Line:
        line: Line = []
        for index, button in enumerate(self.buttons()):
            look = "bg bold on accent" if index == 0 else "text"
            line += [(f" {button.label} ", look), (f" {button.key}    ", "muted")]
        if self.remark():
            line += [("  " + self.remark(), "muted")]
        return line


def fact(label: str, line: Line) -> Line:
    """A labelled line of a dialog."""
    return [(f"{label:<12}", "muted"), *line]


def command_lines(command: str, width: int = 84) -> list[Line]:
    r"""`$ bak … \`, wrapped at blanks, with `\` where it goes on."""
    rows: list[str] = []
    current = ""
    for word in command.split(" "):
        if current and len(current) + len(word) + 3 > width:
            rows.append(f"{current} \\")
            current = f"    {word}"
        else:
            current = f"{current} {word}" if current else word
    rows.append(current)
    return [
        [("$ " if index == 0 else "  ", "muted"), (foreign(row), "text")] for index, row in enumerate(rows)
    ]
