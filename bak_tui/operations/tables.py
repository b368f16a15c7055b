"""Progress by tables, for pg_dump and pg_restore alike: each table weighs what it weighs on the server."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from bak_tui.services.jobs import Task


class TableProgress:
    """Told when a table begins; with `width` workers the one begun `width` tables ago counts as done."""

    def __init__(self, task: Task, weights: Mapping[str, int], width: int = 1) -> None:
        self._task = task
        self._weights = weights
        self._width = width
        self._in_work: deque[str] = deque()

    def begin(self, table: str) -> None:
        """`table` is `schema.name`, as the tools print it."""
        if len(self._in_work) == self._width:
            self._task.advance(self._weights.get(self._in_work.popleft(), 0))
        self._in_work.append(table)
        self._task.working_on(table)
