"""A job as the history keeps it, finished or begun: facts on each of its databases, no secrets.

What is kept of one job is bounded: of very many items the worst, of long sentences the beginning.

Anybody may have edited the file it comes from, so a record is hostile input until `parse_job` has taken it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bak_tui.core.errors import BakError, Cancelled, ExitCode, FileProblem
from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.core.journal import Process
from bak_tui.core.moments import Moment
from bak_tui.core.outcomes import WORST_FIRST, Outcome, Report, Tabled, Telling

_MOST_WARNINGS = 50
_MOST_ITEMS = 200
_MOST_OF_AN_ITEM = 5
"""Warnings."""
_MOST_NOTES = 20
_LONGEST = 500
"""Characters of what is told of an item."""


@dataclass(frozen=True, slots=True)
class RecordedResult:
    """What one item came to, as far as it was kept: a `Telling`, but that its size may be unknown."""

    sentence: str
    size: int | None
    """Bytes."""
    rows: int | None
    tables: int | None
    place: str
    """Where it is now; empty when that is not said."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RecordedItem(_Record):
    """What became of one database (or file)."""

    subject: str
    state: JobState
    outcome: str = ""
    """One sentence."""
    hint: str = ""
    left: str = ""
    error_kind: str | None = None
    exit_code: int = 0
    size: int | None = None
    rows: int | None = None
    tables: int | None = None
    place: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def error(self) -> BakError | None:
        """What went wrong with it, as far as it was kept."""
        if self.state is JobState.CANCELLED:
            return Cancelled(self.outcome, left=self.left)
        if self.error_kind is None and self.state is not JobState.FAILED:
            return None
        return BakError(self.outcome, hint=self.hint, left=self.left, kind=self.error_kind)

    @property
    def told(self) -> Outcome[RecordedResult]:
        """As an outcome, to be shown as one of this session is."""
        error = self.error
        place = visible(self.place)
        result = RecordedResult(visible(self.outcome), self.size, self.rows, self.tables, place)
        warnings = tuple(visible(warning) for warning in self.warnings)
        if self.state is JobState.WARN and not warnings:  # as versions before have kept it
            warnings = ("what it was warned of stands among the job's own warnings",)
        return Outcome(visible(self.subject), result if error is None else None, error, warnings)


class RecordedJob(_Record):
    """One line of the history."""

    number: int = Field(ge=1, lt=10**15)
    verb: str
    what: str
    profile: str = ""
    state: JobState
    submitted: Moment | None = None
    started: Moment | None = None
    finished: Moment | None = None
    outcome: str = ""
    """One sentence of facts."""
    hint: str = ""
    left: str = ""
    error_kind: str | None = None
    exit_code: int = 0
    warnings: tuple[str, ...] = ()
    items: tuple[RecordedItem, ...] = ()
    others: int = 0
    """How many items more there were, none of them worse than those."""
    notes: tuple[str, ...] = ()
    host: str = ""
    pid: int = 0

    @property
    def status(self) -> JobStatus:
        """As a status, to stand in a list beside the jobs of this session."""
        error = next((item.error for item in self.items if item.state is JobState.FAILED), None)
        if self.error_kind is not None:
            error = BakError(self.outcome, hint=self.hint, left=self.left, kind=self.error_kind)
        return JobStatus(
            id=JobId(self.number),
            verb=visible(self.verb),
            what=visible(self.what),
            state=self.state,
            warnings=tuple(visible(warning) for warning in self.warnings),
            error=error,
            outcome=visible(self.outcome),
            submitted=self.submitted,
            started=self.started,
            finished=self.finished,
            profile=visible(self.profile),
        )

    @property
    def report(self) -> Report[RecordedResult] | None:
        """What became of each, as far as it was kept; None when nothing was."""
        if not self.items:
            return None
        others = (f"not kept one by one: {self.others:,} more",) if self.others else ()
        notes = tuple(visible(note) for note in self.notes)
        return Report(tuple(item.told for item in self.items), (*others, *notes))


class BegunJob(_Record):
    """A job that waits or runs, and the process it runs in."""

    number: int = Field(ge=1, lt=10**15)
    verb: str
    what: str
    profile: str = ""
    submitted: Moment | None = None
    started: Moment | None = None
    """None while it waits."""
    process: Process

    @property
    def id(self) -> JobId:
        return JobId(self.number)


def begun_of(status: JobStatus, process: Process) -> BegunJob:
    """What is kept of a job that has not ended."""
    return BegunJob(
        number=status.id,
        verb=status.verb,
        what=status.what,
        profile=status.profile,
        submitted=status.submitted,
        started=status.started,
        process=process,
    )


def died_of(begun: BegunJob) -> RecordedJob:
    """What is known of a job whose process is gone: that it did not come to its end."""
    process = f"process {begun.process.pid} on {begun.process.host}"
    said = f"died while it ran: {process} was gone" if begun.started else f"never began: {process} was gone"
    return RecordedJob(
        number=begun.number,
        verb=begun.verb,
        what=begun.what,
        profile=begun.profile,
        state=JobState.FAILED,
        submitted=begun.submitted,
        started=begun.started,
        outcome=said,
        hint="bak doctor finds what it left; then do it again" if begun.started else "do it again",
        error_kind="died",
        exit_code=int(ExitCode.FAILED),
        host=begun.process.host,
        pid=begun.process.pid,
    )


def record_of(status: JobStatus, report: Report[object] | None, *, host: str, pid: int) -> RecordedJob:
    """What is kept of a job that has ended."""
    code = ExitCode.DONE
    if report is not None:
        code = report.exit_code
    elif status.error is not None:
        code = status.error.exit_code
    outcomes = report.outcomes if report else ()
    kept = sorted(range(len(outcomes)), key=lambda number: WORST_FIRST.index(outcomes[number].state))
    kept = sorted(kept[:_MOST_ITEMS])
    return RecordedJob(
        number=status.id,
        verb=status.verb,
        what=status.what,
        profile=status.profile,
        state=status.state,
        submitted=status.submitted,
        started=status.started,
        finished=status.finished,
        outcome=status.outcome,
        hint=status.error.hint if status.error else "",
        left=status.error.left if status.error else "",
        error_kind=status.error.kind if status.error else None,
        exit_code=int(code),
        warnings=_first(status.warnings, _MOST_WARNINGS),
        items=tuple(_item(outcomes[number]) for number in kept),
        others=len(outcomes) - len(kept),
        notes=_first([visible(note, limit=_LONGEST) for note in report.notes], _MOST_NOTES) if report else (),
        host=host,
        pid=pid,
    )


def parse_job(line: bytes) -> RecordedJob:
    """One line read back. Raises FileProblem when it is not what `record_of` makes."""
    try:
        job = RecordedJob.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise FileProblem(f"no record of a job: {first['msg']}", kind="bad_record") from error
    if not job.state.is_final:
        raise FileProblem("no record of a job: it has not ended", kind="bad_record")
    return job


def parse_begun(body: bytes) -> BegunJob:
    """A begun job read back. Raises FileProblem when it is not what `begun_of` makes."""
    try:
        return BegunJob.model_validate_json(body)
    except ValidationError as error:
        raise FileProblem("no record of a job that has begun", kind="bad_record") from error


def _item(outcome: Outcome[object]) -> RecordedItem:
    result, error = outcome.result, outcome.error
    told = result if isinstance(result, Telling) else None
    return RecordedItem(
        subject=visible(outcome.subject),
        state=outcome.state,
        outcome=visible(outcome.sentence, limit=_LONGEST),
        hint=visible(error.hint, limit=_LONGEST) if error else "",
        left=visible(error.left, limit=_LONGEST) if error else "",
        error_kind=error.kind if error else None,
        exit_code=int(outcome.exit_code),
        size=told.size if told else None,
        rows=told.rows if told else None,
        tables=result.tables if isinstance(result, Tabled) else None,
        place=visible(str(getattr(result, "place", "")), limit=_LONGEST),
        warnings=_first([visible(each, limit=_LONGEST) for each in outcome.warnings], _MOST_OF_AN_ITEM),
    )


def _first(told: Sequence[str], most: int) -> tuple[str, ...]:
    """So many, and how many more there were."""
    more = len(told) - most
    return (*told[:most], f"and {more:,} more") if more > 0 else tuple(told)
