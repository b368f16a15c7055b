"""What kind of file this is, by its first bytes; names decide nothing.

The layout is pg_backup_archiver.c's `ReadHead`: magic `PGDMP`, version, size of integers and offsets, format,
compression, seven integers of time, then the database, the server's and pg_dump's versions as strings.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bak_tui.core.dump_format import TOC_NAME
from bak_tui.services.archive.fields import Fields, Malformed, Short

HEAD_BYTES = 4096
"""Enough for the header whatever the database is called."""
TAR_BLOCK = 512
GZIP_WBITS = 31
"""zlib's for "with gzip's header and check sum"."""

_MAGIC = b"PGDMP"
_GZIP = b"\x1f\x8b"
ALGORITHMS = {0: "none", 1: "gzip", 2: "lz4", 3: "zstd"}
_MAJOR = re.compile(r"(\d+)")


class Kind(StrEnum):
    """What a file is, in the words of messages."""

    CUSTOM = "a custom-format archive"
    DIRECTORY = "a directory-format archive's table of contents"
    TAR = "a tar file"
    GZIP = "a gzip file"
    PLAIN = "a plain SQL script"
    EMPTY = "empty"
    CUT = "cut off within its header"
    OTHER = "no pg_dump archive"


_FORMATS = {1: Kind.CUSTOM, 3: Kind.DIRECTORY, 5: Kind.DIRECTORY}
"""A directory's table of contents says it is a tar file's: the two are the same."""

_SIGNS: tuple[tuple[Kind, Callable[[bytes], bool]], ...] = (
    (Kind.EMPTY, lambda head: not head),
    (Kind.TAR, lambda head: head[257:262] == b"ustar"),
    (Kind.GZIP, lambda head: head.startswith(_GZIP)),
    (Kind.PLAIN, lambda head: b"PostgreSQL database dump" in head),
    (Kind.PLAIN, lambda head: b"PostgreSQL database cluster dump" in head),
    (Kind.OTHER, lambda head: True),  # noqa: ARG005
)


@dataclass(frozen=True, slots=True)
class ArchiveHead:
    """What the first bytes tell. Only pg_dump's own headers tell more than their kind."""

    kind: Kind
    format_version: tuple[int, int, int] | None = None
    compression: str | None = None
    database: str | None = None
    server_version: str | None = None
    pg_dump_version: str | None = None
    integer_size: int = 4
    offset_size: int = 8
    length: int = 0
    """Bytes of the header: where the table of contents begins."""
    inside: ArchiveHead | None = None
    """Of a gzip file what it is the compressed form of; of a tar file that pg_dump wrote its `toc.dat`."""

    @property
    def innermost(self) -> ArchiveHead:
        """What is left when nothing is around it any more."""
        return self.inside.innermost if self.inside else self

    @property
    def is_archive(self) -> bool:
        """Whether it is one file that holds an archive of pg_dump, wrapped or not."""
        wrapped = self.inside is not None and self.innermost.kind in {Kind.CUSTOM, Kind.DIRECTORY}
        return wrapped or self.kind is Kind.CUSTOM

    @property
    def is_script(self) -> bool:
        """Whether it is plain SQL, wrapped or not."""
        return self.innermost.kind is Kind.PLAIN

    def __str__(self) -> str:
        """What it is, in the words of messages."""
        return f"{self.kind}, inside {self.inside.kind}" if self.inside else str(self.kind)

    @property
    def pg_dump_major(self) -> int | None:
        match = _MAJOR.match(self.pg_dump_version or "")
        return int(match[1]) if match else None


def recognise(head: bytes) -> ArchiveHead:
    """Tell what a file is from its first `HEAD_BYTES`. Never raises: the bytes are anybody's."""
    if head.startswith(_MAGIC):
        try:
            return _read(Fields(head, len(_MAGIC)))
        except (Short, Malformed):
            return ArchiveHead(Kind.CUT)
    kind = next(kind for kind, sign in _SIGNS if sign(head))
    return ArchiveHead(kind, inside=_inside(kind, head))


def _inside(kind: Kind, head: bytes) -> ArchiveHead | None:
    if kind is Kind.GZIP:
        return _gunzipped(head)
    if kind is Kind.TAR and head[:100].rstrip(b"\0") == TOC_NAME.encode():
        inside = recognise(head[TAR_BLOCK:])
        return inside if inside.kind is Kind.DIRECTORY else None
    return None


def _gunzipped(head: bytes) -> ArchiveHead | None:
    """What a gzip file is the compressed form of; one within another is not looked for."""
    try:
        begin = zlib.decompressobj(wbits=GZIP_WBITS).decompress(head, HEAD_BYTES)
    except zlib.error:
        return None
    return None if begin.startswith(_GZIP) else recognise(begin)


def _read(fields: Fields) -> ArchiveHead:
    version = (fields.byte(), fields.byte(), fields.byte())
    fields.integer_size = fields.byte()
    offset_size = fields.byte()
    kind = _FORMATS.get(fields.byte())
    if kind is None or not 0 < fields.integer_size <= 8 or version < (1, 10, 0):
        return ArchiveHead(Kind.OTHER, version)
    if version >= (1, 15, 0):
        compression = ALGORITHMS.get(fields.byte())
    else:
        compression = "none" if fields.integer() == 0 else "gzip"
    for _ in range(7):
        fields.integer()
    database, server_version, pg_dump_version = fields.string(), fields.string(), fields.string()
    return ArchiveHead(
        kind,
        version,
        compression,
        database,
        server_version,
        pg_dump_version,
        fields.integer_size,
        offset_size,
        fields.position,
    )
