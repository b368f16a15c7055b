"""Several databases (or dumps) of one job: a row each, the worst first, and why under the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from bak_tui.core.cells import cells
from bak_tui.core.jobs import JobState, JobStatus
from bak_tui.core.outcomes import WORST_FIRST, Outcome, Report, Tabled, Telling
from bak_tui.core.wording import count_cell, size_cell
from bak_tui.operations.titles import dump_words
from bak_tui.tui.dialogs.result import Contents, verdict_lines, word_of
from bak_tui.tui.dialogs.result_counts import (
    CountsContents,
    Result,
    fact_lines,
    result_of,
    told_of,
    warnings_of,
)
from bak_tui.tui.look import states
from bak_tui.tui.look.labelled import rule
from bak_tui.tui.look.spans import Line, Span, columns, foreign, left, middle, right
from bak_tui.tui.widgets.listing import Drawing

_OF_DATABASES = frozenset({"backup", "dump", "undo"})
"""Verbs whose subjects are databases; the others' are dumps."""
_STATE = 11
_CAME_TO = 9 + 2 + 8 + 2 + 13
"""Cells of size, tables and rows."""
_LEAST_NAME = 8
_MOST_NOTES = 3


class RunContents(Contents[Outcome[object]]):
    """What became of each."""

    def __init__(
        self,
        report: Report[Any],
        status: JobStatus,
        sentence: str = "",
        tables: Callable[[Outcome[object]], Result | None] = result_of,
    ) -> None:
        """`sentence` is what all that were well came to, where the outcomes do not have all of it.

        `tables`: what can be shown of one table by table.
        """
        self._report = report
        self._status = status
        self._said = sentence
        self._rows = sorted(report.outcomes, key=lambda outcome: WORST_FIRST.index(outcome.state))
        self._names = {outcome.subject: self.name(outcome) for outcome in self._rows}
        self._has_counts = any(_tables(each) is not None for each in report.results)
        self._tables = tables
        self._inner = any(tables(outcome) for outcome in self._rows)

    @property
    def rows(self) -> Sequence[Outcome[object]]:
        return self._rows

    def key(self, row: Outcome[object]) -> Hashable:
        return row.subject

    def name(self, row: Outcome[object]) -> str:
        return row.subject if self._status.verb in _OF_DATABASES else dump_words(row.subject)

    @property
    def has_inner(self) -> bool:
        return self._inner

    def inner(self, row: Outcome[object]) -> CountsContents | None:
        result = self._tables(row)
        return CountsContents(result) if result else None

    def report(self) -> list[str]:
        lines = [f"{word_of(self._report.state)}  {self._sentence}", *self._report.notes]
        for row in self._rows:
            told = [row.sentence, *row.warnings]
            told += [f"{label}: {text}" for label, text in self._failure(row) if label != "why"]
            lines.append("\t".join([word_of(row.state), self.name(row), *told]))
        return lines

    # -- drawing -------------------------------------------------------------------------------------

    def head(self, width: int) -> list[Line]:
        lines = verdict_lines(self._report.state, self._sentence, width)
        numbers = Counter(row.state for row in self._rows)
        ended = ", ".join(f"{numbers[state]} {word_of(state)}" for state in WORST_FIRST if numbers[state])
        lines += fact_lines("outcomes", ended, width)
        for note in self._report.notes[:_MOST_NOTES]:
            lines += fact_lines("note", note, width)
        if len(self._report.notes) > _MOST_NOTES:
            lines += fact_lines("", f"and {len(self._report.notes) - _MOST_NOTES} more in the log", width)
        return [*lines, []]

    def heading(self, width: int) -> list[Line]:
        room, rest = self._rooms(width - 2)
        came_to = left("what it came to", rest)
        if self._has_counts:
            # The size's head ends above its last digit.
            came_to = left(f"{right('size', 6)}     {right('tables', 8)}  {right('rows', 13)}", rest)
        what = "database" if self._status.verb in _OF_DATABASES else "dump"
        heads = (left("outcome", _STATE), left(what, room), came_to)
        return [[("  ", ""), *columns(*((cell, "muted") for cell in heads))]]

    def draw(self, row: Outcome[object], drawing: Drawing) -> list[Line]:
        room, rest = self._rooms(drawing.width)
        word, words = states.job(row.state)
        name = middle(foreign(self._names[row.subject]), room)
        return [
            columns((left(word, _STATE), words), (name, "text"), self._came_to(row, rest)),
        ]

    def _came_to(self, row: Outcome[object], room: int) -> Span:
        held = row.result
        if row.error is not None:
            return left(foreign(row.error.message), room), "bad" if row.state is JobState.FAILED else "muted"
        if not isinstance(held, Telling) or not self._has_counts:
            return left(foreign(row.sentence), room), "text"
        tables = _tables(held)
        counted = f"{tables:8,}" if tables is not None else f"{'–':>8}"
        return left(f"{size_cell(held.size)}  {counted}  {count_cell(held.rows)}", room), "text"

    def under(self, row: Outcome[object], width: int) -> list[Line]:
        lines: list[Line] = [[], rule(foreign(self.name(row)), width)]
        told = self._failure(row) or [("done", row.sentence)]
        place = getattr(row.result, "place", "")
        where = [("where", place)] if place else []
        for label, text in (*told, *where, *warnings_of(row)):
            lines += fact_lines(label, text, width)
        return lines

    def _failure(self, row: Outcome[object]) -> list[tuple[str, str]]:
        """What is left, why, and what to try; of what was cancelled nothing need be tried."""
        if row.error is None:
            return []
        told = told_of(row.error)
        return told if row.state is JobState.FAILED or row.error.hint else told[:-1]

    def _rooms(self, width: int) -> tuple[int, int]:
        """For the names, and for what each came to, of a row of `width` cells without the gutter."""
        longest = max((cells(foreign(name)) for name in self._names.values()), default=0)
        most = max(_LEAST_NAME, width - _STATE - _CAME_TO - 2 * 2)
        room = max(_LEAST_NAME, min(longest, most))
        return room, max(0, width - _STATE - room - 2 * 2)

    @property
    def _sentence(self) -> str:
        """Of all that were well; what was not has a row each."""
        if self._said:
            return self._said
        began, ended = self._status.started, self._status.finished
        seconds = (ended - began).total_seconds() if began and ended else 0.0
        return self._report.summary(self._status.verb, seconds)


def _tables(held: object) -> int | None:
    """How many; None where they are not known."""
    return held.tables if isinstance(held, Tabled) else None
