"""Small questions: yes or no with No as the default, and a password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.profile import Profile
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.drawn import Drawn


class Confirm(Dialog[bool]):
    """Enter is No: it never does anything by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n", "cancel", "No", show=False, id="confirm.no", tooltip="Leave everything as it is"),
    ]

    def __init__(self, title: str, lines: Sequence[str], profile: Profile | None = None) -> None:
        super().__init__(title, profile)
        self._said = lines

    def body(self) -> list[Widget]:
        lines: list[Line] = [[(foreign(line), "text")] for line in self._said]
        return [Drawn(lines)]

    def buttons(self) -> list[Button]:
        return [Button("No", "enter"), Button("Yes", "y")]

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_accept(self) -> None:
        self.dismiss(False)


class AskPassword(Dialog[str]):
    """A password, never shown, never kept longer than the session."""

    def __init__(self, name: str, environment: str, why: str) -> None:
        super().__init__("Password", Profile(name, environment=environment))
        self._why = why

    def body(self) -> list[Widget]:
        return [
            Drawn([[(foreign(self._why), "text")], []]),
            Input(password=True, compact=True, placeholder="password"),
        ]

    def buttons(self) -> list[Button]:
        return [Button("Connect", "enter"), Button("Cancel", "esc")]

    def on_input_submitted(self) -> None:
        self.action_accept()

    def action_accept(self) -> None:
        self.dismiss(self.query_one(Input).value or None)
