"""Threads for requests that must not hold the caller: bounded waits, and nothing that outlives the process.

`concurrent.futures`' own pools join their threads when Python exits, so one stuck request would hold the
exit for a minute; these are daemon threads. What happens in one is handed over whole to who waits for it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Generic, TypeVar

from bak_tui.core.cancellation import Cancellation

T = TypeVar("T")

_LOOK_EVERY = 0.05
"""Seconds between two looks at the cancellation while waiting."""


class Stopped(Exception):
    """Raised in a worker thread when its work is no longer wanted. Never reaches the caller."""


class HandOver(Generic[T]):
    """The thread's boundary: any exception inside goes to the future instead of the thread's excepthook."""

    def __init__(self, future: Future[T]) -> None:
        self._future = future

    def __enter__(self) -> Future[T]:
        return self._future

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            self._future.set_exception(error)
        return True


def in_background(work: Callable[[], T], name: str) -> Future[T]:
    """Run `work` in a daemon thread of that name."""
    future: Future[T] = Future()

    def run() -> None:
        with HandOver(future):
            future.set_result(work())

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


def result_of(future: Future[T], cancellation: Cancellation, deadline: float = math.inf) -> T:
    """The future's result, or its error; raises Cancelled as soon as the job is cancelled.

    TimeoutError at the deadline, by the monotonic clock.
    """
    while not finished(future, _LOOK_EVERY):
        cancellation.check()
        if time.monotonic() >= deadline:
            raise TimeoutError
    return future.result()


def finished(future: Future[T], seconds: float) -> bool:
    """Wait at most that long. True when the future is done, well or badly."""
    return bool(wait((future,), timeout=seconds).done)
