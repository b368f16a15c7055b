"""The journal in the state folder: `journal/<id>.json`, one entry a file, so that processes share no file.

What must stay true: an entry is on the disk before the thing it speaks of exists; it is replaced whole or not
at all; a damaged one is named and kept aside; nobody but the user can read it. A journal that cannot be
written keeps no backup from being made: `problem` then says so, once.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bak_tui.core.errors import FileProblem
from bak_tui.core.journal import Entry, Life, Trace, UploadTrace, parse_entry
from bak_tui.core.objects import OpenUpload
from bak_tui.services.journal.process import ProcessTable
from bak_tui.services.replacing import forget_drafts, make_folder, replace_file

_FOLDER = "journal"
_SUFFIX = ".json"
_DAMAGED = ".damaged"
_LARGEST = 64 * 1024
"""Bytes; an entry has some hundred, and a key at most a thousand."""


@dataclass(frozen=True, slots=True)
class PastEntries:
    """What the journal holds now."""

    entries: tuple[tuple[Entry, Life], ...]
    """Oldest first."""
    problems: tuple[str, ...] = ()
    """Sentences on what could not be read."""


class OpenEntry:
    """An entry while its thing is in the making. Gone when left, unless something remains."""

    def __init__(self, journal: Journal, entry: Entry) -> None:
        self._journal = journal
        self._entry = entry

    @property
    def trace(self) -> Trace:
        return self._entry.trace

    @property
    def token(self) -> str:
        """What the object is to bear as metadata; empty for what is no object."""
        return self.trace.token if isinstance(self.trace, UploadTrace) else ""

    def begun(self, upload: OpenUpload, /) -> None:
        """S3 has given the upload its id; on disk when this returns."""
        trace = self._entry.trace
        if isinstance(trace, UploadTrace):
            self._change(replace(self._entry, trace=replace(trace, upload_id=upload.upload_id)))

    @property
    def has_lost_answer(self) -> bool:
        """Whether there may be uploads whose ids nobody knows."""
        return isinstance(self.trace, UploadTrace) and self.trace.has_lost_answer

    def unanswered(self) -> None:
        """S3 was asked to begin an upload, and whether it has is not known; on disk when this returns."""
        self._mark(has_lost_answer=True)

    def answered(self) -> None:
        """What it may have begun so is gone."""
        self._mark(has_lost_answer=False)

    def _mark(self, *, has_lost_answer: bool) -> None:
        trace = self.trace
        if isinstance(trace, UploadTrace) and trace.has_lost_answer != has_lost_answer:
            self._change(replace(self._entry, trace=replace(trace, has_lost_answer=has_lost_answer)))

    def remains(self) -> None:
        """It could not be taken back: whoever looks for leftovers may have it, though this process lives."""
        self._change(replace(self._entry, is_abandoned=True))

    def _change(self, entry: Entry) -> None:
        self._entry = entry
        self._journal.keep(entry)

    def close(self) -> None:
        if self.has_lost_answer:
            self.remains()
        if not self._entry.is_abandoned:
            self._journal.close(self._entry.id)


class Journal:
    """The journal below one state folder, which is made when there is something to write."""

    def __init__(self, state: Path) -> None:
        self.folder = state / _FOLDER
        self.problem: str | None = None
        """Why it could not be written; None while it could."""
        self._processes = ProcessTable()

    @contextmanager
    def entry(self, trace: Trace, job: str = "") -> Iterator[OpenEntry]:
        """Around everything from before the thing exists until it is finished or taken back."""
        entry = Entry(secrets.token_hex(8), job, self._processes.this, datetime.now(UTC), trace)
        self.keep(entry)
        opened = OpenEntry(self, entry)
        try:
            yield opened
        finally:
            opened.close()

    def keep(self, entry: Entry) -> None:
        """Write an entry, or what it has become; on disk when this returns."""
        try:
            make_folder(self.folder)
            replace_file(self.folder / (entry.id + _SUFFIX), entry.to_json())
        except OSError as error:
            self._cannot(error)

    def close(self, entry_id: str) -> None:
        """Nothing of it is left."""
        try:
            (self.folder / (entry_id + _SUFFIX)).unlink(missing_ok=True)
        except OSError as error:
            self._cannot(error)

    def past(self) -> PastEntries:
        """Every entry, also those of living processes, and whether theirs lives. Raises nothing."""
        entries: list[Entry] = []
        problems: list[str] = []
        forget_drafts(self.folder)
        try:
            names = sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return PastEntries(())
        except OSError as error:
            return PastEntries((), (f"{self.folder}: {error.strerror}",))
        for name in names:
            if name.endswith(_DAMAGED):
                problems.append(f"{self.folder / name} is kept: it could not be read")
            elif name.endswith(_SUFFIX):
                try:
                    entries.extend(self._read(self.folder / name))
                except FileProblem as error:
                    problems.append(str(error))
        entries.sort(key=lambda entry: entry.at)
        return PastEntries(tuple((entry, self._life_of(entry)) for entry in entries), tuple(problems))

    def _life_of(self, entry: Entry) -> Life:
        """Of who is to take care of it: an abandoned thing is nobody's, though its process may live."""
        return Life.DEAD if entry.is_abandoned else self._processes.life_of(entry.process)

    def _read(self, place: Path) -> list[Entry]:
        """The entry; none when it was closed in this moment. FileProblem for a damaged one, put aside now."""
        try:
            handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise FileProblem(f"{place}: {error.strerror}") from error
        try:
            body = os.read(handle, _LARGEST)
        except OSError as error:  # a folder, a pipe that somebody keeps open
            raise FileProblem(f"{place}: {error.strerror}") from error
        finally:
            os.close(handle)
        try:
            return [parse_entry(body, str(place))]
        except FileProblem as error:
            aside = place.with_name(place.name + _DAMAGED)
            try:
                place.rename(aside)
            except OSError:
                raise error from None
            raise FileProblem(f"{error}; it is kept as {aside}", kind=error.kind) from error

    def _cannot(self, error: OSError) -> None:
        self.problem = (
            f"no journal can be kept in {self.folder} ({error.strerror}): what a killed run leaves will not"
            " be known again as ours; BAK_STATE_DIR names another folder"
        )


class NoJournal(Journal):
    """Keeps nothing and knows of nothing."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull))

    def keep(self, entry: Entry) -> None:
        del entry

    def close(self, entry_id: str) -> None:
        del entry_id

    def past(self) -> PastEntries:
        return PastEntries(())
