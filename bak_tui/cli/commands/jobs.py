"""`bak jobs`."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import click

from bak_tui.cli import options, output
from bak_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from bak_tui.core.recorded import RecordedJob

_WORDS = {"WARN": "OK WITH WARNINGS"}


@click.command("jobs")
@click.option(
    "--last", type=click.IntRange(0), default=20, show_default=True, help="So many, the newest; 0 is all."
)
@options.manner_options
@pass_session
def command(session: Session, *, last: int) -> None:
    """List the jobs of this machine that have ended, newest first: state, what, when, and one sentence."""
    with session.bak() as bak:
        past = bak.history()
    jobs = past.jobs[:last] if last else past.jobs
    if session.is_json:
        fields = [job.model_dump(mode="json") for job in jobs]
        output.document("jobs", {"jobs": fields, "total": len(past.jobs), "problems": list(past.problems)})
        return
    output.table(
        ("job", "state", "verb", "what", "profile", "start, UTC", "outcome"),
        [_row(job) for job in jobs],
        right=frozenset({0}),
    )
    for problem in past.problems:
        output.note(f"bak: {problem}")
    if len(jobs) < len(past.jobs):
        session.note(f"{len(jobs)} of {len(past.jobs)}; --last 0 lists all")


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
