"""Jobs that have begun and not ended: `begun/<number>.json`, one job a file, gone when it is on record.

kill -9 tidies nothing: a file whose process is gone is how a later run learns of the job. What must stay
true: nobody waits for the disk before a job may begin, a file is replaced whole or not at all, and one that
cannot be read is no job.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from bak_tui.core.errors import FileProblem
from bak_tui.core.jobs import JobId, JobStatus
from bak_tui.core.journal import Life, Process
from bak_tui.core.recorded import RecordedJob, begun_of, died_of, parse_begun
from bak_tui.services.replacing import forget_drafts, replace_file

_SUFFIX = ".json"
_LARGEST = 64 * 1024


class Processes(Protocol):
    """Who lives on this machine."""

    @property
    def this(self) -> Process: ...

    def life_of(self, process: Process, /) -> Life: ...


class BegunJobs:
    """Those of one folder, made when there is something to write."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self._folder = folder
        self._processes = processes

    def keep(self, status: JobStatus) -> None:
        """It waits, or runs now. Raises OSError. What a killed process wrote is kept without an fsync."""
        body = begun_of(status, self._processes.this).model_dump_json(exclude_defaults=True).encode()
        replace_file(self._place(status.id), body, lasts=False)

    def forget(self, number: JobId) -> None:
        """It is on record. Raises OSError."""
        self._place(number).unlink(missing_ok=True)

    def died(self) -> list[RecordedJob]:
        """Those whose process is known to be gone, by number, as they are to be recorded. Raises OSError."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return []
        forget_drafts(self._folder)
        found = []
        for name in names:
            place = self._folder / name
            if not name.endswith(_SUFFIX):
                continue
            try:
                begun = parse_begun(_read(place))
            except (FileProblem, OSError):
                with suppress(OSError):
                    place.unlink()  # cut when the machine lost power: there is nothing in it to be told
                continue
            if self._processes.life_of(begun.process) is Life.DEAD and self._place(begun.id) == place:
                found.append(died_of(begun))
        return sorted(found, key=lambda job: job.number)

    def _place(self, number: int) -> Path:
        return self._folder / f"{number}{_SUFFIX}"


def _read(place: Path) -> bytes:
    handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        return file.read(_LARGEST)
