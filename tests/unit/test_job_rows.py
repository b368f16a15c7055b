"""A job's row at every width: what it tells of how far it is, and how long it takes, is never cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bak_tui.core.jobs import JobId, JobState, JobStatus, TaskStatus
from bak_tui.tui.look.spans import Line, width_of
from bak_tui.tui.panes.job_drawing import LABEL, details, draw_job, heading, progress
from bak_tui.tui.widgets.listing import Drawing

GB = 10**9
BEGAN = datetime(2026, 11, 23, 14, 1, tzinfo=UTC)


def running(seconds_left: float, done: int = 2 * GB) -> JobStatus:
    """One that is half done and needs so long for the other half."""
    task = TaskStatus("indexd", "dumping", done, 2 * done, True, "index_record_authz", JobState.RUN)
    return JobStatus(
        JobId(1234),
        "backup",
        "indexd-prod and 11 others",
        JobState.RUN,
        tasks=(task,),
        rate=done / seconds_left,
        started=BEGAN,
    )


HALF_WAY = running(200)
UNKNOWN = replace(HALF_WAY, tasks=(replace(HALF_WAY.tasks[0], total=None),))
STATUSES = {
    "minutes": HALF_WAY,
    "hours": running(12 * 3600),
    "days": running(99 * 86_400, 400 * GB),
    "unknown": UNKNOWN,
    "still": replace(HALF_WAY, rate=None),
    "waiting": replace(HALF_WAY, state=JobState.WAIT, place=12),
    "cancelling": replace(HALF_WAY, state=JobState.CANCELLING),
}


def said(line: Line) -> str:
    return "".join(text for text, _ in line).rstrip()


@pytest.mark.parametrize("status", STATUSES.values(), ids=STATUSES)
def test_what_a_row_says_of_progress_is_whole_at_every_width(status: JobStatus) -> None:
    for width in range(58, 200):
        (line,) = draw_job(status, Drawing(width - 2, is_cursor=False))
        assert width_of(line) <= width - 2, (width, said(line))
        rest = said(line).partition("indexd")[2].partition("  ")[2]
        assert "…" not in rest.removesuffix("…"), "only a table's name, the last, may be cut"


@pytest.mark.parametrize("status", STATUSES.values(), ids=STATUSES)
def test_what_the_details_say_of_progress_is_whole_at_every_width(status: JobStatus) -> None:
    for width in range(58, 200):
        line = dict(details(status, width - LABEL))["progress"]
        assert width_of(line) <= width - LABEL, (width, said(line))
        assert "…" not in said(line).removesuffix("…"), "only a table's name, the last, may be cut"


def test_where_nothing_moves_what_is_being_done_stands_in_the_place_of_the_rate() -> None:
    still = replace(HALF_WAY, rate=None, tasks=(replace(HALF_WAY.tasks[0], phase="storing", current=""),))
    for width in (58, 78, 98, 118, 158):
        (line,) = draw_job(still, Drawing(width - 2, is_cursor=False))
        assert said(line).count("storing") == 1, (width, said(line))
        (moving,) = draw_job(HALF_WAY, Drawing(width - 2, is_cursor=False))
        assert said(line).index("storing") >= said(moving).index("%") + 3
        assert "dumping" not in said(moving)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (200, "~0:03:20 left"),
        (9 * 3600, "~9:00:00 left"),
        (12 * 3600, "~12 h left"),
        (99 * 86_400, "~14 w left"),
    ],
)
def test_the_time_left_has_room_however_long_it_takes(seconds: float, words: str) -> None:
    assert words in said(progress(running(seconds, 400 * GB), 60))


@pytest.mark.parametrize("width", range(96, 112))
def test_from_a_hundred_columns_on_the_time_left_stands_in_the_row(width: int) -> None:
    (line,) = draw_job(HALF_WAY, Drawing(width - 2, is_cursor=False))
    assert "~0:03:20 left" in said(line)
    assert width_of([*heading(width)]) <= width
