"""What a restore (or a proof) came to: the word, the facts it rests on, and every table's counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.comparison import Comparison, CountPair, CountsDiffer
from bak_tui.core.errors import BakError
from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobId, JobState
from bak_tui.core.outcomes import Outcome
from bak_tui.core.profile import Profile
from bak_tui.core.wording import amount, count_cell, plural, size, size_cell
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.results import Proven, Restored
from bak_tui.operations.titles import dump_words
from bak_tui.services.pgtools import Category, skipped
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look import states
from bak_tui.tui.look.labelled import LABEL, labelled
from bak_tui.tui.look.spans import Line, Span, columns, foreign, left, middle, right
from bak_tui.tui.look.trouble import to_try
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.drawn import Flowing
from bak_tui.tui.widgets.listing import Drawing, Listing

Fact = tuple[str, str]
_MOST_TEXTS = 3
_CELLS = 13 * 3 + 10 + 2 * 4
"""Everything of a row but the table's name and size."""
_SIZE = 9 + 2
_WARNING = "▲ "
"""Before the label of a fact: it is a warning."""
_AROUND, _AROUND_FULL = 12, 7
"""Rows that are neither facts nor tables: with a frame and the screen around it, and without."""
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
    facts: list[Fact] = [("restored", restored), ("counted", _counted(comparison))]
    facts += _warnings(outcome) or [("warnings", "none")]
    if isinstance(held, Restored) and held.kept:
        facts.append(("kept", f"what had the name is called {held.kept} now; U swaps back"))
    return Result(outcome.state, sentence, tuple(facts), comparison.pairs if comparison else ())


def _not_done(outcome: Outcome[object], held: Restored | Proven) -> str:
    """What pg_restore left out, where that is all there is to warn of."""
    complaints = held.complaints if isinstance(held, Restored) else ()
    if complaints and len(outcome.warnings) == len({each.category for each in complaints}):
        return f"{skipped(complaints)} skipped"
    return plural(len(outcome.warnings), "warning")


def _differs(outcome: Outcome[object], error: CountsDiffer) -> Result:
    facts = (*_told_of(error), *_warnings(outcome))
    return Result(outcome.state, error.comparison.differences, facts, error.comparison.pairs)


def _told_of(error: BakError, *, has_why: bool = True) -> list[Fact]:
    """What is there now, why, and what to try."""
    left = [("left", error.left)] if error.left else []
    why = [("why", error.message)] if has_why else []
    return [*left, *why, ("try", to_try(error))]


def _failed(outcome: Outcome[object], error: HarmfulComplaints) -> Result:
    """What was there when it had ended, and every error of pg_restore by what it is about."""
    comparison = error.comparison
    is_short = comparison is not None and not comparison.matches
    sentence = comparison.differences if comparison and is_short else error.message
    facts = _told_of(error, has_why=is_short)
    for category, number in Counter(each.category for each in error.complaints).items():
        texts = dict.fromkeys(each.text for each in error.complaints if each.category is category)
        more = f" and {len(texts) - _MOST_TEXTS} more" if len(texts) > _MOST_TEXTS else ""
        told = f"{plural(number, 'error')}: {'; '.join(list(texts)[:_MOST_TEXTS])}{more}"
        facts.append((category.value, told))
    return Result(outcome.state, sentence, tuple(facts), comparison.pairs if comparison else ())


def _warnings(outcome: Outcome[object]) -> list[Fact]:
    """Each under what it is about: `role`, `extension`, …, else `warning`."""
    told = [warning.partition(": ") for warning in outcome.warnings]
    about = {category.value for category in Category if len(category) < LABEL}
    return [
        (f"{_WARNING}{first}", rest) if first in about else (f"{_WARNING}warning", warning)
        for (first, _, rest), warning in zip(told, outcome.warnings, strict=True)
    ]


def _counted(comparison: Comparison | None) -> str:
    if comparison is None:
        return "nothing to compare with"
    matching = sum(pair.matches for pair in comparison.tables)
    return f"{matching} of {plural(len(comparison.tables), 'table')} match the manifest, counted exactly"


class ResultDialog(Dialog[str]):
    """Answers `log` when the log is wanted."""

    WIDTH = 120
    FOOTER = ("result.log", "result.copy", "dialog.help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("L", "log", "Log", id="result.log", tooltip="The job's log"),
        Binding("y", "copy_report", "Copy report", id="result.copy", tooltip="Copy what stands here"),
        Binding("q", "cancel", "Close", show=False, id="result.close", tooltip="Close it"),
    ]

    def __init__(self, result: Result, job: JobId, verb: str, what: str, profile: Profile | None) -> None:
        super().__init__("Proof result" if verb == "prove" else "Restore result", profile)
        self._result = result
        self._job = job
        self._what = what
        self._listing: Listing[CountPair] = Listing(self._draw, lambda pair: pair.name)

    def body(self) -> list[Widget]:
        return [Flowing(self._head), Flowing(self._columns), self._listing]

    def buttons(self) -> list[Button]:
        return [
            Button("Close", "enter", "accept"),
            Button("Log", "L", "log"),
            Button("Copy report", "y", "copy_report"),
        ]

    def remark(self) -> str:
        return foreign(f"job {self._job}, {dump_words(self._what)}")

    def on_mount(self) -> None:
        self._listing.show(self._result.pairs)
        self._listing.focus()

    def fit(self) -> None:
        super().fit()
        width, height = self.size
        around = _AROUND_FULL if self.has_class("-full") else _AROUND
        rows = height - len(self._head(min(self.WIDTH - 6, width - 2))) - around
        self._listing.styles.height = max(3, min(len(self._result.pairs), rows))

    def on_listing_chosen(self) -> None:
        self.action_accept()

    def action_log(self) -> None:
        self.dismiss("log")

    def action_copy_report(self) -> None:
        """The verdict, the facts and every table, as text."""
        rows = [f"{_WORDS.get(self._result.state, self._result.state)}  {self._result.sentence}"]
        rows += [f"{label.removeprefix(_WARNING)}: {told}" for label, told in self._result.facts]
        rows += [f"{pair.name}\t{pair.expected}\t{pair.restored}" for pair in self._result.pairs]
        self.app.copy_to_clipboard("\n".join(visible(row) for row in rows))
        self.notify("the report is copied", markup=False)

    # -- drawing -------------------------------------------------------------------------------------

    def _head(self, width: int) -> list[Line]:
        word, words = states.job(self._result.state)
        label = f"{word[:2]}{_WORDS.get(self._result.state, self._result.state.value)}"
        said = wrapped(foreign(self._result.sentence), max(20, width - len(label) - 3))
        lines: list[Line] = [[(f"{label}   ", words), (said[0] if said else "", "text")]]
        lines += [[(" " * (len(label) + 3), ""), (row, "text")] for row in said[1:]]
        lines.append([])
        for name, told in self._result.facts:
            lines += _fact(name, told, width)
        return [*lines, []]

    def _columns(self, width: int) -> list[Line]:
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

    def _draw(self, pair: CountPair, drawing: Drawing) -> list[Line]:
        is_good = pair.matches
        bad = "text" if is_good else "bad"
        difference = f"{pair.difference:+,}" if pair.difference else "0"
        state: Span = ("● match", "ok") if is_good else ("✗ DIFFER", "bad bold")
        has_sizes = drawing.width + 2 >= _SIZED_FROM
        sizes: list[Span] = [(size_cell(pair.size), "muted")] if has_sizes else []
        return [
            columns(
                (middle(foreign(pair.name), _room(drawing.width)), "text"),
                (count_cell(pair.expected), "text"),
                (count_cell(pair.restored), bad),
                (right(difference, 13), "muted" if is_good else "bad bold"),
                *sizes,
                (left(state[0], 10), state[1]),
            )
        ]


def _fact(name: str, told: str, width: int) -> list[Line]:
    """A label and its text; before a warning's stands its glyph."""
    if not name.startswith(_WARNING):
        return labelled(name, told, width)
    lines = labelled(name.removeprefix(_WARNING), told, width, room=LABEL + 2)
    label, *rest = lines[0]
    return [[(f"{label[0][:LABEL]}", label[1]), (_WARNING, "warn bold"), *rest], *lines[1:]]


def _room(width: int) -> int:
    """For a table's name, of a row of `width` cells without the gutter."""
    return max(5, width - _CELLS - (_SIZE if width + 2 >= _SIZED_FROM else 0))


_WORDS = {JobState.WARN: "OK WITH WARNINGS"}
