"""The engine: order, width, results, closing, what it keeps, and that every job ends."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bak_tui.core.errors import BakError, Cancelled, DumpFailed, ExitCode, StoreError
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Report
from bak_tui.services.jobs import Job, JobEngine, Task
from bak_tui.services.jobs.ended import LAST_LINES, LINES
from tests.services.jobs.conftest import our_threads
from tests.services.jobs.gates import blocked, state, wait_for
from tests.waiting import PATIENCE, until


def test_logs_of_jobs_that_have_ended_are_bounded_the_newest_are_whole(engine: JobEngine) -> None:
    def talk(job: Job[None]) -> None:
        task = job.task("fence")
        for number in range(3000):
            task.say("pg_restore", f"table {number}")

    jobs = [engine.submit("restore", "fence", talk) for _ in range(12)]
    for job in jobs:
        job.result()
    until(lambda: not engine._running)
    lengths = [len(job.log) for job in jobs]
    assert sum(lengths) <= LINES + len(jobs) * (LAST_LINES + 1)
    assert lengths[-6:] == [3001] * 6
    assert lengths[:6] == [LAST_LINES + 1] * 6
    first, *others = jobs[0].log
    assert first.text == "2,951 lines before this one are no longer kept: others have ended since"
    assert [line.text for line in others[-2:]] == ["table 2999", "OK: "]


def test_a_job_runs_in_a_thread_of_its_own_and_gives_its_result(engine: JobEngine) -> None:
    job = engine.submit("try", "x", lambda _job: threading.current_thread().name)
    assert job.result() == f"bak-{job.id}"
    status = job.status
    assert (status.state, status.error, status.fraction) == (JobState.OK, None, 1.0)
    assert status.submitted
    assert status.started
    assert status.finished
    assert status.submitted <= status.started <= status.finished


def test_no_more_jobs_run_at_once_than_the_engine_is_wide(engine: JobEngine) -> None:
    gates, jobs = blocked(engine, 4)
    assert gates[0].is_running.wait(PATIENCE)
    assert gates[1].is_running.wait(PATIENCE)
    assert [job.status.state for job in jobs] == [JobState.RUN] * 2 + [JobState.WAIT] * 2
    gates[1].may_end.set()
    assert gates[2].is_running.wait(PATIENCE)
    assert state(jobs[3]) is JobState.WAIT
    for gate in gates:
        gate.may_end.set()
    assert [job.result() for job in jobs] == ["0", "1", "2", "3"]


def test_jobs_begin_in_the_order_they_were_submitted_in(engine: JobEngine) -> None:
    begun: list[int] = []
    gates, _ = blocked(engine, 2)

    def numbered(number: int) -> Callable[[Job[None]], None]:
        return lambda _job: begun.append(number)

    jobs = [engine.submit("try", "x", numbered(number)) for number in range(20)]
    gates[0].may_end.set()
    assert all(job.wait(PATIENCE) for job in jobs)
    assert begun == sorted(begun)
    assert [job.id for job in engine.jobs] == list(range(1, 23))
    gates[1].may_end.set()


def test_an_error_is_told_and_raised(engine: JobEngine) -> None:
    def work(_job: Job[None]) -> None:
        raise DumpFailed("pg_dump ended", hint="try again")

    job = engine.submit("backup", "x", work)
    with pytest.raises(DumpFailed, match="pg_dump ended"):
        job.result()
    assert (job.status.state, job.status.outcome) == (JobState.FAILED, "pg_dump ended")


def test_a_defect_is_a_failure_of_its_own_kind_and_keeps_its_cause(
    engine: JobEngine, caplog: pytest.LogCaptureFixture
) -> None:
    rows: dict[str, int] = {}
    job = engine.submit("backup", "x", lambda _job: rows["no such key"])
    with pytest.raises(BakError, match="KeyError") as caught:
        job.result()
    assert (caught.value.kind, caught.value.exit_code) == ("defect", ExitCode.FAILED)
    assert isinstance(caught.value.__cause__, KeyError)
    assert state(job) is JobState.FAILED
    assert "broke" in caplog.text


def test_a_report_names_the_jobs_state(engine: JobEngine) -> None:
    def work(job: Job[Report[int]]) -> Report[int]:
        def one(task: Task, number: int) -> int:
            if number == 1:
                task.warn("look at this")
            if number == 2:
                raise StoreError("gone")
            return number

        return job.each([(str(number), number) for number in range(4)], 2, one)

    job = engine.submit("backup", "all", work)
    report = job.result()
    states = [outcome.state for outcome in report.outcomes]
    assert states == [JobState.OK, JobState.WARN, JobState.FAILED, JobState.OK]
    assert [task.state for task in job.status.tasks] == states
    assert report.results == (0, 1, 3)
    assert report.exit_code is ExitCode.PARTIAL
    assert state(job) is JobState.FAILED
    assert job.status.warnings == ("look at this",)


def test_each_does_all_the_others_when_one_breaks(engine: JobEngine) -> None:
    done: list[int] = []

    def one(_task: Task, number: int) -> None:
        if number == 0:
            raise ZeroDivisionError
        done.append(number)

    job = engine.submit("try", "x", lambda job: job.each([(str(n), n) for n in range(5)], 2, one))
    outcomes = job.result().outcomes
    assert sorted(done) == [1, 2, 3, 4]
    assert [outcome.subject for outcome in outcomes if outcome.error] == ["0"]
    assert outcomes[0].error is not None
    assert outcomes[0].error.kind == "defect"
    assert "ZeroDivisionError" in outcomes[0].error.message
    assert job.status.state is JobState.FAILED


def test_each_works_in_as_many_threads_as_asked_for(engine: JobEngine) -> None:
    meeting = threading.Barrier(3)

    def one(_task: Task, _number: int) -> str:
        meeting.wait(PATIENCE)
        return threading.current_thread().name

    job = engine.submit("try", "x", lambda job: job.each([(str(n), n) for n in range(6)], 3, one))
    assert len(set(job.result().results)) == 3


def test_closing_cancels_everything_and_waits_for_it() -> None:
    before = our_threads()
    engine = JobEngine(width=1)
    undone: list[str] = []

    def work(job: Job[None]) -> None:
        try:
            job.task("x").sleep(PATIENCE)
        finally:
            undone.append("cleaned up")

    running = engine.submit("try", "x", work)
    waiting = engine.submit("try", "y", work)
    until(lambda: state(running) is JobState.RUN and running.status.tasks)
    engine.close()
    assert [job.status.state for job in (running, waiting)] == [JobState.CANCELLED] * 2
    assert undone == ["cleaned up"]
    until(lambda: our_threads() <= before)


def test_closing_does_not_wait_until_news_are_due_again() -> None:
    engine = JobEngine(pace=3600)
    heard = threading.Event()
    engine.subscribe(lambda _status: heard.set())
    engine.submit("try", "x", lambda _job: None).result()
    wait_for(heard)
    closing = threading.Thread(target=engine.close, daemon=True)
    closing.start()
    closing.join(PATIENCE)
    assert not closing.is_alive()


class Held:
    """Something large that a job works with."""


@pytest.mark.parametrize("error", [DumpFailed("no"), Cancelled()], ids=["failed", "cancelled"])
def test_a_job_that_ended_badly_holds_nothing_of_what_it_worked_with(
    engine: JobEngine, error: Exception
) -> None:
    held: list[weakref.ref[Held]] = []

    def work(task: Task | Job[Any], _subject: object = None) -> None:
        large = Held()
        held.append(weakref.ref(large))
        try:
            raise OSError("it begins here")
        except OSError as cause:
            raise error from cause

    alone = engine.submit("try", "x", work)
    each = engine.submit("try", "x", lambda job: job.each([("one", None)], 1, work))
    for job in (alone, each):
        assert job.wait(PATIENCE)
    gc.collect()
    assert len(held) == 2
    assert [reference() for reference in held] == [None, None]


def test_two_hundred_jobs_submitted_and_cancelled_at_random_all_end(engine: JobEngine) -> None:
    chance = random.Random(7)  # noqa: S311  # not for secrets

    def failing(job: Job[int]) -> int:
        job.task("x").sleep(0.001)
        raise DumpFailed("no")

    def hooked(job: Job[int]) -> int:
        task = job.task("x")
        with task.on_cancel(lambda: None):
            task.phase("dumping", total=3)
            task.advance(3)
            task.sleep(0.002)
        return 1

    def quick(_job: Job[int]) -> int:
        return 2

    kinds: list[Callable[[Job[int]], int]] = [failing, hooked, quick]

    def submit_and_perhaps_cancel(kind: Callable[[Job[int]], int], *, cancels: bool) -> Job[int]:
        job = engine.submit("try", "x", kind)
        if cancels:
            engine.cancel(job)
        return job

    with ThreadPoolExecutor(4) as users:
        futures = [
            users.submit(submit_and_perhaps_cancel, chance.choice(kinds), cancels=chance.random() < 0.5)
            for _ in range(200)
        ]
        jobs: list[Job[Any]] = [future.result() for future in futures]
    assert all(job.wait(PATIENCE) for job in jobs)
    states = [job.status.state for job in jobs]
    assert len(states) == 200
    assert set(states) == {JobState.OK, JobState.FAILED, JobState.CANCELLED}
    assert sorted(job.id for job in jobs) == list(range(1, 201))
