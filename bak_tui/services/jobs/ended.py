"""What is kept of jobs that have ended, as long as the program runs: their errors and their logs.

A traceback holds its frames, and they all that was in use when it was raised: a store's client, a part of
16 MiB. Nobody reads it any more: an error of ours tells its sentence, a defect was logged. And pg_restore
says several lines of every table: a hundred restores of a thousand tables would be about 150 MB of
them, by an estimate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import Protocol, TypeVar

E = TypeVar("E", bound=BaseException)
LINES = 20_000
"""Of logs, in all jobs that have ended: about 6 MB."""
LAST_LINES = 50
"""… but so many of each: how it ended."""


class Logged(Protocol):
    """As much of a job as is looked at here."""

    @property
    def log(self) -> Sized: ...

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has ended, within `timeout` seconds."""

    def shorten_log(self, most: int) -> None:
        """Keep the last `most` lines."""


def let_go(error: E) -> E:
    """The error as it is, and those it came from, without what their frames hold."""
    seen: set[int] = set()
    found: list[BaseException | None] = [error]
    while found:
        each = found.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = None
        found += [each.__cause__, each.__context__]
    return error


def bound_logs(jobs: Iterable[Logged]) -> None:
    """Of those that have ended the newest, which come last, keep their logs whole while there is room."""
    room = LINES
    for job in reversed([job for job in jobs if job.wait(0)]):
        if len(job.log) > room:
            job.shorten_log(LAST_LINES)
        room -= len(job.log)
