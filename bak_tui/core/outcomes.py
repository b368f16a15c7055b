"""How a run over several databases ended, and what `bak` exits with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bak_tui.core.errors import BakError, Cancelled, ExitCode
from bak_tui.core.jobs import JobState

T_co = TypeVar("T_co", covariant=True)


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
