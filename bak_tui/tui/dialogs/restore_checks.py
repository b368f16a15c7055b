"""What was checked before a restore, as its plan shows it: a row each, or in short, two to a row.

In short what is wrong still has the rows it takes, and stands first; only what is well is ever cropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from bak_tui.core.plan import Check, Prospect, Verdict
from bak_tui.core.wording import duration
from bak_tui.tui.look.labelled import LABEL
from bak_tui.tui.look.spans import Line, fitted, foreign, left, width_of
from bak_tui.tui.look.wrapping import wrapped

_MARKS = {
    Verdict.OK: ("●", "ok"),
    Verdict.WARN: ("▲", "warn bold"),
    Verdict.BAD: ("✗", "bad bold"),
    Verdict.UNKNOWN: ("○", "muted"),
}
_WORST_FIRST = (Verdict.BAD, Verdict.WARN, Verdict.UNKNOWN, Verdict.OK)
_ALARMS = frozenset({Verdict.BAD, Verdict.WARN})
_GAP = 1
_BEFORE_KEY = 3


@dataclass(frozen=True)
class _Row:
    """One of them, its label in `room` cells."""

    mark: tuple[str, str]
    label: str
    fact: str
    room: int
    is_well: bool = True
    mend: str = ""
    """The key that does something about it."""

    @property
    def width(self) -> int:
        return self.room + cell_len(self.fact)

    def whole(self, width: int) -> list[Line]:
        """In as many rows as it takes."""
        lines = self._with(wrapped(self.fact, max(20, width - self.room)) or [""])
        if not self.mend:
            return lines
        if width_of(lines[-1]) + cell_len(self.mend) + _BEFORE_KEY <= width:
            return [*lines[:-1], [*lines[-1], (" " * _BEFORE_KEY, ""), (self.mend, "muted")]]
        return [*lines, [(" " * self.room, ""), (self.mend, "muted")]]

    def cropped(self, width: int) -> list[Line]:
        """In one row."""
        return self._with([left(self.fact, max(20, width - self.room)).rstrip()])

    def _with(self, rows: Sequence[str]) -> list[Line]:
        glyph, words = self.mark
        first: Line = [(f"{glyph} ", words), (f"{self.label:<{self.room - 2}}", "muted"), (rows[0], "text")]
        return [first, *([(" " * self.room, ""), (row, "text")] for row in rows[1:])]


def check_lines(
    prospect: Prospect, width: int, mends: Mapping[str, str], *, is_short: bool, is_worst_first: bool
) -> list[Line]:
    """Every check, and how long it took before."""
    checks: Sequence[Check] = prospect.checks
    if is_short or is_worst_first:
        checks = sorted(checks, key=lambda check: _WORST_FIRST.index(check.verdict))
    room = max(LABEL, 3 + max((len(check.label) for check in checks), default=0))
    rows = [
        _Row(
            _MARKS[check.verdict],
            check.label,
            foreign(check.in_short if is_short else check.fact),
            room,
            is_well=check.verdict is Verdict.OK,
            mend=mends.get(check.label, ""),
        )
        for check in checks
    ]
    took = _Row((" ", ""), "time", _took(prospect.seconds, is_short=is_short), room)
    if not is_short:
        return [line for row in (*rows, took) for line in row.whole(width)]
    alarms = sum(check.verdict in _ALARMS for check in checks)
    return [
        *(line for row in rows[:alarms] for line in row.whole(width)),
        *_shared([*rows[alarms:], took], width),
    ]


def _shared(rows: Iterable[_Row], width: int) -> list[Line]:
    """Two to a row, after those that need one for themselves."""
    column = (width - _GAP) // 2
    lines: list[Line] = []
    halves: list[Line] = []
    for row in rows:
        if row.width <= column:
            halves += row.cropped(column)
        else:
            lines += row.cropped(width) if row.is_well else row.whole(width)
    for number in range(0, len(halves), 2):
        first, *second = halves[number : number + 2]
        lines.append([*fitted(first, column), *([(" " * _GAP, ""), *second[0]] if second else [])])
    return lines


def _took(seconds: float | None, *, is_short: bool) -> str:
    if seconds is None:
        return "not restored before" if is_short else "unknown: it was not restored before"
    return f"~{duration(seconds)}, {'as before' if is_short else 'as earlier restores of it'}"
