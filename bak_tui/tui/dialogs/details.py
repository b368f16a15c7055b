"""Details of one row, whole: what a pane has no room for, or crops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.profile import Profile
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look.labelled import LABEL
from bak_tui.tui.look.spans import Line, foreign, width_of
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.drawn import Flowing

Facts = Sequence[tuple[str, Line]]


class DetailsDialog(Dialog[None]):
    """Shows facts, none of them cropped; `name` is copied by `y`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "cancel", "Close", show=False, id="details.close", tooltip="Close it"),
        Binding("y", "copy_name", "Copy name", id="details.copy", tooltip="Copy the name, or the key"),
    ]
    FOOTER = ("details.copy", "dialog.help")

    def __init__(self, name: str, facts: Facts, profile: Profile | None) -> None:
        super().__init__("Details", profile)
        self._of = name
        self._facts = facts

    def body(self) -> list[Widget]:
        return [Flowing(self._lines)]

    def buttons(self) -> list[Button]:
        return [Button("Close", "esc", "cancel"), Button("Copy name", "y", "copy_name")]

    def action_copy_name(self) -> None:
        """As it is, not as it is shown."""
        self.app.copy_to_clipboard(self._of)
        self.notify(f"copied: {foreign(self._of)}", markup=False)

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = [[(row, "text bold")] for row in wrapped(foreign(self._of), width)]
        lines.append([])
        for label, line in self._facts:
            lines += _whole(label, line, max(10, width - LABEL))
        return lines


def _whole(label: str, line: Line, room: int) -> list[Line]:
    """The line as it is where it fits; else its last span is wrapped."""
    first: Line = [(f"{label:<{LABEL}}", "muted")]
    if width_of(line) <= room or not line:
        return [[*first, *line]]
    *before, (text, words) = line
    indent = sum(cell_len(part) for part, _ in before)
    rows = wrapped(text.strip(), max(10, room - indent))
    blank = " " * (LABEL + indent)
    return [[*first, *before, (rows[0], words)], *([(blank, ""), (row, words)] for row in rows[1:])]
