"""Cancelling a job: at once while it waits, after its cleaning up while it runs, and never too late."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bak_tui.core.errors import Cancelled, DumpFailed
from bak_tui.core.jobs import JobState
from bak_tui.services.jobs import Job, JobEngine, Task
from tests.services.jobs.gates import blocked, state, wait_for
from tests.waiting import PATIENCE, until


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(engine: JobEngine) -> None:
    gates, jobs = blocked(engine, 3)
    engine.cancel(jobs[2])
    assert jobs[2].wait(0)
    assert state(jobs[2]) is JobState.CANCELLED
    with pytest.raises(Cancelled):
        jobs[2].result()
    for gate in gates:
        gate.may_end.set()
    assert [jobs[0].result(), jobs[1].result()] == ["0", "1"]
    assert not gates[2].is_running.is_set()


def test_a_running_job_is_cancelling_until_it_has_cleaned_up(engine: JobEngine) -> None:
    is_running, may_clean = threading.Event(), threading.Event()

    def work(job: Job[None]) -> None:
        task = job.task("x")
        is_running.set()
        try:
            task.sleep(PATIENCE)
        finally:
            may_clean.wait(PATIENCE)

    job = engine.submit("try", "x", work)
    assert is_running.wait(PATIENCE)
    engine.cancel(job)
    assert state(job) is JobState.CANCELLING
    assert not job.wait(0)
    may_clean.set()
    assert job.wait(PATIENCE)
    assert state(job) is JobState.CANCELLED
    assert isinstance(job.status.error, Cancelled)


def test_cancelling_runs_the_hooks_newest_first_even_when_one_of_them_fails(
    engine: JobEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    failures: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda unhandled: failures.append(str(unhandled.exc_value)))
    is_running, is_undone = threading.Event(), threading.Event()

    def fail() -> None:
        told.append("child")
        raise OSError("no such child")

    def end() -> None:
        told.append("snapshot")
        is_undone.set()

    def work(job: Job[None]) -> None:
        task = job.task("x")
        with task.on_cancel(end), task.on_cancel(fail):
            with task.on_cancel(lambda: told.append("gone")):
                pass
            is_running.set()
            is_undone.wait(PATIENCE)
            task.check()

    job = engine.submit("try", "x", work)
    assert is_running.wait(PATIENCE)
    engine.cancel(job)
    engine.cancel(job)
    with pytest.raises(Cancelled):
        job.result()
    assert told == ["child", "snapshot"]
    until(lambda: failures == ["no such child"])


def test_a_call_beside_goes_on_meanwhile_and_its_result_or_error_is_had_when_asked_for(
    engine: JobEngine,
) -> None:
    may_end, order = threading.Event(), []

    def call() -> str:
        wait_for(may_end)
        order.append("beside")
        return "found"

    def fail() -> None:
        raise DumpFailed("refused")

    def work(job: Job[str]) -> str:
        found, failed = job.beside(call), job.beside(fail)
        order.append("went on")
        may_end.set()
        with pytest.raises(DumpFailed):
            failed()
        return found()

    assert engine.submit("try", "x", work).result() == "found"
    assert order == ["went on", "beside"]


def test_a_cancelled_job_does_not_wait_for_what_is_asked_beside_it(engine: JobEngine) -> None:
    may_end, is_waiting = threading.Event(), threading.Event()

    def work(job: Job[None]) -> None:
        result = job.beside(lambda: wait_for(may_end))
        is_waiting.set()
        result()

    job = engine.submit("try", "x", work)
    wait_for(is_waiting)
    engine.cancel(job)
    assert job.wait(PATIENCE)
    assert state(job) is JobState.CANCELLED
    may_end.set()


def test_whoever_cancels_does_not_wait_for_a_hook(engine: JobEngine) -> None:
    is_running, may_go_on = threading.Event(), threading.Event()

    def work(job: Job[None]) -> None:
        task = job.task("x")
        with task.on_cancel(lambda: wait_for(may_go_on)):
            is_running.set()
            task.sleep(PATIENCE)

    job = engine.submit("try", "x", work)
    assert is_running.wait(PATIENCE)
    engine.cancel(job)
    assert not may_go_on.is_set()
    assert job.wait(PATIENCE)
    may_go_on.set()


def test_nothing_new_is_hooked_or_begun_once_a_job_is_cancelled(engine: JobEngine) -> None:
    is_running, is_cancelled = threading.Event(), threading.Event()
    begun: list[str] = []

    def work(job: Job[None]) -> None:
        task = job.task("x")
        is_running.set()
        is_cancelled.wait(PATIENCE)
        attempts: list[Callable[[], None]] = [lambda: task.phase("dumping"), task.check, lambda: hooked(task)]
        for begin in attempts:
            with pytest.raises(Cancelled):
                begin()
            begun.append("refused")
        task.check()

    def hooked(task: Task) -> None:
        with task.on_cancel(lambda: None):
            begun.append("inside")

    job = engine.submit("try", "x", work)
    assert is_running.wait(PATIENCE)
    engine.cancel(job)
    is_cancelled.set()
    with pytest.raises(Cancelled):
        job.result()
    assert begun == ["refused"] * 3


def test_a_cancel_that_comes_too_late_changes_nothing(engine: JobEngine) -> None:
    job = engine.submit("try", "x", lambda _job: 7)
    assert job.result() == 7
    engine.cancel(job)
    assert state(job) is JobState.OK
    assert job.result() == 7


def test_work_that_ends_although_it_was_cancelled_ended_well(engine: JobEngine) -> None:
    is_running, may_end = threading.Event(), threading.Event()

    def work(_job: Job[str]) -> str:
        is_running.set()
        may_end.wait(PATIENCE)
        return "done"

    job = engine.submit("try", "x", work)
    assert is_running.wait(PATIENCE)
    engine.cancel(job)
    may_end.set()
    assert job.result() == "done"
    assert state(job) is JobState.OK
