"""What `--format auto` takes for each database and why: asked of the server, and told as it answers.

The choice is the operation's own, made again when the backup begins; the dialog never waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bak_tui.core.dump_format import DumpFormat, FormatChoice
from bak_tui.core.errors import BakError
from bak_tui.tui.look.labelled import labelled
from bak_tui.tui.look.spans import Line, foreign

_MOST = 4
"""Databases whose reason is told; of the others the number."""


@dataclass(frozen=True)
class Formats:
    """What has been answered so far."""

    choices: Mapping[str, FormatChoice] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)
    """Why nothing is known, by database; under `""` of all of them."""

    def chosen(self, database: str, choice: FormatChoice) -> Formats:
        """With this answer."""
        return replace(self, choices={**self.choices, database: choice})

    def failed(self, database: str, error: BakError) -> Formats:
        """With this one."""
        return replace(self, troubles={**self.troubles, database: error.message})

    def suffix(self, names: Sequence[str]) -> str:
        """How their dumps' names will end."""
        formats = {choice.format for name, choice in self.choices.items() if name in names}
        if len(formats) == 1 and all(name in self.choices for name in names):
            return _suffix(formats.pop())
        return f"{_suffix(DumpFormat.CUSTOM)}, or {_suffix(DumpFormat.DIRECTORY)}"

    def lines(self, names: Sequence[str], width: int, room: int) -> list[Line]:
        """A reason for each of the first, `room` cells from the left, and how many have which format."""
        if "" in self.troubles:
            return labelled("", f"✗ {self.troubles['']}", width, words="bad", room=room)
        lines: list[Line] = []
        for name in names[:_MOST]:
            lines += labelled("", f"{foreign(name)}: {self._told(name)}", width, words="muted", room=room)
        others = names[_MOST:]
        if others:
            told = ", ".join(f"{number} {what}" for what, number in self._numbers(others))
            lines += labelled("", f"and {len(others)} more: {told}", width, words="muted", room=room)
        return lines

    def _told(self, name: str) -> str:
        if name in self.troubles:
            return f"not known: {self.troubles[name]}"
        return str(self.choices[name]) if name in self.choices else "asking the server …"

    def _numbers(self, names: Sequence[str]) -> Iterator[tuple[str, int]]:
        known = [self.choices[name].format for name in names if name in self.choices]
        for each in DumpFormat:
            if each in known:
                yield each.value, known.count(each)
        if len(known) < len(names):
            yield "not known yet", len(names) - len(known)


def _suffix(form: DumpFormat) -> str:
    return f"{form.suffix}/" if form is DumpFormat.DIRECTORY else form.suffix
