"""What single jobs have left to be looked at: `counts/<number>.json` and `logs/<number>.log`.

It stands beside the history and not in it, of the newest jobs only, so that a thousand lines of each are read
only when somebody looks at that job. What must stay true: what cannot be read is as good as none.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.errors import FileProblem
from bak_tui.core.jobs import LogLine
from bak_tui.core.recorded_counts import JobCounts, parse_counts
from bak_tui.core.recorded_log import LONGEST, parse_log
from bak_tui.services.reading import read_whole
from bak_tui.services.replacing import forget_drafts, replace_file

KEPT = 200
"""Jobs of each kind; what older ones have left goes, their records stay."""
_COUNTS = "counts"
_LOGS = "logs"
_LARGEST_COUNTS = 16 << 20
"""Bytes; the most tables there may be, with the longest names, have about six million."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Kind:
    """One kind of files: a folder, and how their names end."""

    folder: Path
    suffix: str
    kept: int

    def place(self, number: int) -> Path:
        return self.folder / f"{number}{self.suffix}"

    def keep(self, number: int, body: bytes) -> None:
        """Write it, and forget the oldest; what a dead machine lost of it is no loss. Raises OSError."""
        replace_file(self.place(number), body, lasts=False)
        names = [each.removesuffix(self.suffix) for each in os.listdir(self.folder)]
        numbers = sorted(int(name) for name in names if name.isascii() and name.isdigit())
        for old in numbers[: -self.kept]:
            with suppress(OSError):
                self.place(old).unlink()

    def read(self, number: int, largest: int) -> bytes | None:
        """What one job has left; None when there is nothing, or it cannot be read."""
        place = self.place(number)
        try:
            return read_whole(place, largest)
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("%s cannot be read: %s", place, error.strerror or error)
            return None


class JobFiles:
    """Those below one folder."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._counts = _Kind(folder / _COUNTS, ".json", kept)
        self._logs = _Kind(folder / _LOGS, ".log", kept)

    @property
    def folders(self) -> tuple[Path, ...]:
        """That must be there before anything is kept."""
        return (self._counts.folder, self._logs.folder)

    def forget_drafts(self) -> None:
        """What a killed process was writing here. Raises nothing."""
        for folder in self.folders:
            forget_drafts(folder)

    def keep(self, number: int, counts: JobCounts | None, log: bytes) -> None:
        """What a job that has ended leaves. Raises OSError."""
        if log:
            self._logs.keep(number, log)
        if counts is not None:
            self._counts.keep(number, counts.model_dump_json().encode())

    def counts(self, number: int) -> JobCounts | None:
        """What a job has counted table by table; None when that is not kept."""
        body = self._counts.read(number, _LARGEST_COUNTS)
        try:
            return parse_counts(body) if body is not None else None
        except FileProblem as error:
            _log.warning("%s: %s", self._counts.place(number), error)
            return None

    def log(self, number: int) -> tuple[LogLine, ...]:
        """What was said in it; nothing when that is not kept."""
        return parse_log(self._logs.read(number, LONGEST) or b"")

    def log_place(self, number: int) -> Path | None:
        """Where its log lies; None when it is not kept."""
        place = self._logs.place(number)
        with suppress(OSError):
            place.stat()
            return place
        return None
