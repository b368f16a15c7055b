"""Of a backup in a bucket only what a restore of some of its tables needs, fetched and proven.

    parts with the table of contents ─► which entries ─► parts with their data ─► a file with holes

The file is as long as the dump, and pg_restore, which is told the entries and finds each by its offset, reads
nothing of it but what was fetched. Of a directory-format archive it is the table of contents and the tables'
files. Everything is hashed before it is used. Of the rest nothing is known afterwards: to prove a whole
backup is `verify`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.checks import PartsDiffer
from bak_tui.core.errors import IntegrityError
from bak_tui.core.parts import Span, parts_within, spans_between
from bak_tui.core.portion import Portion, pick
from bak_tui.core.wording import size
from bak_tui.operations.bucket.recorded import recorded_files
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.restore.streamed import Streamed
from bak_tui.operations.side_by_side import side_by_side
from bak_tui.operations.transfer.download import FILES_AT_ONCE, fetch_file
from bak_tui.services.archive import TOC_NAME, TocEntry, read_contents
from bak_tui.services.jobs import Task


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a custom-format archive each entry's data lies, and the parts it is stored in."""

    parts: Sequence[Span]
    offsets: Mapping[int, int]
    """Where each entry's data begins, by dump id; not empty."""
    size: int
    """Bytes of the archive."""

    def contents(self) -> set[int]:
        """The numbers of the parts with the table of contents."""
        return parts_within(self.parts, [(0, min(self.offsets.values()))])

    def data(self, ids: Collection[int]) -> set[int]:
        """The numbers of the parts with those entries' data, each as long as until the next one's."""
        spans = spans_between(self.offsets, self.size)
        return parts_within(self.parts, (spans[number] for number in ids if number in spans))

    def length(self, numbers: Iterable[int]) -> int:
        """Bytes of those parts."""
        return sum(end - start for start, end in (self.parts[number - 1] for number in numbers))

    def takes(self, ids: Collection[int]) -> int:
        """Bytes that are fetched for the data of those entries."""
        return self.length(self.contents() | self.data(ids))


@dataclass(frozen=True)
class FilledFile:
    """A dump's file at `path` in the spool, filled as far as it is needed."""

    streamed: Streamed
    layout: Layout
    spool: FolderPlace
    path: str
    task: Task

    def fetch(self, portion: Portion, *, with_needs: bool) -> tuple[frozenset[int], int]:
        """Fetch what `portion` needs: the dump ids whose data is in the file then, and the bytes it took.

        Raises UsageError for a name that is not in the dump, PartsDiffer, StoreError, NoSpace.
        """
        layout = self.layout
        contents = layout.contents()
        self._get(contents)
        with self.spool.reading(self.path) as file:
            entries = read_contents(file, self.path, self.task.check).entries
        chosen = pick(entries, portion, with_needs=with_needs).ids if portion.has_data else frozenset()
        ids = frozenset(chosen & layout.offsets.keys())
        data = layout.data(ids) - contents
        self._get(data)
        fetched = layout.length(contents | data)
        self.task.say("bak", f"{size(fetched)} of {size(layout.size)} are fetched, all it takes")
        return ids, fetched

    def _get(self, numbers: set[int]) -> None:
        parts, total = self.layout.parts, self.layout.length(numbers)
        self.spool.make_room(self.path, total)
        self.task.phase("downloading", total=total)
        for number in sorted(numbers):
            if self._place(parts[number - 1]) != self.streamed.manifest.parts[number - 1].sha256:
                raise PartsDiffer(self.streamed.dump.path, (number,), len(parts))

    def _place(self, span: Span) -> str:
        """Fetch one part into the file, piece by piece, whatever its size; its SHA-256."""
        sha256 = hashlib.sha256()
        at, end = span
        with self.streamed.store.stream(
            self.streamed.dump.stored, cancellation=self.task, start=at, end=end
        ) as pieces:
            for piece in pieces:
                self.spool.place_bytes(self.path, at, piece, self.layout.size)
                sha256.update(piece)
                self.task.advance(len(piece))
                at += len(piece)
        return sha256.hexdigest()


def fetch_files_of(
    streamed: Streamed, portion: Portion, folder: FolderPlace, task: Task, *, with_needs: bool
) -> int:
    """Of a directory-format backup into the folder `folder`: its contents, and the chosen tables' files.

    Returns how many bytes that were. Raises UsageError for a name that is not in it, IntegrityError,
    StoreError, NoSpace.
    """
    files = {
        file.record.name: file
        for file in recorded_files(streamed.store, streamed.dump.stored.key, streamed.manifest)
    }

    def get(name: str, cancellation: Cancellation) -> None:
        stored, expected = files[name].stored, files[name].record.digest
        fetch_file(streamed.store, stored, expected, folder, name, task, cancellation)

    def get_all(names: list[str]) -> int:
        total = sum(files[name].record.size for name in names)
        folder.make_room(TOC_NAME, total)
        task.phase("downloading", total=total)
        side_by_side(names, FILES_AT_ONCE, task, get)
        return total

    if TOC_NAME not in files:
        raise IntegrityError(f"{streamed.dump.path}/{TOC_NAME} is missing", kind="cut")
    fetched = get_all([TOC_NAME])
    with folder.reading(TOC_NAME) as toc:
        entries = read_contents(toc, TOC_NAME, task.check).entries
    ids = pick(entries, portion, with_needs=with_needs).ids if portion.has_data else frozenset()
    fetched += get_all(files_of(files, entries, ids))
    task.say("bak", f"{size(fetched)} of {size(streamed.manifest.size)} were fetched")
    return fetched


def files_of(names: Iterable[str], entries: Iterable[TocEntry], ids: Collection[int]) -> list[str]:
    """Of a directory-format archive's files those with the data of these entries."""
    data = {entry.file for entry in entries if entry.has_data and entry.dump_id in ids}
    return [name for name in names if ".".join(name.split(".")[:2]) in data]
