"""What killed runs have left and swaps have kept: told at the start, removed when that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from enum import StrEnum
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.command_line import bak_line
from bak_tui.core.foreign import visible
from bak_tui.core.leftovers import LeftoverKind, Leftovers
from bak_tui.core.profile import Profile
from bak_tui.core.wording import plural, size
from bak_tui.operations.doctor.marked import MarkedDatabase
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
    LeftoverKind.FILLED: "yours",
}


class Tidy(StrEnum):
    """What is to become of them."""

    KEEP = "keep"
    CLEAN = "clean"
    DROP = "drop"
    """The kept databases, each by its typed name."""


class LeftoversDialog(Dialog[Tidy]):
    """Enter keeps them: nothing goes by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "clean", "Clean up", show=False, id="leftovers.clean", tooltip="Remove them"),
        Binding("d", "drop", "Drop kept", show=False, id="leftovers.drop", tooltip="Drop what swaps kept"),
        Binding("k", "cancel", "Keep", show=False, id="leftovers.keep", tooltip="Leave them as they are"),
    ]

    def __init__(self, profile: Profile, found: Leftovers, kept: Sequence[MarkedDatabase]) -> None:
        super().__init__("Left behind", profile)
        self._of = profile
        self._left = found.removable
        self._filled = [each for each in found.filled if not each.may_go]
        self._others = len(found.found) - len(found.removable) - len(self._filled)
        self._kept = kept

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "clean" and not self._left:
            return False
        if action == "drop" and not self._kept:
            return False
        return super().check_action(action, parameters)

    def body(self) -> list[Widget]:
        return [Flowing(self._lines)]

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        if self._left:
            many = plural(len(self._left), "thing")
            said = f"Killed runs have left {many} behind. No backup and no database of yours is among them."
            facts = [(_LABELS[each.kind], each.facts) for each in self._left]
            lines += [*_told(said, width), *_listed(facts, width)]
        if self._kept:
            many = plural(len(self._kept), "database")
            said = f"Swaps have kept {many}: undo gives one back, dropped it is gone."
            facts = [("kept", _kept_facts(each)) for each in self._kept]
            lines += [*([[]] if lines else []), *_told(said, width), *_listed(facts, width)]
        if self._filled:
            many = plural(len(self._filled), "database")
            said = (
                f"A killed restore was filling {many} of yours: a part of a dump may be in there. Drop it"
                " yourself and restore again; bak doctor says how to have it told no more."
            )
            facts = [(_LABELS[each.kind], each.facts) for each in self._filled]
            lines += [*([[]] if lines else []), *_told(said, width), *_listed(facts, width)]
        if self._others:
            said = f"{self._others} more may be another's, and only go by name: bak doctor lists them"
            lines += [[], *([(row, "muted")] for row in wrapped(said, width))]
        return lines

    def buttons(self) -> list[Button]:
        cleans = [Button("Clean up", "c", "clean")] if self._left else []
        drops = [Button("Drop kept…", "d", "drop")] if self._kept else []
        return [Button("Keep", "enter", "accept"), *cleans, *drops]

    def command(self) -> str:
        if not self._left:
            return bak_line("doctor", self._of)
        return bak_line("doctor", self._of, "--clean", "--yes")

    def action_clean(self) -> None:
        self.dismiss(Tidy.CLEAN)

    def action_drop(self) -> None:
        self.dismiss(Tidy.DROP)

    def action_accept(self) -> None:
        self.dismiss(Tidy.KEEP)


def _told(said: str, width: int) -> list[Line]:
    return [*([(row, "text")] for row in wrapped(said, width)), []]


def _listed(facts: Sequence[tuple[str, str]], width: int) -> list[Line]:
    lines: list[Line] = []
    for label, fact in facts[:_MOST]:
        lines += labelled(label, fact, width)
    if len(facts) > _MOST:
        lines += labelled("", f"and {len(facts) - _MOST} more", width, words="muted")
    return lines


def _kept_facts(each: MarkedDatabase) -> str:
    since = f"{each.mark.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    of_size = "" if each.size is None else f", {size(each.size)}"
    return f"{visible(each.name)}{of_size}: was {visible(each.mark.database)} until {since}"
