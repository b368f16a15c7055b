"""How a run over several databases ended, and what `bak` exits with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from bak_tui.core.errors import BakError, Cancelled, ExitCode
from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobState
from bak_tui.core.wording import amount, duration, plural

T_co = TypeVar("T_co", covariant=True)

_DONE = {
    "backup": "backed up",
    "dump": "dumped",
    "upload": "uploaded",
    "download": "downloaded",
    "restore": "restored",
    "undo": "undone",
    "verify": "verified",
    "prove": "proven",
    "delete": "deleted",
}
WORST_FIRST = (JobState.FAILED, JobState.CANCELLED, JobState.WARN, JobState.OK)
_NAMED = 3
LEFT_NOTHING = "nothing was left"


@runtime_checkable
class Telling(Protocol):
    """A result that can be told in a sentence and added up with others."""

    @property
    def sentence(self) -> str:
        """Facts: amount, time, tables, rows, what matched."""

    @property
    def size(self) -> int:
        """Bytes of the dump."""

    @property
    def rows(self) -> int | None:
        """Rows counted; None when they were not."""


@runtime_checkable
class Tabled(Protocol):
    """A result that tells how many tables it is about."""

    @property
    def tables(self) -> int | None:
        """None when that is not known."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T_co]):
    """What became of one database (or file) in a run."""

    subject: str
    result: T_co | None = None
    error: BakError | None = None
    warnings: tuple[str, ...] = ()

    @property
    def state(self) -> JobState:
        if isinstance(self.error, Cancelled):
            return JobState.CANCELLED
        if self.error is not None:
            return JobState.FAILED
        return JobState.WARN if self.warnings else JobState.OK

    @property
    def exit_code(self) -> ExitCode:
        if self.error is not None:
            return self.error.exit_code
        return ExitCode.PARTIAL if self.warnings else ExitCode.DONE

    @property
    def sentence(self) -> str:
        """What became of it, in one sentence."""
        if self.error is not None:
            return str(self.error)
        return visible(self.result.sentence) if isinstance(self.result, Telling) else ""


@dataclass(frozen=True, slots=True)
class Report(Generic[T_co]):
    """All outcomes of one run, in the order they were asked for, and what concerns the whole run."""

    outcomes: tuple[Outcome[T_co], ...]
    notes: tuple[str, ...] = ()
    """Facts worth telling that are no warning: files left out, a tool's choice."""

    @property
    def results(self) -> tuple[T_co, ...]:
        return tuple(outcome.result for outcome in self.outcomes if outcome.result is not None)

    @property
    def exit_code(self) -> ExitCode:
        return exit_code([outcome.exit_code for outcome in self.outcomes])

    @property
    def state(self) -> JobState:
        states = {outcome.state for outcome in self.outcomes}
        for state in (JobState.CANCELLED, JobState.FAILED, JobState.WARN):
            if state in states:
                return state
        return JobState.OK

    def sentence(self, verb: str, seconds: float) -> str:
        """`11.4 GB in 0:14:20, 8 of 8 backed up, 301,877,204 rows counted`, and what was not well."""
        done = _DONE.get(verb, "done")
        good = [outcome for outcome in self.outcomes if outcome.error is None]
        if self.state is JobState.CANCELLED:
            so_far = f", {len(good)} of {len(self.outcomes)} {done}" if good else ""
            return f"cancelled after {duration(seconds)}{so_far}{_left(self.outcomes)}"
        if len(self.outcomes) == 1:
            return "; ".join(filter(None, (self.outcomes[0].sentence, *_warned(good))))
        return "; ".join([self.summary(verb, seconds), *_failed(self.outcomes), *_warned(good)])

    def summary(self, verb: str, seconds: float) -> str:
        """`11.4 GB in 0:14:20, 25 of 27 backed up, 301,877,204 rows counted`, of those that were well."""
        good = [outcome for outcome in self.outcomes if outcome.error is None]
        told = [outcome.result for outcome in good if isinstance(outcome.result, Telling)]
        counts = [result.rows for result in told if result.rows is not None]
        facts = [
            amount(sum(result.size for result in told), seconds) if told else "",
            f"{len(good)} of {len(self.outcomes)} {_DONE.get(verb, 'done')}",
            f"{plural(sum(counts), 'row')} counted" if counts else "",
        ]
        return ", ".join(filter(None, facts))


def _left(outcomes: Sequence[Outcome[object]]) -> str:
    """Said only when it was looked at for every one that was cancelled, and nothing else went wrong."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    found = [visible(error.left) for error in errors if isinstance(error, Cancelled) and error.left]
    return "".join(f"; {words}" for words in dict.fromkeys(found)) if len(found) == len(errors) else ""


def _failed(outcomes: Sequence[Outcome[object]]) -> list[str]:
    """The first failure with its reason, the others by name."""
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if not failed:
        return []
    first = f"{visible(failed[0].subject)} failed: {failed[0].error}"
    others = [visible(outcome.subject) for outcome in failed[1:_NAMED]]
    more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    return [first, *([f"also {', '.join(others)}{more}"] if others else [])]


def _warned(outcomes: Sequence[Outcome[object]]) -> list[str]:
    """One warning is told, several are counted: they stand in the job's log."""
    warnings = [warning for outcome in outcomes for warning in outcome.warnings]
    return warnings if len(warnings) < 2 else [plural(len(warnings), "warning")]


def exit_code(codes: Sequence[ExitCode]) -> ExitCode:
    """One: its own code. Several: 0 when all are well, 3 when some are, their common code when none is.

    A restore with warnings counts as neither failed nor well: with it, the whole is 3.
    """
    distinct = set(codes)
    if not distinct:
        return ExitCode.DONE
    if len(distinct) == 1:
        return distinct.pop()
    if distinct & {ExitCode.DONE, ExitCode.PARTIAL}:
        return ExitCode.PARTIAL
    return ExitCode.FAILED
