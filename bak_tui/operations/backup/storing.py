"""What is still to be stored when pg_dump has ended: with a slow place that may be the longest part.

Until then the tables tell how far a backup is; after it bytes do, and their number is known.
"""

from __future__ import annotations

import threading

from bak_tui.core.parts import Receipt
from bak_tui.core.wording import plural
from bak_tui.services.jobs import Task


class StoredBytes:
    """Counts what the place has taken. Any thread may call it."""

    def __init__(self, task: Task, *, is_told: bool = False) -> None:
        """`is_told`: bytes tell from the beginning."""
        self._task = task
        self._lock = threading.Lock()
        self._stored = 0
        self._is_told = is_told

    def add(self, amount: int) -> None:
        """So many bytes more were taken; fewer, when they must be sent again."""
        with self._lock:
            self._stored += amount
            if self._is_told:
                self._task.advance(amount)

    def all_that_is_left(self, size: int) -> None:
        """The dump is whole, of `size` bytes, and stored when the place has acknowledged them, also where it
        has taken them all. Raises Cancelled.
        """
        with self._lock:
            self._task.phase("storing", total=size)
            self._task.reach(self._stored)
            self._is_told = True


def tell_retries(task: Task, *receipts: Receipt) -> None:
    """A store that is not well is no failure, but nobody should have to guess why it took so long."""
    retries = sum(receipt.retries for receipt in receipts)
    if retries:
        task.say("bak", f"{plural(retries, 'request')} to the store had to be sent again")
