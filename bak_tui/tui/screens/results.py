"""From a job that has ended to the dialog that shows what it came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

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
    if len(report.outcomes) > 1:
        result = replace(result, facts=(*result.facts, ("the others", _others(report, worst))))
    return ResultDialog(result, status.id, status.verb, worst.subject, profile)


def _others(report: Report[object], shown: Outcome[object]) -> str:
    """How those of the same run ended that are not shown."""
    states = Counter(each.state for each in report.outcomes if each is not shown)
    told = ", ".join(f"{states[state]} {state.value}" for state in _WORST_FIRST if states[state])
    return f"{told}; the log has each"
