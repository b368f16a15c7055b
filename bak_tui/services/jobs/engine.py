"""Threads for jobs, a queue before them, and news of them to whoever listens."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from bak_tui.core.errors import BakError, Cancelled, UsageError, defect
from bak_tui.core.jobs import REPEATABLE, JobId, JobState, JobStatus, LogLine
from bak_tui.core.outcomes import Report
from bak_tui.services.jobs.ended import bound_logs
from bak_tui.services.jobs.job import Job
from bak_tui.services.jobs.queue import Queue, Work

R = TypeVar("R")
Listener = Callable[[JobStatus], None]

_log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Recorder(Protocol):
    """Numbers jobs and keeps what became of them. May raise BakError: a job does not fail for it."""

    def next_number(self) -> int:
        """A number no job has had."""

    def begin(self, status: JobStatus) -> None:
        """A job waits or runs; called before anything is done for it."""

    def record(self, status: JobStatus, report: Report[Any] | None, log: Sequence[LogLine] = ...) -> None:
        """A job has ended, and its log with it; called before anybody is told."""


class NoRecord:
    """Numbers from 1, and keeps nothing."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next_number(self) -> int:
        return next(self._numbers)

    def begin(self, status: JobStatus) -> None:
        del status

    def record(self, status: JobStatus, report: Report[Any] | None, log: Sequence[LogLine] = ()) -> None:
        del status, report, log


class JobEngine:
    """Runs up to `width` jobs at once, each in its own thread; the rest wait in order.

    Listeners get a job's status once in `pace` seconds at most, and always its last one. They are called
    from the engine's news thread and must not block.
    """

    def __init__(
        self,
        *,
        width: int = 4,
        now: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        recorder: Recorder | None = None,
        pace: float = 0.1,
    ) -> None:
        self._width = width
        self._pace = pace
        self._recorder = recorder or NoRecord()
        self._now = now
        self._monotonic = monotonic
        self._last = 0
        self._numbering = threading.Lock()
        self._lock = threading.Lock()
        self._waiting = Queue()
        self._works: dict[JobId, Work] = {}
        """What each job that may be repeated was to do."""
        self._running: dict[JobId, threading.Thread] = {}
        self._jobs: dict[JobId, Job[Any]] = {}
        self._listeners: list[Listener] = []
        self._dirty: dict[JobId, Job[Any]] = {}
        self._news = threading.Condition()
        self._closed = threading.Event()
        self._publisher = threading.Thread(target=self._publish, name="bak-news", daemon=True)
        self._publisher.start()

    @property
    def jobs(self) -> tuple[Job[Any], ...]:
        """Every job of this session, oldest first."""
        with self._lock:
            return tuple(self._jobs.values())

    def submit(self, verb: str, what: str, work: Callable[[Job[R]], R], *, profile: str = "") -> Job[R]:
        """Queue `work`; it runs as soon as there is room."""
        number = self._number()
        job: Job[R] = Job(
            number,
            verb,
            what,
            now=self._now,
            monotonic=self._monotonic,
            changed=lambda: self._mark(number),
            profile=profile,
            ended=self._record,
        )
        self._begin(job)
        with self._lock:
            self._jobs[number] = job
            if verb in REPEATABLE:
                self._works[number] = work
            self._waiting.add(job, work)
        self._mark(number)
        self._dispatch()
        return job

    def cancel(self, job: Job[Any]) -> None:
        """Cancel it; one that still waits ends at once."""
        with self._lock:
            has_waited = self._waiting.remove(job)
        job.cancel()
        if has_waited:
            job.finish(JobState.CANCELLED, error=Cancelled())
            self._mark_waiting()

    def move(self, job: Job[Any], by: int) -> bool:
        """Let it begin `by` places later, or sooner when negative; False when it does not wait."""
        with self._lock:
            has_moved = self._waiting.move(job, by)
        self._mark_waiting()
        return has_moved

    def again(self, job: Job[Any]) -> Job[Any]:
        """The same work once more, as a job of its own. Raises UsageError for a verb that may destroy."""
        work = self._works.get(job.id)
        if work is None:
            raise UsageError(f"{job.verb} is not repeated unasked", hint="decide on it anew")
        return self.submit(job.verb, job.what, work, profile=job.profile)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of every change; the returned call ends that."""
        with self._news:
            self._listeners.append(listener)
        return lambda: self._unsubscribe(listener)

    def close(self) -> None:
        """Cancel what runs or waits, and return when all of it is cleaned up."""
        # The newest first: what waits must not begin because something before it has ended.
        for job in reversed(self.jobs):
            self.cancel(job)
        while threads := self._alive():
            for thread in threads:
                thread.join()
        with self._news:
            self._closed.set()
            self._news.notify_all()
        self._publisher.join()

    def _number(self) -> JobId:
        """The recorder's next number; one of our own where it has none, never one twice."""
        with self._numbering:  # from asking to remembering, or two could take each other's
            try:
                number = self._recorder.next_number()
            except BakError as error:
                _log.warning("jobs cannot be numbered: %s", error)
                number = 0
            self._last = max(number, self._last + 1)
            return JobId(self._last)

    def _begin(self, job: Job[Any]) -> None:
        try:
            self._recorder.begin(job.status)
        except BakError as error:
            _log.warning("job %s will not be missed: %s", job.id, error)

    def _record(self, status: JobStatus, report: Report[Any] | None, log: Sequence[LogLine]) -> None:
        try:
            self._recorder.record(status, report, log)
        except BakError as error:
            _log.warning("job %s is not in the history: %s", status.id, error)

    def _alive(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._running.values())

    def _unsubscribe(self, listener: Listener) -> None:
        with self._news:
            self._listeners.remove(listener)

    def _dispatch(self) -> None:
        with self._lock:
            while self._waiting and len(self._running) < self._width:
                job, work = self._waiting.first()
                thread = threading.Thread(
                    target=self._run, args=(job, work), name=f"bak-{job.id}", daemon=True
                )
                self._running[job.id] = thread
                thread.start()

        self._mark_waiting()

    def _mark_waiting(self) -> None:
        """Each has another place in the queue now."""
        with self._lock:
            waiting = self._waiting.jobs
        for job in waiting:
            self._mark(job.id)

    def _run(self, job: Job[Any], work: Work) -> None:
        try:
            if not job.start():
                raise Cancelled
            self._begin(job)
            result = work(job)
            job.finish(result.state if isinstance(result, Report) else JobState.OK, result=result)
        except Cancelled as error:
            job.finish(JobState.CANCELLED, error=error)
        except BakError as error:
            job.finish(JobState.FAILED, error=error)
        except Exception as error:  # noqa: BLE001  # the thread boundary: nothing may end unseen
            _log.exception("job %s (%s) broke", job.id, job.verb)
            job.finish(JobState.FAILED, error=defect(job.verb, error))
        finally:
            with self._lock:
                del self._running[job.id]
            bound_logs(self.jobs)
            self._dispatch()

    def _mark(self, number: JobId) -> None:
        with self._news:
            job = self._jobs.get(number)
            if job is not None:
                self._dirty[number] = job
                self._news.notify_all()

    def _publish(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._dirty or self._closed.is_set())
                if not self._dirty:
                    return
                changed, self._dirty = list(self._dirty.values()), {}
                listeners = tuple(self._listeners)
            for job in changed:
                status = job.status
                for listener in listeners:
                    self._tell(listener, status)
            self._closed.wait(self._pace)

    @staticmethod
    def _tell(listener: Listener, status: JobStatus) -> None:
        try:
            listener(status)
        except Exception:  # noqa: BLE001  # one bad listener must not silence the others
            _log.exception("a listener failed on job %s", status.id)
