"""What a key must ask a server, a bucket or a file before its dialog can say what it is about.

It takes as long as the time-outs underneath allow. What is typed meanwhile is the dialog's and waits for it
(`typeahead`); escape gives the question up.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from textual.screen import Screen
from textual.worker import WorkerCancelled, WorkerFailed

from bak_tui.core.errors import Cancelled

T = TypeVar("T")

ASKED = "asked"
"""The group of the workers that wait for an answer, and for nothing else."""
DROPPING = "dropping"
"""The group of what drops one database after the other, each by its typed name: that is not given up."""


class Wanted:
    """What a thread is asked for inside of it; once it is left nobody waits for the answer any more.

    The cancellation of a service that is asked by no job.
    """

    def __init__(self) -> None:
        self._is_over = threading.Event()

    def __enter__(self) -> Wanted:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()

    def check(self) -> None:
        if self._is_over.is_set():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        if self._is_over.wait(seconds):
            raise Cancelled


async def answered(screen: Screen[Any], question: Callable[[], T]) -> T:
    """The answer, from a thread; to be called by a worker.

    Raises Cancelled when it was given up, and what the question raises.
    """
    answer: Coroutine[None, None, T] = asyncio.to_thread(question)
    asked = screen.run_worker(answer, group=ASKED, description="-", exit_on_error=False)
    try:
        return await asked.wait()
    except WorkerCancelled:
        raise Cancelled("given up") from None
    except WorkerFailed as failed:
        raise failed.error from failed.error.__cause__
