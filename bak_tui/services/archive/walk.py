"""An archive followed as it passes: is it whole, and where does each entry's data begin.

Nothing is decoded, and nothing kept but the entries that have data, so it costs next to nothing beside a
stream. What it proves is structure: every entry of the table of contents has its data, once, where the entry
says, and nothing is cut or left over. It does not prove the bytes within; only hashes do that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.services.archive.blocks import BLOBS, BlockFollower
from bak_tui.services.archive.fields import Malformed
from bak_tui.services.archive.header import HEAD_BYTES, ArchiveHead, Kind, recognise
from bak_tui.services.archive.toc import TocEntry, TocReader, unknown_layout

_PIECE = 1024 * 1024


class Cancellable(Protocol):
    """What a long walk needs of its job."""

    def check(self) -> None: ...


@dataclass(slots=True)
class _Awaited:
    """An entry whose data must come."""

    name: str
    is_blobs: bool
    said: int | None
    begins: int | None = None


class ArchiveWalk:
    """`update` with every byte in order, then `finish`. Only `finish` raises."""

    def __init__(self) -> None:
        self.size = 0
        self.head: ArchiveHead | None = None
        self.unfollowed = ""
        """Why nothing can be said of this archive, though it may be good; empty when it was followed."""
        self._bad = ""
        self._begin = bytearray()
        self._toc: TocReader | None = None
        self._blocks: BlockFollower | None = None
        self._copy: TocReader | None = None
        self._data: dict[int, _Awaited] = {}
        self._last = ""

    @property
    def offsets(self) -> dict[int, int]:
        """Where the data of each entry begins, in bytes, by dump id."""
        return {number: entry.begins for number, entry in self._data.items() if entry.begins is not None}

    def update(self, data: bytes) -> None:
        self.size += len(data)
        if self._bad or self.unfollowed:
            return
        try:
            if self._copy is not None:
                self._contents_again(self._copy, data)
            elif self._blocks is not None:
                self._follow(self._blocks, data)
            elif self._toc is not None:
                self._contents(self._toc, data)
            else:
                self._header(data)
        except Malformed as error:
            self._bad = f"holds {error}"

    def finish(self) -> None:
        """Raises IntegrityError, one sentence without a subject: kind `cut` or `bad_archive`."""
        if self._bad:
            raise IntegrityError(f"is damaged: it {self._bad}", kind="bad_archive")
        if self.unfollowed:
            return
        if self._toc is None:
            kind = recognise(bytes(self._begin)).kind
            is_cut = kind in {Kind.CUT, Kind.EMPTY}
            raise IntegrityError(f"is {kind}", kind="cut" if is_cut else "bad_archive")
        if self._blocks is None:
            raise IntegrityError(f"is cut off after {self.size} bytes, in its table of contents", kind="cut")
        if self._copy is not None and not self._copy.has_ended:
            raise IntegrityError(f"is cut off after {self.size} bytes, close to its end", kind="cut")
        if self._copy is None and not self._blocks.is_between_blocks:
            raise IntegrityError(
                f"is cut off after {self.size} bytes, in the data of {self._last}", kind="cut"
            )
        missing = [entry.name for entry in self._data.values() if entry.begins is None]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise IntegrityError(f"is cut off: the data of {missing[0]}{more} is not there", kind="cut")

    def _header(self, data: bytes) -> None:
        self._begin += data
        head = recognise(bytes(self._begin[:HEAD_BYTES]))
        if head.kind is Kind.CUSTOM:
            self.head = head
            self.unfollowed = unknown_layout(head)
            if not self.unfollowed:
                self._toc = TocReader(head)
                rest, self._begin = bytes(self._begin[head.length :]), bytearray()
                self._contents(self._toc, rest)
        elif len(self._begin) >= HEAD_BYTES:
            self._bad = f"begins as {head.kind}"

    def _contents(self, toc: TocReader, data: bytes) -> None:
        for entry in toc.entries(data):
            if entry.has_data:
                self._expect(entry)
        if toc.has_ended:
            self._blocks = BlockFollower(toc.position, self._begun)
            self._follow(self._blocks, toc.rest)
        elif toc.is_too_long:
            self.unfollowed = "its table of contents is larger than any that is followed here"

    def _follow(self, blocks: BlockFollower, data: bytes) -> None:
        blocks.update(data)
        if blocks.has_ended and self.head is not None:
            self._copy = TocReader(replace(self.head, length=blocks.position))
            self._contents_again(self._copy, blocks.rest)

    def _contents_again(self, toc: TocReader, data: bytes) -> None:
        """`pg_dump > file` (17 and 18) puts the table of contents, with its offsets, behind the data."""
        for entry in toc.entries(data):
            known = self._data.get(entry.dump_id)
            if entry.has_data and (known is None or known.begins is None or known.begins != entry.offset):
                raise Malformed(f"a second table of contents in which {entry.name} is another")
        if (toc.has_ended and toc.rest) or toc.is_too_long:
            raise Malformed("bytes that belong to nothing, at its end")

    def _expect(self, entry: TocEntry) -> None:
        if entry.dump_id in self._data:
            raise Malformed(f"two entries with the number {entry.dump_id}")
        self._data[entry.dump_id] = _Awaited(
            f"{entry.desc} {entry.name}", entry.desc == "BLOBS", entry.offset
        )

    def _begun(self, kind: int, dump_id: int, position: int) -> None:
        entry = self._data.get(dump_id)
        if entry is None or entry.begins is not None:
            raise Malformed(f"data of an entry {dump_id} that is not in its table of contents, or twice")
        if entry.is_blobs != (kind == BLOBS):
            raise Malformed(f"data of another type than its entry {entry.name}")
        if entry.said is not None and entry.said != position:
            raise Malformed(f"the data of {entry.name} elsewhere than its table of contents says")
        entry.begins = position
        self._last = entry.name


def walk_file(path: Path, cancellable: Cancellable) -> ArchiveWalk:
    """Follow a file to its end. Raises IntegrityError naming it when it is not whole."""
    walk = ArchiveWalk()
    try:
        with path.open("rb") as file:
            while data := file.read(_PIECE):
                cancellable.check()
                walk.update(data)
    except OSError as error:
        raise FileProblem(f"{path}: {error.strerror}") from error
    finish(walk, path.name)
    return walk


def finish(walk: ArchiveWalk, name: str) -> None:
    """End a walk with a sentence about `name`. Raises IntegrityError."""
    try:
        walk.finish()
    except IntegrityError as error:
        raise IntegrityError(f"{name} {error.message}", hint="take another dump", kind=error.kind) from error
