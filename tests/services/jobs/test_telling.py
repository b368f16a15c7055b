"""What an engine tells its listeners: not too often, always the last word, and nothing raw."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest

from bak_tui.core.errors import Cancelled
from bak_tui.core.jobs import JobState, JobStatus
from bak_tui.services.jobs import Job, JobEngine
from tests.services.jobs.gates import Gate
from tests.waiting import PATIENCE, until


def test_listeners_hear_at_most_ten_times_a_second_and_always_the_last_word(engine: JobEngine) -> None:
    heard: list[tuple[float, JobStatus]] = []
    engine.subscribe(lambda status: heard.append((time.monotonic(), status)))

    def work(job: Job[None]) -> None:
        task = job.task("x")
        task.phase("dumping", total=10_000)
        deadline = time.monotonic() + PATIENCE
        while len(heard) < 6 and time.monotonic() < deadline:
            task.advance(1)

    job = engine.submit("try", "x", work)
    assert job.wait(PATIENCE)
    until(lambda: heard and heard[-1][1].state.is_final)
    assert heard[-1][1] == job.status
    assert all(later - earlier > 0.08 for (earlier, _), (later, _) in pairwise(heard))


def test_progress_never_reaches_the_end_before_the_end(engine: JobEngine) -> None:
    heard: list[JobStatus] = []
    engine.subscribe(heard.append)
    is_full, may_end = threading.Event(), threading.Event()

    def work(job: Job[None]) -> None:
        task = job.task("x")
        task.phase("dumping", total=100)
        task.reach(100)
        task.reach(50)
        task.advance(20)
        is_full.set()
        may_end.wait(PATIENCE)

    job = engine.submit("try", "x", work)
    assert is_full.wait(PATIENCE)
    assert (job.status.done, job.status.fraction) == (120, 0.99)
    may_end.set()
    until(lambda: heard and heard[-1].state.is_final)
    assert all(status.state.is_final or (status.fraction or 0) < 1 for status in heard)
    assert heard[-1].fraction == 1.0


def test_a_listener_that_fails_silences_nobody(engine: JobEngine, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[JobStatus] = []

    def fail(_status: JobStatus) -> None:
        raise RuntimeError("a broken screen")

    engine.subscribe(fail)
    engine.subscribe(heard.append)
    for _ in range(2):
        assert engine.submit("try", "x", lambda _job: 1).result() == 1
    until(lambda: len([status for status in heard if status.state.is_final]) == 2)
    assert "a broken screen" in caplog.text


def test_who_unsubscribed_hears_no_more(engine: JobEngine) -> None:
    first: list[JobStatus] = []
    second: list[JobStatus] = []
    forget = engine.subscribe(first.append)
    engine.subscribe(second.append)
    forget()
    assert engine.submit("try", "x", lambda _job: 1).result() == 1
    until(lambda: second and second[-1].state.is_final)
    assert first == []


def test_a_listener_may_cancel_and_ask_and_submit(engine: JobEngine) -> None:
    seen: list[JobState] = []

    def listen(status: JobStatus) -> None:
        job = engine.jobs[0]
        if status.id == job.id and status.state is JobState.RUN and not seen:
            seen.append(job.status.state)
            engine.cancel(job)
            for _ in range(3):
                engine.submit("try", "y", lambda _job: 1)

    engine.subscribe(listen)
    job = engine.submit("try", "x", Gate())
    with pytest.raises(Cancelled):
        job.result()
    until(lambda: len(engine.jobs) == 4 and all(job.status.state.is_final for job in engine.jobs))
    assert seen == [JobState.RUN]


def test_foreign_names_are_shown_escaped(engine: JobEngine) -> None:
    def work(job: Job[None]) -> None:
        task = job.task("a\x1b[2J")
        task.working_on("t\nu")
        task.warn("w\u202e")
        assert job.status.tasks[0].current == r"t\nu"

    job = engine.submit("try", "s3://\x07", work)
    job.result()
    assert (job.status.what, job.status.tasks[0].subject) == (r"s3://\x07", r"a\x1b[2J")
    assert job.status.warnings == (r"w\u202e",)
