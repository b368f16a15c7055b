"""From a job that has ended to the dialog that shows what it came to."""

from __future__ import annotations

from typing import Any

from bak_tui.core.jobs import JobStatus
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.profile import Profile
from bak_tui.core.recorded import RecordedJob
from bak_tui.core.recorded_counts import JobCounts
from bak_tui.operations.bak import Bak
from bak_tui.tui.dialogs.result import Contents, ResultDialog
from bak_tui.tui.dialogs.result_counts import CountsContents, Result, recorded_result, result_of
from bak_tui.tui.dialogs.result_run import RunContents


def result_dialog(
    bak: Bak,
    status: JobStatus,
    profile: Profile | None,
    recorded: RecordedJob | None,
    counts: JobCounts | None,
) -> ResultDialog | None:
    """None when it still runs, or is of one that has compared nothing.

    Of a job of another session what is `recorded` is shown: of several what became of each; and of each the
    `counts`, where they are kept.
    """
    job = next((job for job in bak.engine.jobs if job.id == status.id), None)
    if job is None and recorded is not None:
        contents, what = _recorded(recorded, status, counts or JobCounts())
        return _dialog(contents, status, what, profile) if contents else None
    if job is None or not status.state.is_final or status.error is not None:
        return None
    status = job.status  # a row of an earlier session does not know that it may be repeated
    report = job.result()
    if not isinstance(report, Report) or not report.outcomes:
        return None
    (first, *others) = report.outcomes
    if others:
        return _dialog(RunContents(report, status), status, status.what, profile)
    result = result_of(first)
    return _dialog(CountsContents(result), status, first.subject, profile) if result else None


def _recorded(
    recorded: RecordedJob, status: JobStatus, counts: JobCounts
) -> tuple[Contents[Any] | None, str]:
    """What there is to be shown, and of what."""

    def tables(outcome: Outcome[object]) -> Result | None:
        counted = counts.of(outcome.subject)
        return recorded_result(outcome, counted) if counted is not None else None

    kept = recorded.report
    if kept is None:
        return None, ""
    if len(kept.outcomes) + recorded.others == 1:
        result = tables(kept.outcomes[0])
        return CountsContents(result) if result else None, kept.outcomes[0].subject
    # What was not well, and warnings, follow behind a semicolon: they have rows.
    summary = status.outcome.partition("; ")[0]
    return RunContents(kept, status, summary, tables), status.what


def _dialog(contents: Contents[Any], status: JobStatus, what: str, profile: Profile | None) -> ResultDialog:
    return ResultDialog(contents, status.id, status.verb, what, profile, may_repeat=status.may_repeat)
