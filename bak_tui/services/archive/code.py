"""What code an archive brings along, by its table of contents: told before anything of it runs.

No proof that it is harmless: any statement may stand under any label, so nothing is allowed because of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bak_tui.services.archive.fields import Malformed
from bak_tui.services.archive.header import GZIP_WBITS, TAR_BLOCK, Kind, recognise
from bak_tui.services.archive.toc import TocEntry, TocReader, unknown_layout

LOOKED_AT = 1024 * 1024
"""Bytes from the beginning; a thousand tables have about half as much."""

_KINDS = {
    "FUNCTION": "function",
    "PROCEDURE": "procedure",
    "TRIGGER": "trigger",
    "EVENT TRIGGER": "event trigger",
    "RULE": "rule",
    "PROCEDURAL LANGUAGE": "language",
}


@dataclass(frozen=True, slots=True)
class CodeItem:
    """One thing that runs."""

    kind: str
    """In the singular: `function`, `event trigger`."""
    name: str


@dataclass(frozen=True, slots=True)
class Code:
    """All that was found, in the archive's order."""

    items: tuple[CodeItem, ...]
    is_whole: bool
    """Whether the whole table of contents was looked at."""


def code_in(begin: bytes) -> Code | None:
    """By the first `LOOKED_AT` bytes of a file; None of what is no archive, or of an unknown version."""
    begin = _unwrapped(begin)
    head = recognise(begin)
    if head.kind not in {Kind.CUSTOM, Kind.DIRECTORY} or unknown_layout(head):
        return None
    reader = TocReader(head)
    items = tuple(
        CodeItem(_KINDS[entry.desc], entry.name)
        for entry in _readable(reader, begin[head.length :])
        if entry.desc in _KINDS
    )
    return Code(items, reader.has_ended)


def _readable(reader: TocReader, data: bytes) -> Iterator[TocEntry]:
    """Up to where it makes no sense any more: a restore refuses that itself, in its own words."""
    try:
        yield from reader.entries(data)
    except Malformed:
        return


def _unwrapped(begin: bytes) -> bytes:
    """As far as it is an archive in a gzip file, or pg_dump's own tar file."""
    head = recognise(begin)
    if head.kind is Kind.GZIP and head.inside:
        try:
            return _unwrapped(zlib.decompressobj(wbits=GZIP_WBITS).decompress(begin, LOOKED_AT))
        except zlib.error:
            return b""
    if head.kind is Kind.TAR and head.inside:
        return begin[TAR_BLOCK:]
    return begin
