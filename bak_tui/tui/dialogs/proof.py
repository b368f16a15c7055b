"""Verify and prove: what is looked at, how deep, what it costs; nothing that exists is changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.widget import Widget

from bak_tui.core.command_line import bak_line
from bak_tui.core.levels import AT_ONCE, Level
from bak_tui.core.profile import Profile
from bak_tui.core.wording import plural, size
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.dialogs.restore_plan import what_line
from bak_tui.tui.look.labelled import LABEL, labelled
from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.choosing import Chooser, Option, Radio
from bak_tui.tui.widgets.drawn import Flowing
from bak_tui.tui.widgets.fields import FormRow

_LEVELS: tuple[Option, ...] = (
    (str(int(Level.BYTES)), "every byte"),
    (str(int(Level.DECODE)), "and decoded"),
    (str(int(Level.MANIFEST)), "manifest only"),
)
_TOLD = {
    Level.MANIFEST: "the manifest is valid and the object has its size; no byte is read",
    Level.BYTES: "every byte is read and hashed, part by part; nothing is kept here",
    Level.DECODE: "and its structure is followed, and decoded by pg_restore, to its end",
}
_MOST = 6


def _dump_lines(dumps: Sequence[StoredDump], now: datetime, width: int) -> list[Line]:
    lines = [what_line(dump, now, width) for dump in dumps[:_MOST]]
    lines = [lines[0], *([(" " * LABEL, ""), *line[1:]] for line in lines[1:])]
    if len(dumps) > _MOST:
        lines.append([(" " * LABEL, ""), (f"and {len(dumps) - _MOST} more", "muted")])
    return lines


class VerifyDialog(Dialog[VerifyOptions]):
    """Answers how deep."""

    CSS = "VerifyDialog .label { width: 13; }"

    def __init__(self, profile: Profile, dumps: Sequence[StoredDump], now: datetime, cores: int) -> None:
        super().__init__("Verify", profile)
        self._of, self._dumps, self._now, self._cores = profile, dumps, now, cores
        self._level = Radio(_LEVELS, str(int(Level.BYTES)), id="level")
        self._told = Flowing(self._lines)

    @property
    def level(self) -> Level:
        return Level(int(self._level.value))

    def body(self) -> list[Widget]:
        dumps = Flowing(lambda width: [*_dump_lines(self._dumps, self._now, width), []])
        return [dumps, FormRow("How deep", self._level), self._told]

    def _lines(self, width: int) -> list[Line]:
        total = size(sum(dump.stored.size for dump in self._dumps))
        reads = "nothing" if self.level is Level.MANIFEST else f"{total} from the bucket"
        return [*labelled("", _TOLD[self.level], width), *labelled("Reads", reads, width)]

    def buttons(self) -> list[Button]:
        label = f"Verify {plural(len(self._dumps), 'dump')}"
        return [Button(label, "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def remark(self) -> str:
        return "the result is kept beside the dump"

    def command(self) -> str:
        level = [] if self.level is Level.BYTES else ["--level", str(int(self.level))]
        return bak_line("verify", self._of, *level, operands=[dump.path for dump in self._dumps])

    def on_chooser_changed(self, event: Chooser.Changed) -> None:
        event.stop()
        self._told.flow(self._lines)
        self.renew_command()

    def action_accept(self) -> None:
        self.dismiss(VerifyOptions(self.level, min(self._cores, AT_ONCE)))


class ProveDialog(Dialog[ProveOptions]):
    """Answers to begin."""

    def __init__(self, profile: Profile, dumps: Sequence[StoredDump], now: datetime, cores: int) -> None:
        super().__init__("Prove", profile)
        self._of, self._dumps, self._now, self._cores = profile, dumps, now, cores

    def body(self) -> list[Widget]:
        return [Flowing(self._lines)]

    def _lines(self, width: int) -> list[Line]:
        total = size(sum(dump.stored.size for dump in self._dumps))
        where = f"a scratch database on {self._of.given_server}, dropped again whatever comes of it"
        return [
            *_dump_lines(self._dumps, self._now, width),
            [],
            *labelled("Where", where, width),
            *labelled("Compares", "every table's rows with the manifest", width),
            *labelled("Fetches", f"{total} to this machine, for as long as it takes", width),
        ]

    def buttons(self) -> list[Button]:
        label = f"Prove {plural(len(self._dumps), 'backup')}"
        return [Button(label, "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def remark(self) -> str:
        return "the result is kept beside the dump"

    def command(self) -> str:
        return bak_line("prove", self._of, operands=[dump.path for dump in self._dumps])

    def action_accept(self) -> None:
        self.dismiss(ProveOptions(parallel=1, jobs=self._cores))
