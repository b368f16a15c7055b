"""One database that was restored or proven: the word, the facts it rests on, and every table's counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from bak_tui.core.comparison import Comparison, CountPair, CountsDiffer
from bak_tui.core.errors import BakError
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome
from bak_tui.core.recorded_counts import ItemCounts
from bak_tui.core.wording import amount, count_cell, plural, size, size_cell
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.restore.naming import kept_words
from bak_tui.operations.results import Proven, Restored
from bak_tui.services.pgtools import Category, skipped
from bak_tui.tui.dialogs.result import Contents, verdict_lines, word_of
from bak_tui.tui.look.labelled import LABEL, labelled
from bak_tui.tui.look.spans import Line, Span, columns, foreign, left, middle, right
from bak_tui.tui.look.trouble import to_try
from bak_tui.tui.widgets.listing import Drawing

Fact = tuple[str, str]
_MOST_TEXTS = 3
_CELLS = 13 * 3 + 10 + 2 * 4
"""Everything of a row but the table's name and size."""
_SIZE = 9 + 2
_WARNING = "▲ "
"""Before the label of a fact: it is a warning."""
_SIZED_FROM = 90
"""Cells from which there is room for sizes."""


@dataclass(frozen=True)
class Result:
    """One outcome, told."""

    state: JobState
    sentence: str
    facts: tuple[Fact, ...]
    pairs: tuple[CountPair, ...]


def result_of(outcome: Outcome[object]) -> Result | None:
    """What can be shown of an outcome table by table; None when it has nothing of the kind."""
    held = outcome.result
    if isinstance(held, (Restored, Proven)):
        return _held(outcome, held)
    if isinstance(outcome.error, CountsDiffer):
        return _differs(outcome, outcome.error)
    if isinstance(outcome.error, HarmfulComplaints):
        return _failed(outcome, outcome.error)
    return None


def _held(outcome: Outcome[object], held: Restored | Proven) -> Result:
    where = held.database if isinstance(held, Restored) else f"{held.database}, restored and dropped again,"
    comparison = held.comparison
    if comparison is None:
        sentence = f"{where} was loaded; there was nothing to compare its rows with"
    elif outcome.warnings:
        sentence = f"{where} holds every row that was backed up; {_not_done(outcome, held)}"
    else:
        sentence = f"{where} holds exactly what was backed up"
    sizes = [pair.size for pair in comparison.tables if pair.size is not None] if comparison else []
    held_size = f", ~{size(sum(sizes))}" if sizes else ""
    counted = f"{plural(held.tables, 'table')}, {plural(held.rows, 'row')}{held_size}"
    read = held.amount if isinstance(held, Restored) else amount(held.size, held.seconds)
    restored = f"{counted} from {read}"
    facts: list[Fact] = [("restored", restored)]
    facts += [("counted", _counted(comparison))] if comparison else []  # without one the sentence has said it
    facts += warnings_of(outcome) or [("warnings", "none")]
    if isinstance(held, Restored) and held.kept:
        kept = kept_words(held.kept, held.taken)
        facts.append(("kept", f"what had the name is called {kept} now; U swaps back"))
    return Result(outcome.state, sentence, tuple(facts), comparison.pairs if comparison else ())


def _not_done(outcome: Outcome[object], held: Restored | Proven) -> str:
    """What pg_restore left out, where that is all there is to warn of."""
    complaints = held.complaints if isinstance(held, Restored) else ()
    if complaints and len(outcome.warnings) == len({each.category for each in complaints}):
        return f"{skipped(complaints)} skipped"
    return plural(len(outcome.warnings), "warning")


def _differs(outcome: Outcome[object], error: CountsDiffer) -> Result:
    facts = (*told_of(error), *warnings_of(outcome))
    return Result(outcome.state, error.comparison.differences, facts, error.comparison.pairs)


def told_of(error: BakError, *, has_why: bool = True) -> list[Fact]:
    """What is there now, why, and what to try."""
    left = [("left", error.left)] if error.left else []
    why = [("why", error.message)] if has_why else []
    return [*left, *why, ("try", to_try(error))]


def _failed(outcome: Outcome[object], error: HarmfulComplaints) -> Result:
    """What was there when it had ended, and every error of pg_restore by what it is about."""
    comparison = error.comparison
    is_short = comparison is not None and not comparison.matches
    sentence = comparison.differences if comparison and is_short else error.message
    facts = told_of(error, has_why=is_short)
    for category, number in Counter(each.category for each in error.complaints).items():
        texts = dict.fromkeys(each.text for each in error.complaints if each.category is category)
        more = f" and {len(texts) - _MOST_TEXTS} more" if len(texts) > _MOST_TEXTS else ""
        told = f"{plural(number, 'error')}: {'; '.join(list(texts)[:_MOST_TEXTS])}{more}"
        facts.append((category.value, told))
    return Result(outcome.state, sentence, tuple(facts), comparison.pairs if comparison else ())


def warnings_of(outcome: Outcome[object]) -> list[Fact]:
    """Each under what it is about: `role`, `extension`, …, else `warning`."""
    told = [warning.partition(": ") for warning in outcome.warnings]
    about = {category.value for category in Category if len(category) < LABEL}
    return [
        (f"{_WARNING}{first}", rest) if first in about else (f"{_WARNING}warning", warning)
        for (first, _, rest), warning in zip(told, outcome.warnings, strict=True)
    ]


def _counted(comparison: Comparison) -> str:
    return _matching(sum(pair.matches for pair in comparison.tables), len(comparison.tables))


def _matching(matching: int, tables: int) -> str:
    return f"{matching:,} of {plural(tables, 'table')} match the manifest, counted exactly"


def recorded_result(outcome: Outcome[object], counts: ItemCounts) -> Result:
    """What a job of an earlier session has counted of one, and what else is kept of it."""
    error = outcome.error
    facts = told_of(error, has_why=False) if error is not None else []
    if counts.tables:
        facts.append(("counted", _matching(counts.matching or 0, counts.tables)))
    facts += warnings_of(outcome) or ([("warnings", "none")] if error is None else [])
    more = (counts.tables or 0) - sum(pair.is_table for pair in counts.pairs)
    facts += [("not kept", f"the counts of {plural(more, 'more table')}")] if more > 0 else []
    sentence = error.message if error is not None else outcome.sentence
    return Result(outcome.state, sentence, tuple(facts), counts.pairs)


class CountsContents(Contents[CountPair]):
    """Table by table, those that differ first."""

    def __init__(self, result: Result) -> None:
        self._result = result

    @property
    def rows(self) -> Sequence[CountPair]:
        return self._result.pairs

    def key(self, row: CountPair) -> Hashable:
        return row.name

    def report(self) -> list[str]:
        return [
            f"{word_of(self._result.state)}  {self._result.sentence}",
            *(f"{label.removeprefix(_WARNING)}: {told}" for label, told in self._result.facts),
            *(f"{pair.name}\t{pair.expected}\t{pair.restored}" for pair in self._result.pairs),
        ]

    def head(self, width: int) -> list[Line]:
        lines = verdict_lines(self._result.state, self._result.sentence, width)
        for name, told in self._result.facts:
            lines += fact_lines(name, told, width)
        return [*lines, []]

    def heading(self, width: int) -> list[Line]:
        if not self._result.pairs:
            return []
        cells = [
            left("table", _room(width - 2)),
            right("backed up", 13),
            right("restored", 13),
            right("difference", 13),
            *(["  size   "] if width >= _SIZED_FROM else []),
            "  counts",
        ]
        return [[("  ", ""), *columns(*((cell, "muted") for cell in cells))]]

    def draw(self, row: CountPair, drawing: Drawing) -> list[Line]:
        is_good = row.matches
        bad = "text" if is_good else "bad"
        difference = f"{row.difference:+,}" if row.difference else "0"
        state: Span = ("● match", "ok") if is_good else ("✗ DIFFER", "bad bold")
        has_sizes = drawing.width + 2 >= _SIZED_FROM
        sizes: list[Span] = [(size_cell(row.size), "muted")] if has_sizes else []
        return [
            columns(
                (middle(foreign(row.name), _room(drawing.width)), "text"),
                (count_cell(row.expected), "text"),
                (count_cell(row.restored), bad),
                (right(difference, 13), "muted" if is_good else "bad bold"),
                *sizes,
                (left(state[0], 10), state[1]),
            )
        ]


def fact_lines(name: str, told: str, width: int) -> list[Line]:
    """A label and its text; before a warning's stands its glyph."""
    if not name.startswith(_WARNING):
        return labelled(name, told, width)
    lines = labelled(name.removeprefix(_WARNING), told, width, room=LABEL + 2)
    label, *rest = lines[0]
    return [[(f"{label[0][:LABEL]}", label[1]), (_WARNING, "warn bold"), *rest], *lines[1:]]


def _room(width: int) -> int:
    """For a table's name, of a row of `width` cells without the gutter."""
    return max(5, width - _CELLS - (_SIZE if width + 2 >= _SIZED_FROM else 0))
