"""Several things done at once in threads; the first that fails gives the others up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import Cancelled

T = TypeVar("T")
R = TypeVar("R")
LOOK_EVERY = 0.1
"""Seconds between two looks at what runs."""


class GivenUp:
    """The job was cancelled, or somebody has given the whole up."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self._is_given_up = threading.Event()

    def give_up(self) -> None:
        self._is_given_up.set()

    def check(self) -> None:
        if self._is_given_up.is_set():
            raise Cancelled
        self._cancellation.check()

    def sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            self._is_given_up.wait(min(left, LOOK_EVERY))
        self.check()


def side_by_side(
    items: Sequence[T], width: int, cancellation: Cancellation, work: Callable[[T, Cancellation], R]
) -> list[R]:
    """`work` on each, so many at once; what they gave, in order. Raises what the first to fail raised."""
    together = GivenUp(cancellation)
    with ThreadPoolExecutor(max(1, width), "bak-side-by-side") as pool:
        doing = [pool.submit(work, item, together) for item in items]
        try:
            while wait(doing, timeout=LOOK_EVERY, return_when=FIRST_EXCEPTION).not_done:
                cancellation.check()
                for each in doing:
                    if each.done():
                        each.result()
            return [each.result() for each in doing]
        finally:
            together.give_up()
            for each in doing:
                each.cancel()
