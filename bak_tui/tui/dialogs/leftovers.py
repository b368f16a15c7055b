"""What killed runs have left: told at the start, cleaned up when that is wanted, else kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.command_line import bak_line
from bak_tui.core.leftovers import Leftover, LeftoverKind
from bak_tui.core.profile import Profile
from bak_tui.core.wording import plural
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look.labelled import labelled
from bak_tui.tui.look.spans import Line
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.drawn import Flowing

_MOST = 8
_LABELS = {
    LeftoverKind.UPLOAD: "upload",
    LeftoverKind.OBJECT: "dump",
    LeftoverKind.MANIFEST: "manifest",
    LeftoverKind.CHECKS: "checks",
    LeftoverKind.DATABASE: "scratch",
    LeftoverKind.TRIAL: "test",
    LeftoverKind.FILE: "file",
    LeftoverKind.SPOOL: "spool",
}


class LeftoversDialog(Dialog[bool]):
    """Enter keeps them: nothing goes by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "clean", "Clean up", show=False, id="leftovers.clean", tooltip="Remove them"),
        Binding("k", "cancel", "Keep", show=False, id="leftovers.keep", tooltip="Leave them as they are"),
    ]

    def __init__(self, profile: Profile, left: Sequence[Leftover]) -> None:
        super().__init__("Left behind", profile)
        self._of = profile
        self._left = left

    def body(self) -> list[Widget]:
        return [Flowing(self._lines)]

    def _lines(self, width: int) -> list[Line]:
        many = plural(len(self._left), "thing")
        said = f"Killed runs have left {many} behind. No backup and no database of yours is among them."
        lines: list[Line] = [*([(row, "text")] for row in wrapped(said, width)), []]
        for each in self._left[:_MOST]:
            lines += labelled(_LABELS[each.kind], each.facts, width)
        if len(self._left) > _MOST:
            lines += labelled("", f"and {len(self._left) - _MOST} more", width, words="muted")
        return lines

    def buttons(self) -> list[Button]:
        return [Button("Keep", "enter", "cancel"), Button("Clean up", "c", "clean")]

    def command(self) -> str:
        return bak_line("doctor", self._of, "--clean", "--yes")

    def action_clean(self) -> None:
        self.dismiss(True)

    def action_accept(self) -> None:
        self.dismiss(False)
