"""Small questions: yes or no with No as the default, a name to be typed, and a password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.profile import Profile
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look import states
from bak_tui.tui.look.labelled import labelled
from bak_tui.tui.look.spans import Line, foreign, width_of
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.drawn import Drawn, Flowing, prose
from bak_tui.tui.widgets.fields import SecretField, TextField
from bak_tui.tui.widgets.pressing import FormButton

NOTHING = "nothing"
"""What is said of what stays empty: that nothing is lost is good news, and drawn quietly."""
_LABEL = 9
_FIELD = 32
"""Cells of the field for a name, at least."""


class Confirm(Dialog[bool]):
    """Enter is No: it never does anything by itself."""

    WIDTH = 72
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", show=False, id="confirm.yes", tooltip="Yes, do it"),
        Binding("n", "cancel", "No", show=False, id="confirm.no", tooltip="No, leave everything as it is"),
    ]

    def __init__(
        self, title: str, lines: Sequence[str], profile: Profile | None = None, *, command: str = ""
    ) -> None:
        super().__init__(title, profile)
        self._said = lines
        self._command = command

    def body(self) -> list[Widget]:
        return [
            Flowing(
                lambda width: [
                    [(row, "text")] for line in self._said for row in wrapped(foreign(line), width) or [""]
                ]
            )
        ]

    def buttons(self) -> list[Button]:
        return [Button("No", "enter", "accept"), Button("Yes", "y", "yes")]

    def command(self) -> str:
        return self._command

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_accept(self) -> None:
        self.dismiss(False)


class TypeName(Dialog[bool]):
    """For what cannot be taken back: its button is armed, and red, only while the name stands there.

    `sentence` says what it does, and is continued by where; `facts` what is lost, cut off and kept.
    """

    WIDTH = 72

    def __init__(
        self,
        title: str,
        profile: Profile,
        sentence: str,
        facts: Sequence[tuple[str, str]],
        *,
        name: str,
        verb: str,
        place: str,
        command: str = "",
    ) -> None:
        super().__init__(title, profile)
        self._of = profile
        self._sentence = sentence
        self._facts = facts
        self._wanted = name
        self._verb = verb
        self._place = place
        self._command = command
        self._field = TextField()
        self._field.styles.width = max(_FIELD, cell_len(foreign(name)) + 3)
        self._field.styles.max_width = "100%"
        self.add_class("-severe")

    @property
    def is_armed(self) -> bool:
        """Whether the name stands there, letter for letter."""
        return self._field.value == foreign(self._wanted)

    def body(self) -> list[Widget]:
        return [Flowing(self._told), self._field]

    def _told(self, width: int) -> list[Line]:
        lines: list[Line] = [*self._where(width), []]
        for label, told in self._facts:
            words = "muted" if told == NOTHING else "text"
            label_words = "bad bold" if label == "lost" and told != NOTHING else "muted"
            lines += labelled(label, told, width, words=words, label_words=label_words, room=_LABEL)
        asks: Line = [("Type ", "muted"), (foreign(self._wanted), "text bold"), (" to go on:", "muted")]
        return [*lines, [], asks]

    def _where(self, width: int) -> list[Line]:
        """`This replaces indexd on PROD db:5432.`, in two lines when one is too short."""
        label = states.environment(foreign(self._of.environment))
        place: Line = [("on ", "text"), *([label, (" ", "")] if label[0] else [])]
        place.append((f"{foreign(self._place)}.", "text"))
        said = foreign(self._sentence)
        if width_of(place) + cell_len(said) < width:
            return [[(f"{said} ", "text"), *place]]
        return [*([(row, "text")] for row in wrapped(said, width)), place]

    def buttons(self) -> list[Button]:
        return [Button(self._verb, "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def command(self) -> str:
        return self._command

    def on_mount(self) -> None:
        self.query(FormButton).first().add_class("-arming")

    def on_input_changed(self) -> None:
        button = self.query(FormButton).first()
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

    def __init__(self, name: str, environment: str, why: str, refused: str = "") -> None:
        super().__init__("Password", Profile(name, environment=environment))
        self._why = why
        self._refused = refused
        """Whose password was refused, in a sentence; empty when there was none."""

    def body(self) -> list[Widget]:
        refused = [Flowing(prose(self._refused, "muted"))] if self._refused else []
        return [Flowing(prose(self._why)), *refused, Drawn([[]]), SecretField()]

    def buttons(self) -> list[Button]:
        return [Button("Connect", "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def remark(self) -> str:
        return "kept for this session only"

    def on_input_submitted(self) -> None:
        self.action_accept()

    def action_accept(self) -> None:
        self.dismiss(self.query_one(SecretField).value or None)
