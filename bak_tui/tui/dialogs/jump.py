"""Where in a folder to go on: a name, or how one begins. What is not listed yet need not be waited for."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.command_line import bak_line
from bak_tui.core.profile import Profile
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.widgets.drawn import Drawn, Flowing, prose
from bak_tui.tui.widgets.fields import TextField


class JumpDialog(Dialog[str]):
    """Answers what was typed."""

    WIDTH = 72

    def __init__(self, profile: Profile, folder: str) -> None:
        super().__init__("Jump", profile)
        self._of = profile
        self._folder = folder
        self._field = TextField()

    def body(self) -> list[Widget]:
        return [Flowing(prose("To the first name from here on, by name:")), Drawn([[]]), self._field]

    def buttons(self) -> list[Button]:
        return [Button("Jump", "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def command(self) -> str:
        return bak_line("browse", self._of, f"--from={self._field.value}", operands=[self._folder])

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.renew_command()

    def on_input_submitted(self) -> None:
        self.action_accept()

    def action_accept(self) -> None:
        self.dismiss(self._field.value or None)
