"""What stands above a job's log: the verdict, what happened, what to try, what was left."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from bak_tui.core.errors import BakError
from bak_tui.core.jobs import JobState, JobStatus
from bak_tui.core.outcomes import Report
from bak_tui.core.wording import duration
from bak_tui.services.jobs import Job
from bak_tui.tui.look import states
from bak_tui.tui.look.labelled import labelled
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.panes.job_drawing import progress, sparkline

_LABEL = 11
_MOST_WARNINGS = 4
_WIDE = 100
"""Cells from which there is room for amounts."""


def error_of(status: JobStatus, job: Job[Any] | None) -> BakError | None:
    """What went wrong: with all of it, else with the first of several databases."""
    if status.error is not None or job is None or status.state is not JobState.FAILED:
        return status.error
    report = job.result()
    outcomes = report.outcomes if isinstance(report, Report) else ()
    return next((outcome.error for outcome in outcomes if outcome.error is not None), None)


def head(status: JobStatus, error: BakError | None, width: int) -> list[Line]:
    """The verdict, what happened, what to try, what was left."""
    word, words = states.job(status.state)
    told = [f"{status.verb} {status.what}"]
    if status.started is not None:
        told.append(f"started {status.started.astimezone(UTC):%H:%M:%S}")
        if status.finished is not None:
            told.append(f"ended after {duration((status.finished - status.started).total_seconds())}")
    at = next((task for task in status.tasks if task.phase and task.state is not JobState.OK), None)
    said = ", ".join(told) + (f", at {at.phase} {at.current}".rstrip() if at else "")
    lines: list[Line] = [[(f"{word}   ", words), (foreign(said), "text")], []]
    if not status.state.is_final:
        how_far = progress(status, width - _LABEL, is_wide=width > _WIDE)
        lines.append([(f"{'progress':<{_LABEL}}", "muted"), *how_far])
    if any(status.rates):
        lines.append([(f"{'rate':<{_LABEL}}", "muted"), *sparkline(status.rates)])
    if error is not None:
        lines += labelled("what", error.message, width, words="text bold", room=_LABEL)
        lines += labelled("try", error.hint, width, room=_LABEL)
    if status.outcome and (error is None or status.outcome != error.message):
        lines += labelled("outcome", status.outcome, width, room=_LABEL)
    for warning in status.warnings[:_MOST_WARNINGS]:
        lines += labelled("warning", warning, width, words="warn", room=_LABEL)
    return [*lines, []] if len(lines) > 2 else lines
