"""From a job that has ended to the dialog that shows what it came to."""

from __future__ import annotations

from typing import Any

from bak_tui.core.jobs import JobStatus
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile
from bak_tui.core.recorded import RecordedJob
from bak_tui.operations.bak import Bak
from bak_tui.tui.dialogs.result import Contents, ResultDialog
from bak_tui.tui.dialogs.result_counts import CountsContents, result_of
from bak_tui.tui.dialogs.result_run import RunContents


def result_dialog(
    bak: Bak, status: JobStatus, profile: Profile | None, recorded: RecordedJob | None
) -> ResultDialog | None:
    """None when it still runs, or is of one that has compared nothing.

    Of a job of another session what is `recorded` is shown: of several what became of each.
    """
    job = next((job for job in bak.engine.jobs if job.id == status.id), None)
    if job is None and recorded is not None:
        kept = recorded.report
        if kept is None or len(kept.outcomes) + recorded.others == 1:
            return None
        # What was not well, and warnings, follow behind a semicolon: they have rows.
        summary = status.outcome.partition("; ")[0]
        return _dialog(RunContents(kept, status, summary), status, status.what, profile)
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


def _dialog(contents: Contents[Any], status: JobStatus, what: str, profile: Profile | None) -> ResultDialog:
    return ResultDialog(contents, status.id, status.verb, what, profile, may_repeat=status.may_repeat)
