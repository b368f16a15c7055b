"""`bak jobs`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING

import click

from bak_tui.cli import options, output
from bak_tui.cli.reporting import print_outcomes
from bak_tui.cli.session import Session, pass_session
from bak_tui.core.errors import UsageError

if TYPE_CHECKING:
    from bak_tui.core.recorded import RecordedJob
    from bak_tui.services.history import PastJobs

_WORDS = {"WARN": "OK WITH WARNINGS"}


@click.command("jobs")
@click.argument("number", required=False, type=click.IntRange(1), metavar="[JOB]")
@click.option(
    "--last", type=click.IntRange(0), default=20, show_default=True, help="So many, the newest; 0 is all."
)
@options.manner_options
@pass_session
def command(session: Session, *, number: int | None, last: int) -> None:
    """List the jobs of this machine that have ended, newest first: state, what, when, and one sentence.

    JOB is one's number: what became of each of its databases, or dumps, is told then.
    """
    with session.bak() as bak:
        past = bak.history()
    if number is not None:
        _tell(_found(past, number), is_json=session.is_json)
        return
    jobs = past.jobs[:last] if last else past.jobs
    if session.is_json:
        fields = [job.model_dump(mode="json") for job in jobs]
        output.document("jobs", {"jobs": fields, "total": len(past.jobs), "problems": list(past.problems)})
        return
    _print(jobs)
    for problem in past.problems:
        output.note(f"bak: {problem}")
    if len(jobs) < len(past.jobs):
        session.note(f"{len(jobs)} of {len(past.jobs)}; --last 0 lists all")


def _found(past: PastJobs, number: int) -> RecordedJob:
    for job in past.jobs:
        if job.number == number:
            return job
    raise UsageError(f"no job {number} that has ended is in the history", hint="bak jobs --last 0 lists all")


def _tell(job: RecordedJob, *, is_json: bool) -> None:
    """One job, with what became of each."""
    if is_json:
        output.document("jobs", {"jobs": [job.model_dump(mode="json")], "total": 1, "problems": []})
        return
    _print([job])
    report = job.report
    if report is None:
        for told in filter(None, (job.left, job.hint)):
            output.note(f"bak: {told}")
    else:
        print_outcomes(report)


def _print(jobs: Sequence[RecordedJob]) -> None:
    output.table(
        ("job", "state", "verb", "what", "profile", "start, UTC", "outcome"),
        [_row(job) for job in jobs],
        right=frozenset({0}),
    )


def _row(job: RecordedJob) -> tuple[str, ...]:
    start = job.started or job.submitted
    return (
        str(job.number),
        _WORDS.get(job.state.value, job.state.value),
        job.verb,
        job.what,
        job.profile,
        start.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if start else "",
        job.outcome,
    )
