"""Progress by tables, for pg_dump and pg_restore alike: each table weighs what it weighs on the server.

The tools say when they begin a table; how far they are inside it the server is asked, every few seconds, in a
short session of its own. That is a courtesy: where it fails, progress moves by whole tables, and nothing else
changes. A table is never done before the next one begins, and nothing goes back.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from bak_tui.core.copies import RunningCopy
from bak_tui.core.errors import BakError
from bak_tui.services.jobs import Task

_FIRST_LOOK = 2.0
"""Seconds; a short dump is not asked after at all."""
_LONGEST_PAUSE = 10.0
_SLOWER_BY = 1 / 30
"""A job of five minutes is looked at every ten seconds."""
_ALMOST = 0.99
_PATIENCE = 5.0

Look = Callable[[], tuple[RunningCopy, ...] | None]
"""What is copied now; None when the server cannot tell."""


class TableProgress:
    """Told when a table begins; with `width` workers the one begun `width` tables ago counts as done."""

    def __init__(
        self,
        task: Task,
        weights: Mapping[str, int],
        width: int = 1,
        rows: Mapping[str, int | None] | None = None,
    ) -> None:
        """`weights` in bytes, by `schema.name`; `rows` how many a table will have, where that is known."""
        self._task = task
        self._weights = weights
        self._width = width
        self._rows = rows or {}
        self._in_work: deque[str] = deque()
        self._finished = 0
        self._is_over = False
        self._lock = threading.Lock()

    def begin(self, table: str) -> None:
        """`table` is `schema.name`, as the tools print it."""
        with self._lock:
            if len(self._in_work) == self._width:
                self._finished += self._weights.get(self._in_work.popleft(), 0)
            self._in_work.append(table)
            self._reach(self._finished)
        self._task.working_on(table)

    def copying(self, copies: Iterable[RunningCopy]) -> None:
        """How far the tables in work are."""
        with self._lock:
            inside = sum(self._done(copy) for copy in copies if copy.table in self._in_work)
            self._reach(self._finished + inside)

    def end(self) -> None:
        """All tables are through: what comes now tells how far it is itself."""
        with self._lock:
            self._is_over = True

    def _reach(self, done: int) -> None:
        if not self._is_over:
            self._task.reach(done)

    @contextmanager
    def watching(self, look: Look, *, first: float = _FIRST_LOOK) -> Iterator[None]:
        """Ask while inside, from a thread; when this is left nothing is asked any more and no session open.

        Only a server that has fallen silent can keep one longer than its time-outs; that is not waited for.
        """
        ended = threading.Event()
        thread = threading.Thread(
            target=self._watch, args=(look, first, ended), name="bak-copies", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(_PATIENCE)

    def _watch(self, look: Look, first: float, ended: threading.Event) -> None:
        began = time.monotonic()
        pause = first
        while not ended.wait(pause):
            try:
                copies = look()
            except BakError:
                return
            if copies is None:
                return
            self.copying(copies)
            pause = min(_LONGEST_PAUSE, first + (time.monotonic() - began) * _SLOWER_BY)

    def _done(self, copy: RunningCopy) -> int:
        """Bytes of the table's weight: by rows where their number is known, else by the text's length."""
        weight = self._weights.get(copy.table, 0)
        expected = self._rows.get(copy.table) or copy.expected_rows
        share = copy.rows / expected if expected else copy.bytes / max(1, weight)
        return int(weight * min(share, _ALMOST))
