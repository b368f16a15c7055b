"""What a job tells about itself: one immutable status, computed once, drawn by every front end.

A job goes   WAIT ─► RUN ─► OK | WARN | FAILED
               │      │
               │      └─► CANCELLING ─► CANCELLED   (or OK/WARN/FAILED when it ended first)
               └────────────────────► CANCELLED

A job has tasks, one per database (or file); their work adds up to the job's. An unknown total is None
and is shown as unknown, never faked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bak_tui.core.errors import BakError

JobId = NewType("JobId", int)

REPEATABLE = frozenset({"backup", "dump", "upload", "download", "verify", "prove"})
"""Verbs that destroy nothing. A restore is decided anew each time: what is there now may be another."""


class JobState(StrEnum):
    """The words of the screens, and of `--json` in lower case."""

    WAIT = "WAIT"
    RUN = "RUN"
    CANCELLING = "CANCELLING"
    OK = "OK"
    WARN = "WARN"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        return self in {JobState.OK, JobState.WARN, JobState.FAILED, JobState.CANCELLED}

    @property
    def may_be_cancelled(self) -> bool:
        """Whether asking it to stop does anything: it has neither ended nor been asked before."""
        return self in {JobState.WAIT, JobState.RUN}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a job's log."""

    at: datetime
    source: str
    """`bak`, `pg_dump` or `pg_restore`."""
    text: str
    is_error: bool = False
    subject: str = ""
    """The database (or file) it is about; empty when it is about the whole job."""


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """One database's (or file's) share of a job."""

    subject: str
    phase: str = ""
    """A gerund: `dumping`, `uploading`, `comparing`; empty before it starts."""
    done: int = 0
    """Bytes of work."""
    total: int | None = None
    """Bytes of work, None when unknown."""
    is_estimate: bool = False
    """Whether `total` rests on an estimate: percentages then carry `~`."""
    current: str = ""
    """The table (or file) in work."""
    state: JobState = JobState.WAIT


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job at one moment."""

    id: JobId
    verb: str
    what: str
    state: JobState
    tasks: tuple[TaskStatus, ...] = ()
    rate: float | None = None
    """Bytes a second over the last seconds; None when not moving."""
    warnings: tuple[str, ...] = ()
    error: BakError | None = None
    outcome: str = ""
    """One sentence of facts, once the state is final."""
    submitted: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    profile: str = ""
    """The name of the profile it worked for."""
    place: int = 0
    """In the queue, from 1; 0 when it does not wait."""
    may_repeat: bool = False
    """Whether the very same can be done again without asking: it has ended, and destroys nothing."""
    rates: tuple[float, ...] = ()
    """Bytes a second in each of the last seconds, oldest first."""

    @property
    def done(self) -> int:
        """Bytes of work done, over all tasks."""
        return sum(task.done for task in self.tasks)

    @property
    def total(self) -> int | None:
        """Bytes of work in all; None while the total of any task that has not ended is unknown."""
        totals = [task.done if task.state.is_final else task.total for task in self.tasks]
        if not totals or None in totals:
            return None
        return sum(total for total in totals if total is not None)

    @property
    def is_estimate(self) -> bool:
        return any(task.is_estimate for task in self.tasks)

    @property
    def fraction(self) -> float | None:
        """0 to 1; below 1 until the state is final, None when unknown."""
        if self.state in {JobState.OK, JobState.WARN}:
            return 1.0
        if not self.total:
            return None
        return min(self.done / self.total, 0.99)

    @property
    def seconds_left(self) -> float | None:
        """From the present rate; None when unknown, also when more was done than was estimated."""
        if self.state is not JobState.RUN or not self.rate or self.total is None or self.done >= self.total:
            return None
        return (self.total - self.done) / self.rate
