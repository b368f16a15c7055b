"""From a job that has ended to the dialog that shows what it came to."""

from __future__ import annotations

from bak_tui.core.jobs import JobState, JobStatus
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.profile import Profile
from bak_tui.operations.bak import Bak
from bak_tui.tui.dialogs.result import ResultDialog, result_of

_WORST_FIRST = (JobState.FAILED, JobState.CANCELLED, JobState.WARN, JobState.OK)


def result_dialog(bak: Bak, status: JobStatus, profile: Profile | None) -> ResultDialog | None:
    """None when it still runs, is of an earlier session, or has compared nothing."""
    job = next((job for job in bak.engine.jobs if job.id == status.id), None)
    if job is None or not status.state.is_final or status.error is not None:
        return None
    report = job.result()
    if not isinstance(report, Report) or not report.outcomes:
        return None
    worst: Outcome[object] = min(report.outcomes, key=lambda outcome: _WORST_FIRST.index(outcome.state))
    result = result_of(worst)
    if result is None:
        return None
    return ResultDialog(result, status.id, status.verb, worst.subject, profile)
