"""A job's status: sums of its tasks, unknown where any part is unknown, 1 only at the end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.jobs import JobId, JobState, JobStatus, TaskStatus


def status(state: JobState, *tasks: TaskStatus, rate: float | None = None) -> JobStatus:
    return JobStatus(JobId(1), "backup", "x", state, tasks, rate=rate)


def test_work_is_the_sum_of_the_tasks() -> None:
    both = status(JobState.RUN, TaskStatus("a", done=10, total=40), TaskStatus("b", done=20, total=60))
    assert (both.done, both.total, both.fraction) == (30, 100, 0.3)


def test_one_unknown_total_makes_the_whole_unknown() -> None:
    some = status(JobState.RUN, TaskStatus("a", done=1, total=2), TaskStatus("b", done=1), rate=1.0)
    assert (some.total, some.fraction, some.seconds_left) == (None, None, None)


def test_what_has_ended_hides_not_how_far_the_others_are() -> None:
    ended = TaskStatus("a", phase="committing", state=JobState.OK)
    both = status(JobState.RUN, ended, TaskStatus("b", done=20, total=60, state=JobState.RUN))
    assert (both.done, both.total) == (20, 60)
    failed = TaskStatus("a", done=10, total=40, state=JobState.FAILED)
    assert status(JobState.RUN, failed, TaskStatus("b", done=20, total=60)).total == 70, (
        "40 will never be done"
    )


def test_a_job_without_tasks_knows_nothing_of_its_work() -> None:
    assert status(JobState.RUN).total is None
    assert status(JobState.RUN).fraction is None


def test_one_estimate_makes_the_whole_an_estimate() -> None:
    assert status(JobState.RUN, TaskStatus("a"), TaskStatus("b", is_estimate=True)).is_estimate
    assert not status(JobState.RUN, TaskStatus("a")).is_estimate


@given(
    st.sampled_from([state for state in JobState if state not in {JobState.OK, JobState.WARN}]),
    st.integers(0, 2**50),
    st.one_of(st.none(), st.integers(0, 2**50)),
)
def test_the_fraction_reaches_one_only_when_all_is_well(
    state: JobState, done: int, total: int | None
) -> None:
    fraction = status(state, TaskStatus("a", done=done, total=total)).fraction
    assert fraction is None or 0 <= fraction < 1


@pytest.mark.parametrize("state", [JobState.OK, JobState.WARN])
def test_what_ended_well_is_whole_even_when_its_total_was_unknown(state: JobState) -> None:
    assert status(state, TaskStatus("a", done=3)).fraction == 1.0


def test_time_left_comes_from_the_rate_and_is_never_negative() -> None:
    task = TaskStatus("a", done=50, total=100)
    assert status(JobState.RUN, task, rate=10.0).seconds_left == 5.0
    assert status(JobState.RUN, TaskStatus("a", done=150, total=100), rate=10.0).seconds_left is None
    assert status(JobState.RUN, task).seconds_left is None
    assert status(JobState.OK, task, rate=10.0).seconds_left is None


def test_four_states_are_final() -> None:
    final = {state for state in JobState if state.is_final}
    assert final == {JobState.OK, JobState.WARN, JobState.FAILED, JobState.CANCELLED}
