"""The jobs that wait, in the order in which they will begin. The engine holds its lock around every call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bak_tui.services.jobs.job import Job

Work = Callable[[Job[Any]], Any]


class Queue:
    """Every job in it knows its place, from 1."""

    def __init__(self) -> None:
        self._entries: list[tuple[Job[Any], Work]] = []

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def jobs(self) -> Sequence[Job[Any]]:
        return [job for job, _ in self._entries]

    def add(self, job: Job[Any], work: Work) -> None:
        self._entries.append((job, work))
        self._number()

    def first(self) -> tuple[Job[Any], Work]:
        """Take the first one out."""
        entry = self._entries.pop(0)
        self._number()
        return entry

    def remove(self, job: Job[Any]) -> bool:
        """False when it does not wait any more."""
        entry = next((entry for entry in self._entries if entry[0] is job), None)
        if entry is None:
            return False
        self._entries.remove(entry)
        self._number()
        return True

    def move(self, job: Job[Any], by: int) -> bool:
        """`by` places later, or sooner when negative, as far as there are. False: it does not wait."""
        at = next((index for index, entry in enumerate(self._entries) if entry[0] is job), None)
        if at is None:
            return False
        entry = self._entries.pop(at)
        self._entries.insert(max(0, at + by), entry)
        self._number()
        return True

    def _number(self) -> None:
        for place, (job, _) in enumerate(self._entries, start=1):
            job.place = place
