"""All entries of one archive at once, for whoever wants to know what is inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from bak_tui.core.errors import IntegrityError
from bak_tui.services.archive.fields import Malformed
from bak_tui.services.archive.header import HEAD_BYTES, ArchiveHead, Kind, recognise
from bak_tui.services.archive.toc import TocEntry, TocReader, unknown_layout

LARGEST_CONTENTS = 256 * 1024 * 1024
"""Bytes of a table of contents that is read whole; half a million tables have about so much."""
_PIECE = 256 * 1024


class Readable(Protocol):
    """A stream; `read` may give less than was asked for, and b"" only at its end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Contents:
    """An archive's header and its entries, in its own order."""

    head: ArchiveHead
    entries: tuple[TocEntry, ...]
    length: int
    """Bytes of header and table of contents: where in a custom archive the data begins."""


def read_contents(
    stream: Readable,
    name: str,
    check: Callable[[], None] = lambda: None,
    *,
    largest: int = LARGEST_CONTENTS,
) -> Contents:
    """The table of contents of a custom archive or a `toc.dat`, called `name` in errors.

    Only as much is read as it is long; no more than `largest` bytes. Raises IntegrityError, kind
    `bad_archive` or `cut`.
    """
    head, rest = _read_head(stream, name)
    reader = TocReader(head)
    entries: list[TocEntry] = []
    try:
        for piece in _pieces(stream, rest, check, largest):
            entries.extend(reader.entries(piece))
            if reader.has_ended:
                return Contents(head, tuple(entries), reader.position)
            if reader.is_too_long:
                break
    except Malformed as error:
        raise IntegrityError(f"{name} is damaged: it holds {error}", kind="bad_archive") from error
    if reader.is_too_long or reader.position + len(reader.rest) > largest:
        raise IntegrityError(f"{name} has a table of contents too large to be read", kind="bad_archive")
    raise IntegrityError(f"{name} is cut off in its table of contents", kind="cut")


def _read_head(stream: Readable, name: str) -> tuple[ArchiveHead, bytes]:
    begin = b""
    while len(begin) < HEAD_BYTES and (piece := stream.read(HEAD_BYTES - len(begin))):
        begin += piece
    head = recognise(begin)
    if head.kind not in {Kind.CUSTOM, Kind.DIRECTORY}:
        kind = "cut" if head.kind in {Kind.CUT, Kind.EMPTY} else "bad_archive"
        raise IntegrityError(f"{name} is {head.kind}", kind=kind)
    if unknown := unknown_layout(head):
        raise IntegrityError(f"{name} cannot be read: {unknown}", kind="bad_archive")
    return head, begin[head.length :]


def _pieces(stream: Readable, first: bytes, check: Callable[[], None], largest: int) -> Iterator[bytes]:
    yield first
    length = len(first)
    while length <= largest and (piece := stream.read(_PIECE)):
        check()
        length += len(piece)
        yield piece
