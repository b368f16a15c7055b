"""What stands above a job's log: the verdict, what happened, what to try, what was left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from bak_tui.tui.look.trouble import to_try
from bak_tui.tui.panes.job_drawing import progress, sparkline

_LABEL = 11
_MOST_FAILURES = 3
_MOST_WARNINGS = 4
_WIDE = 100
"""Cells from which there is room for amounts."""


@dataclass(frozen=True)
class Failure:
    """What went wrong with one database (or file) of a job; without `subject` with all of it."""

    error: BakError
    subject: str = ""


def failures_of(status: JobStatus, job: Job[Any] | None) -> tuple[Failure, ...]:
    """Everything that went wrong, as far as it is known: of an earlier session the first of it."""
    if status.error is not None:
        return (Failure(status.error),)
    if job is None or status.state is not JobState.FAILED:
        return ()
    report = job.result()
    outcomes = report.outcomes if isinstance(report, Report) else ()
    return tuple(Failure(each.error, each.subject) for each in outcomes if each.error is not None)


def _failure_lines(failures: Sequence[Failure], width: int) -> list[Line]:
    """Of each what happened, what to try, what was left; of many the first."""
    lines: list[Line] = []
    for failure in failures[:_MOST_FAILURES]:
        error = failure.error
        is_named = len(failures) == 1 or failure.subject in error.message
        what = error.message if is_named else f"{failure.subject}: {error.message}"
        lines += labelled("what", what, width, words="text bold", room=_LABEL)
        lines += labelled("try", to_try(error), width, room=_LABEL)
        lines += labelled("left", error.left, width, room=_LABEL)
    if len(failures) > _MOST_FAILURES:
        others = ", ".join(failure.subject for failure in failures[_MOST_FAILURES:])
        lines += labelled("also", others, width, room=_LABEL)
    return lines


def head(status: JobStatus, failures: Sequence[Failure], width: int) -> list[Line]:
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
    lines += _failure_lines(failures, width)
    if status.outcome and not any(failure.error.message == status.outcome for failure in failures):
        lines += labelled("outcome", status.outcome, width, room=_LABEL)
    for warning in status.warnings[:_MOST_WARNINGS]:
        lines += labelled("warning", warning, width, words="warn", room=_LABEL)
    return [*lines, []] if len(lines) > 2 else lines
