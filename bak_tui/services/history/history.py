"""What became of every job, over restarts: one JSON line a finished job, and the last number given.

A job whose process died is put on record by the first who reads the history after that.

Several processes write at once, and any of them may be killed at any moment. So: every change is made under
one lock and is on disk before it counts; a line is only ever appended; the file is rewritten whole or not at
all, and then a line that cannot be read is put aside, not dropped. Nobody but the user can read it.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bak_tui.core.errors import BakError, FileProblem
from bak_tui.core.jobs import JobStatus, LogLine
from bak_tui.core.outcomes import Report
from bak_tui.core.recorded import RecordedJob, parse_job, record_of
from bak_tui.core.recorded_counts import counts_of
from bak_tui.core.recorded_log import log_body
from bak_tui.services.history.begun import BegunJobs, Processes
from bak_tui.services.history.job_files import JobFiles
from bak_tui.services.reading import read_whole
from bak_tui.services.replacing import make_folder, replace_file

KEPT = 10_000
"""Jobs; older ones are forgotten."""

_LOCK_SECONDS = 5.0
_LONGEST_NUMBER = 15
"""Digits; a record's number has no more."""
_LONGEST_HISTORY = 256 << 20
"""Bytes; ten thousand jobs of some databases have a tenth of it."""
_JOBS = "history.jsonl"
_DAMAGED = "history.damaged.jsonl"
_NUMBER = "last-job"
_LOCK = "history.lock"
_BEGUN = "begun"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PastJobs:
    """What the history tells."""

    jobs: tuple[RecordedJob, ...]
    """Newest first."""
    problems: tuple[str, ...] = ()
    """Sentences on what could not be read."""
    died: tuple[RecordedJob, ...] = ()
    """Those of them that were found to have died with their process, and are told for the first time."""
    files: JobFiles | None = None
    """Where the newest of them have left their logs and what they counted; None without a history."""


class History:
    """The history in one folder, made when there is something to write. Fits the engine's Recorder."""

    def __init__(self, folder: Path, *, kept: int = KEPT, processes: Processes | None = None) -> None:
        """Without `processes` no job is missed when this process dies."""
        self.folder = folder
        self._kept = kept
        self._begun = BegunJobs(folder / _BEGUN, processes) if processes else None
        self._files = JobFiles(folder)

    def next_number(self) -> int:
        """A number that no job on this machine has had. Raises FileProblem."""
        with self._locked():
            number = self._last_number() + 1
            replace_file(self.folder / _NUMBER, f"{number}\n".encode())
        return number

    def begin(self, status: JobStatus) -> None:
        """Know of a job that waits or runs, should it never be recorded. Raises FileProblem."""
        if self._begun is not None:
            with self._complaining():
                make_folder(self.folder / _BEGUN)
                self._begun.keep(status)

    def record(self, status: JobStatus, report: Report[Any] | None, log: Sequence[LogLine] = ()) -> None:
        """Keep what became of a job; it is on disk when this returns. Raises FileProblem."""
        record = record_of(status, report, host=socket.gethostname(), pid=os.getpid())
        line = record.model_dump_json(exclude_defaults=True).encode()
        counts, body = counts_of(report) if report is not None else None, log_body(log)
        with self._locked():
            self._append(_JOBS, line)
            if self._begun is not None:
                self._begun.forget(status.id)
            if record.number % max(1, self._kept // 20) == 0:
                self._forget_the_oldest()
            if counts is not None or body:
                for folder in self._files.folders:
                    make_folder(folder)
                self._files.keep(record.number, counts, body)

    def read(self, last: int | None = None) -> PastJobs:
        """The newest jobs, at most `last`. What cannot be read is told, not raised."""
        if not any((self.folder / name).exists() for name in (_JOBS, _BEGUN)):
            return PastJobs(())
        try:
            with self._locked():
                good, bad = _sorted_out(self._lines())
                died = self._take_in_the_dead({job.number for _, job in good})
                self._files.forget_drafts()
        except BakError as error:
            return PastJobs((), (str(error),))
        known = [*(job for _, job in good), *died]
        jobs = sorted(known, key=lambda job: -job.number)[: self._kept]
        shown = tuple(jobs if last is None else jobs[:last])
        return PastJobs(shown, self._problems(bad), died, self._files)

    def _take_in_the_dead(self, known: set[int]) -> tuple[RecordedJob, ...]:
        """Put on record who died. One that was killed just after its record is on record already."""
        if self._begun is None:
            return ()
        found = self._begun.died()
        died = tuple(job for job in found if job.number not in known)
        for job in died:
            self._append(_JOBS, job.model_dump_json(exclude_defaults=True).encode())
        for job in found:
            self._begun.forget(job.status.id)
        return died

    def _problems(self, bad: list[tuple[int, bytes]]) -> tuple[str, ...]:
        problems = []
        if bad:
            where = self.folder / _JOBS
            problems.append(f"{where}: {len(bad)} of its lines cannot be read, the first is {bad[0][0]}")
        if (self.folder / _DAMAGED).exists():
            problems.append(f"{self.folder / _DAMAGED} keeps lines that could not be read")
        return tuple(problems)

    def _last_number(self) -> int:
        """The last one given; where that is not known any more, the highest one recorded."""
        place = self.folder / _NUMBER
        try:
            written = read_whole(place, _LONGEST_HISTORY).strip()
        except FileNotFoundError:
            written = None
        if written is not None:
            if written.isdigit() and len(written) <= _LONGEST_NUMBER:
                return int(written)
            aside = place.with_name(f"{_NUMBER}.damaged-{secrets.token_hex(4)}")
            place.rename(aside)
            _log.warning("%s could not be read and is kept as %s", place, aside)
        good, _ = _sorted_out(self._lines())
        return max((job.number for _, job in good), default=0)

    def _forget_the_oldest(self) -> None:
        good, bad = _sorted_out(self._lines())
        if len(good) <= self._kept:
            return
        for _, line in bad:
            self._append(_DAMAGED, line)
        replace_file(self.folder / _JOBS, b"".join(line + b"\n" for line, _ in good[-self._kept :]))

    def _lines(self) -> list[bytes]:
        try:
            return read_whole(self.folder / _JOBS, _LONGEST_HISTORY).split(b"\n")
        except FileNotFoundError:
            return []

    def _append(self, name: str, line: bytes) -> None:
        handle = os.open(self.folder / name, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            status = os.fstat(handle)
            if stat.S_ISREG(status.st_mode):  # a link to /dev/null must not take it from everybody else
                os.fchmod(handle, 0o600)
            size = status.st_size
            # Whoever wrote before may have been killed within its line.
            is_cut = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            _write(handle, b"\n" * is_cut + line + b"\n")
        finally:
            os.close(handle)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes and threads."""
        from filelock import FileLock

        with self._complaining():
            make_folder(self.folder)
            with FileLock(self.folder / _LOCK, timeout=_LOCK_SECONDS, mode=0o600):
                yield

    @contextmanager
    def _complaining(self) -> Iterator[None]:
        """The operating system's complaints in our words."""
        from filelock import Timeout

        try:
            yield
        except Timeout as error:
            raise FileProblem(
                f"the job history in {self.folder} is locked by another process", kind="history_locked"
            ) from error
        except OSError as error:
            raise FileProblem(
                f"the job history cannot be used: {error.filename or self.folder}: {error.strerror}",
                hint="BAK_STATE_DIR names another folder for it",
            ) from error


def _write(handle: int, content: bytes) -> None:
    """All of it, on disk when this returns."""
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
    os.fsync(handle)


def _sorted_out(lines: list[bytes]) -> tuple[list[tuple[bytes, RecordedJob]], list[tuple[int, bytes]]]:
    """Lines that can be read, with what they say; and those that cannot, with their numbers."""
    good: list[tuple[bytes, RecordedJob]] = []
    bad: list[tuple[int, bytes]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            good.append((line, parse_job(line)))
        except FileProblem:
            bad.append((number, line))
    return good, bad
