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
    from bak_tui.services.history import JobFiles, PastJobs

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

    JOB is one's number: what became of each of its databases, or dumps, is told then, and what was counted
    of each table of a restore or proof.
    """
    with session.bak() as bak:
        past = bak.history()
    if number is not None:
        _tell(_found(past, number), past.files, is_json=session.is_json)
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


def _tell(job: RecordedJob, files: JobFiles | None, *, is_json: bool) -> None:
    """One job, with what became of each, every table of it that was counted, and where its log is."""
    counts = files.counts(job.number) if files else None
    counted = counts.items if counts else ()
    log = files.log_place(job.number) if files else None
    if is_json:
        from bak_tui.cli.result_fields import count_fields

        fields = [{"subject": item.subject, "counts": count_fields(item.pairs)} for item in counted]
        jobs = [job.model_dump(mode="json")]
        told = {"jobs": jobs, "total": 1, "problems": [], "counts": fields, "log": log and str(log)}
        output.document("jobs", told)
        return
    _print([job])
    report = job.report
    if report is None:
        for line in filter(None, (job.left, job.hint)):
            output.note(f"bak: {line}")
    else:
        print_outcomes(report)
    for item in counted:
        output.say("")
        if len(counted) > 1:
            output.say(item.subject)
        output.table(
            ("table", "backed up", "restored", "difference"),
            [
                (pair.name, _number(pair.expected), _number(pair.restored), _signed(pair.difference))
                for pair in item.pairs
            ],
            right=frozenset({1, 2, 3}),
        )
    if log is not None:
        output.note(f"bak: its log is {log}")


def _number(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _signed(difference: int) -> str:
    return f"{difference:+,}" if difference else "0"


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
