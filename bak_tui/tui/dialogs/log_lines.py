"""Which lines of a job's log are shown, and how one is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from rich.cells import cell_len

from bak_tui.core.foreign import visible
from bak_tui.core.jobs import LogLine
from bak_tui.tui.look.spans import Line, columns, foreign, left

_BEFORE_ERROR = 3
"""Lines that are shown before the first error: what was being done."""
_KINDS = ("all lines", "errors and steps")
Row = tuple[int, LogLine]


@dataclass
class Shown:
    """What of a log is looked at."""

    is_whole: bool = True
    """All lines, or errors and steps."""
    words: str = ""
    """Only lines that hold each of them, in any case."""
    names_subjects: bool = False
    """Whether each line says which database it is about."""
    known: int = 0
    """Lines there are …"""
    before_words: int = 0
    """… lines that `words` are looked for in …"""
    shown: int = 0
    """… and lines that are shown."""
    _last: Sequence[LogLine] = ()
    _gone: int = 0
    """Lines that are no longer kept."""

    def of(self, lines: Sequence[LogLine]) -> list[Row]:
        """The rows of these lines; a line keeps its number while older ones go."""
        self._gone += _gone_of(self._last, lines)
        self._last = lines
        rows = list(enumerate(lines, self._gone))
        if not self.is_whole:
            rows = explaining(rows)
        self.before_words = len(rows)
        wanted = self.words.lower().split()
        if wanted:
            rows = [row for row in rows if self._holds(row[1], wanted)]
        self.shown, self.known = len(rows), len(lines)
        return rows

    def _holds(self, said: LogLine, wanted: Sequence[str]) -> bool:
        text = f"{said.source} {told(said, self.names_subjects)}".lower()
        return all(word in text for word in wanted)

    @property
    def other(self) -> str:
        """What is shown instead when it is asked for."""
        return _KINDS[self.is_whole]

    def count(self, width: int, key: str, *, follows: bool) -> Line:
        """`12 of 214 lines, errors and steps, following    v all lines`, lower right of the rule.

        `key` shows the others.
        """
        if not self.known:
            return [("log", "muted")]
        kind = _KINDS[not self.is_whole]
        line: Line = [("log", "muted")]
        if self.words:
            line.append((f"  / {foreign(self.words)}", "accent"))
        count: Line = [
            (f"{self.shown} of {self.known} lines, {kind}{', following' if follows else ''}    ", "muted"),
            (f"{key} {self.other}", "muted"),
        ]
        blank = width - sum(cell_len(text) for text, _ in [*line, *count])
        return [*line, (" " * max(2, blank), ""), *count]


def _gone_of(before: Sequence[LogLine], lines: Sequence[LogLine]) -> int:
    """How many of those before are not there any more: a log has a longest length."""
    if not lines:
        return len(before)
    return next((number for number, line in enumerate(before) if line is lines[0]), len(before))


def explaining(lines: Sequence[Row]) -> list[Row]:
    """Errors and steps, and what was being done when the first error came."""
    first = next((number for number, (_, line) in enumerate(lines) if line.is_error), len(lines))
    return [
        row
        for number, row in enumerate(lines)
        if row[1].is_error or row[1].source == "bak" or first - _BEFORE_ERROR <= number < first
    ]


def told(said: LogLine, names_subject: bool) -> str:
    """The line as text, after the database it is about."""
    subject = f"{said.subject}: " if names_subject and said.subject else ""
    return visible(subject + said.text)


def drawn(said: LogLine, width: int, *, names_subject: bool) -> Line:
    source = "" if said.source == "bak" else said.source
    text = left(foreign(told(said, names_subject)), max(0, width - 12 - 10 - 4))
    return columns(
        (f"{said.at.astimezone(UTC):%H:%M:%S.%f}"[:12], "muted"),
        (left(foreign(source), 10), "muted"),
        (text, "bad" if said.is_error else "text"),
    )
