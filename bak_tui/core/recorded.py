"""A job as the history keeps it, finished or begun: facts, no results and no secrets.

Anybody may have edited the file it comes from, so a record is hostile input until `parse_job` has taken it.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bak_tui.core.errors import BakError, ExitCode, FileProblem
from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.core.journal import Process
from bak_tui.core.moments import Moment
from bak_tui.core.outcomes import Outcome, Report

_MOST_WARNINGS = 50


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

    @property
    def error(self) -> BakError | None:
        """What went wrong with it, as far as it was kept."""
        if self.error_kind is None:
            return None
        return BakError(self.outcome, hint=self.hint, left=self.left, kind=self.error_kind)


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
    more = len(status.warnings) - _MOST_WARNINGS
    warnings = status.warnings[:_MOST_WARNINGS] + ((f"and {more} more",) if more > 0 else ())
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
        warnings=warnings,
        items=tuple(_item(outcome) for outcome in report.outcomes) if report else (),
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
    return RecordedItem(
        subject=visible(outcome.subject),
        state=outcome.state,
        outcome=outcome.sentence,
        hint=outcome.error.hint if outcome.error else "",
        left=outcome.error.left if outcome.error else "",
        error_kind=outcome.error.kind if outcome.error else None,
        exit_code=int(outcome.exit_code),
    )
