"""One job: what a front end holds of it, and what its operation reports to."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from bak_tui.core.errors import BakError, Cancelled, defect
from bak_tui.core.foreign import visible
from bak_tui.core.jobs import REPEATABLE, JobId, JobState, JobStatus, LogLine
from bak_tui.core.outcomes import LEFT_NOTHING, Outcome, Report
from bak_tui.core.wording import duration
from bak_tui.services.jobs.ended import let_go
from bak_tui.services.jobs.rate import RateHistory, RateMeter
from bak_tui.services.jobs.task import CancelSwitch, Task

_log = logging.getLogger(__name__)
_KEPT_LINES = 5000
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Job(Generic[R]):
    """A numbered operation in a thread of its own."""

    def __init__(
        self,
        number: JobId,
        verb: str,
        what: str,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        changed: Callable[[], None],
        profile: str = "",
        ended: Callable[[JobStatus, Report[Any] | None, Sequence[LogLine]], None] = lambda *_: None,
    ) -> None:
        self.id = number
        self.verb = verb
        self.what = visible(what)
        self.profile = visible(profile)
        self.place = 0
        """In the queue; the engine's to set."""
        self._tell_end = ended
        self._now = now
        self._monotonic = monotonic
        self._changed = changed
        self._switch = CancelSwitch()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._state = JobState.WAIT
        self._tasks: list[Task] = []
        self._meter = RateMeter()
        self._rates = RateHistory()
        self._submitted = now()
        self._started: datetime | None = None
        self._finished: datetime | None = None
        self._error: BakError | None = None
        self._result: R | None = None
        self._outcome = ""
        self._lines: deque[LogLine] = deque(maxlen=_KEPT_LINES)

    # -- for front ends ------------------------------------------------------------------------------

    @property
    def status(self) -> JobStatus:
        """The job as it stands now."""
        with self._lock:
            tasks = tuple(task.status for task in self._tasks)
            now, done = self._monotonic(), sum(task.done for task in tasks)
            self._meter.sample(now, done)
            if self._state is JobState.RUN:
                self._rates.sample(now, done)
            return JobStatus(
                id=self.id,
                verb=self.verb,
                what=self.what,
                state=self._state,
                tasks=tasks,
                rate=self._meter.rate if self._state is JobState.RUN else None,
                warnings=tuple(warning for task in self._tasks for warning in task.warnings),
                error=self._error,
                outcome=self._outcome,
                submitted=self._submitted,
                started=self._started,
                finished=self._finished,
                profile=self.profile,
                place=self.place if self._state is JobState.WAIT else 0,
                may_repeat=self._state.is_final and self.verb in REPEATABLE,
                rates=self._rates.each,
            )

    def cancel(self) -> None:
        """Ask it to stop; returns at once. What runs is undone on the job's own thread."""
        with self._lock:
            if self._state.is_final:
                return
            if self._state is JobState.RUN:
                self._state = JobState.CANCELLING
        self._switch.throw()
        self._changed()

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has ended, within `timeout` seconds."""
        return self._ended.wait(timeout)

    def result(self) -> R:
        """Wait for the end; the operation's result, or its error raised."""
        self._ended.wait()
        if self._error is not None:
            raise self._error
        return cast("R", self._result)

    @property
    def log(self) -> tuple[LogLine, ...]:
        """The last few thousand lines said in it, oldest first."""
        return tuple(self._lines)

    def shorten_log(self, most: int) -> None:
        """Keep the last `most` lines, and say that there were others. Only of a job that has ended."""
        lines = self.log
        if len(lines) > most + 1:  # one tells of the others
            first = lines[-most]
            said = f"{len(lines) - most:,} lines before this one are no longer kept: others have ended since"
            self._lines = deque([LogLine(first.at, "bak", said), *lines[-most:]])

    # -- for operations ------------------------------------------------------------------------------

    def task(self, subject: str) -> Task:
        """A share of the work with a progress of its own."""
        task = Task(subject, self._switch, self._changed, self._say)
        with self._lock:
            self._tasks.append(task)
        self._changed()
        return task

    def each(self, subjects: Sequence[tuple[str, S]], width: int, work: Callable[[Task, S], T]) -> Report[T]:
        """Do `work` for every named subject, `width` at once; one that fails does not stop the others.

        A worker thread lives until all are done: children started in it are told by the kernel when
        their starting thread ends.
        """
        tasks = [self.task(name) for name, _ in subjects]
        with ThreadPoolExecutor(max(1, width), thread_name_prefix=f"bak-{self.id}") as pool:
            futures = [
                pool.submit(_attempt, task, subject, work)
                for task, (_, subject) in zip(tasks, subjects, strict=True)
            ]
        return Report(
            tuple(
                _outcome_of(task.status.subject, future) for task, future in zip(tasks, futures, strict=True)
            )
        )

    def apart(self, call: Callable[[], T]) -> T:
        """Make a call that cannot be interrupted; a cancelled job waits no longer. See `CancelSwitch`."""
        return self._switch.apart(call)

    def beside(self, call: Callable[[], T]) -> Callable[[], T]:
        """Begin such a call and go on; what is given back waits for what it gives. See `CancelSwitch`."""
        return self._switch.beside(call)

    # -- for the engine ------------------------------------------------------------------------------

    def start(self) -> bool:
        """WAIT → RUN; False when it was cancelled while waiting."""
        with self._lock:
            if self._switch.is_thrown:
                return False
            self._state = JobState.RUN
            self._started = self._now()
        self._changed()
        return True

    def finish(self, state: JobState, *, result: R | None = None, error: BakError | None = None) -> None:
        """The end, once: nothing changes after it. Whoever waits for it is told when it is on record."""
        with self._lock:
            self._state = state
            self._result = result
            self._error = let_go(error) if error is not None else None
            self._finished = self._now()
            self._outcome = self._sentence()
        self._say("bak", f"{state}: {self._outcome}", state is JobState.FAILED)
        try:
            self._tell_end(self.status, result if isinstance(result, Report) else None, self.log)
        finally:
            self._ended.set()
            self._changed()

    def _say(self, source: str, text: str, is_error: bool, subject: str = "") -> None:
        self._lines.append(LogLine(self._now(), source, text, is_error, subject))

    def _sentence(self) -> str:
        """What came of it, as one sentence of facts."""
        seconds = 0.0
        if self._started is not None and self._finished is not None:
            seconds = (self._finished - self._started).total_seconds()
        if isinstance(self._error, Cancelled):
            if self._started is None:
                return "cancelled while it waited"
            left = f"; {self._error.left}" if self._error.left else ""
            return f"cancelled after {duration(seconds)}{left}"
        if self._error is not None:
            return str(self._error)
        return self._result.sentence(self.verb, seconds) if isinstance(self._result, Report) else ""


def _outcome_of(subject: str, future: Future[Outcome[T]]) -> Outcome[T]:
    """A defect in one database must not hide what became of the others."""
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, Exception):
        raise error
    _log.error("the work on %s broke", subject, exc_info=error)
    return Outcome(subject, error=let_go(defect(subject, error)))


def _attempt(task: Task, subject: S, work: Callable[[Task, S], T]) -> Outcome[T]:
    name = task.status.subject
    outcome: Outcome[T]
    try:
        if task.is_cancelled:
            raise Cancelled(left=LEFT_NOTHING)
        outcome = Outcome(name, result=work(task, subject), warnings=task.warnings)
    except BakError as error:
        outcome = Outcome(name, error=let_go(error), warnings=task.warnings)
    task.end(outcome.state)
    return outcome
