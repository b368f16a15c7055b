"""Small questions: yes or no with No as the default, a name to be typed, and a password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.profile import Profile
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.fields import SecretField, TextField
from bak_tui.tui.widgets.pressing import FormButton

_ROOM = 66
"""Cells of a line of a small dialog; at 60 columns a few less are to be seen."""
_LABEL = 9


class Confirm(Dialog[bool]):
    """Enter is No: it never does anything by itself."""

    WIDTH = 72
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", show=False, id="confirm.yes", tooltip="Yes, do it"),
        Binding("n", "cancel", "No", show=False, id="confirm.no", tooltip="No, leave everything as it is"),
    ]

    def __init__(self, title: str, lines: Sequence[str], profile: Profile | None = None) -> None:
        super().__init__(title, profile)
        self._said = lines

    def body(self) -> list[Widget]:
        rows = [row for line in self._said for row in wrapped(foreign(line), _ROOM) or [""]]
        return [Drawn([[(row, "text")] for row in rows])]

    def buttons(self) -> list[Button]:
        return [Button("No", "enter", "accept"), Button("Yes", "y", "yes")]

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_accept(self) -> None:
        self.dismiss(False)


class TypeName(Dialog[bool]):
    """For what cannot be taken back: its button is armed, and red, only while the name stands there.

    `sentence` says what it does and where; `facts` what is lost, cut off and kept.
    """

    WIDTH = 72

    def __init__(
        self,
        title: str,
        profile: Profile,
        sentence: Line,
        facts: Sequence[tuple[str, str]],
        *,
        name: str,
        verb: str,
        command: str = "",
    ) -> None:
        super().__init__(title, profile)
        self._sentence = sentence
        self._facts = facts
        self._wanted = name
        self._verb = verb
        self._command = command
        self._field = TextField()
        self.add_class("-severe")

    @property
    def is_armed(self) -> bool:
        """Whether the name stands there, letter for letter."""
        return self._field.value == foreign(self._wanted)

    def body(self) -> list[Widget]:
        lines: list[Line] = [self._sentence, []]
        for label, told in self._facts:
            words = "bad bold" if label == "lost" else "muted"
            for number, row in enumerate(wrapped(foreign(told), _ROOM - _LABEL)):
                lines.append([(f"{label if number == 0 else '':<{_LABEL}}", words), (row, "text")])
        asks: Line = [("Type ", "muted"), (foreign(self._wanted), "text bold"), (" to go on:", "muted")]
        return [Drawn([*lines, [], asks]), self._field]

    def buttons(self) -> list[Button]:
        return [Button(self._verb, "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def command(self) -> str:
        return self._command

    def on_input_changed(self) -> None:
        button = self.query(FormButton).first()
        button.add_class("-arming")
        button.set_class(self.is_armed, "-armed")
        button.refresh()
        self.refresh_bindings()

    def on_input_submitted(self) -> None:
        self.action_accept()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "accept" and not self.is_armed:
            return None
        return super().check_action(action, parameters)

    def action_accept(self) -> None:
        if self.is_armed:
            self.dismiss(True)


class AskPassword(Dialog[str]):
    """A password, never shown, never kept longer than the session."""

    WIDTH = 72

    def __init__(self, name: str, environment: str, why: str) -> None:
        super().__init__("Password", Profile(name, environment=environment))
        self._why = why

    def body(self) -> list[Widget]:
        rows = wrapped(foreign(self._why), _ROOM)
        return [Drawn([*([(row, "text")] for row in rows), []]), SecretField()]

    def buttons(self) -> list[Button]:
        return [Button("Connect", "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def remark(self) -> str:
        return "kept for this session only"

    def on_input_submitted(self) -> None:
        self.action_accept()

    def action_accept(self) -> None:
        self.dismiss(self.query_one(SecretField).value or None)
