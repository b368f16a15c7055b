"""What waits begins in the order that is shown, whoever changes it, and the same can be done again."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bak_tui.core.errors import UsageError
from bak_tui.core.jobs import JobState
from bak_tui.services.jobs import Job, JobEngine
from tests.services.jobs.gates import blocked
from tests.waiting import PATIENCE


def waiting(engine: JobEngine, number: int, begun: list[str]) -> list[Job[None]]:
    def named(name: str) -> Callable[[Job[None]], None]:
        return lambda _job: begun.append(name)

    return [engine.submit("backup", str(each), named(str(each))) for each in range(number)]


def test_what_was_moved_begins_in_the_order_that_is_shown(engine: JobEngine) -> None:
    gates, _ = blocked(engine, 2)
    begun: list[str] = []
    jobs = waiting(engine, 5, begun)
    assert [job.status.place for job in jobs] == [1, 2, 3, 4, 5]
    assert engine.move(jobs[4], -1)
    assert engine.move(jobs[0], 2)
    assert engine.move(jobs[3], -99)
    engine.cancel(jobs[1])
    shown = sorted((job for job in jobs if job.status.place), key=lambda job: job.status.place)
    assert [job.status.place for job in shown] == [1, 2, 3, 4]
    assert jobs[1].status.place == 0
    gates[0].may_end.set()
    assert all(job.wait(PATIENCE) for job in jobs)
    assert begun == [job.what for job in shown] == ["3", "2", "0", "4"]
    gates[1].may_end.set()


def test_what_does_not_wait_cannot_be_moved(engine: JobEngine) -> None:
    gates, jobs = blocked(engine, 2)
    assert not engine.move(jobs[0], 1)
    for gate in gates:
        gate.may_end.set()
    assert jobs[0].wait(PATIENCE)
    assert not engine.move(jobs[0], 1)
    assert jobs[0].status.place == 0


def test_everybody_in_the_queue_is_told_when_one_leaves_it(engine: JobEngine) -> None:
    gates, _ = blocked(engine, 2)
    jobs = waiting(engine, 3, [])
    told: dict[int, int] = {}
    moved_up = threading.Event()

    def listen(status: object) -> None:
        told[status.id] = status.place  # type: ignore[attr-defined]  # a JobStatus
        if told.get(jobs[1].id) == 1 and told.get(jobs[2].id) == 2:
            moved_up.set()

    engine.subscribe(listen)
    engine.cancel(jobs[0])
    assert moved_up.wait(PATIENCE)
    for gate in gates:
        gate.may_end.set()


def test_the_same_is_done_again_as_a_job_of_its_own(engine: JobEngine) -> None:
    done: list[int] = []
    first = engine.submit("backup", "fence", lambda _job: done.append(1), profile="prod")
    assert first.wait(PATIENCE)
    assert first.status.may_repeat
    again = engine.again(first)
    assert again.wait(PATIENCE)
    assert done == [1, 1]
    assert again.id != first.id
    assert (again.verb, again.what, again.profile) == ("backup", "fence", "prod")
    assert first.status.state is again.status.state is JobState.OK


def test_what_may_destroy_something_is_never_repeated_unasked(engine: JobEngine) -> None:
    for verb in ("restore", "delete", "undo"):
        job = engine.submit(verb, "x", lambda _job: None)
        assert job.wait(PATIENCE)
        assert not job.status.may_repeat
        with pytest.raises(UsageError, match="not repeated unasked"):
            engine.again(job)
