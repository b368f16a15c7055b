"""The engine: order, width, cancelling, news, and that every job ends."""

from __future__ import annotations

import gc
import random
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from bak_tui.core.errors import BakError, Cancelled, DumpFailed, ExitCode, StoreError
from bak_tui.core.jobs import JobState, JobStatus
from bak_tui.core.outcomes import Report
from bak_tui.services.jobs import Job, JobEngine, Task
from bak_tui.services.jobs.ended import LAST_LINES, LINES
from tests.services.jobs.conftest import our_threads
from tests.waiting import PATIENCE, until


class Gate:
    """Work that tells when it runs and goes on when it is let."""

    def __init__(self, name: str = "x") -> None:
        self.name = name
        self.is_running = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, job: Job[str]) -> str:
        task = job.task(self.name)
        self.is_running.set()
        while not self.may_end.is_set():
            task.sleep(0.01)
        return self.name


def wait_for(event: threading.Event) -> None:
    assert event.wait(PATIENCE)


def state(job: Job[Any]) -> JobState:
    return job.status.state


def blocked(engine: JobEngine, number: int) -> tuple[list[Gate], list[Job[str]]]:
    gates = [Gate(str(index)) for index in range(number)]
    return gates, [engine.submit("try", gate.name, gate) for gate in gates]


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


# -- running -----------------------------------------------------------------------------------------------


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


# -- ending ------------------------------------------------------------------------------------------------


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


# -- cancelling --------------------------------------------------------------------------------------------


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


# -- news --------------------------------------------------------------------------------------------------


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


# -- all together ------------------------------------------------------------------------------------------


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
