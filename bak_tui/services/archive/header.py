"""What kind of file this is, by its first bytes; names decide nothing.

The layout is pg_backup_archiver.c's `ReadHead`: magic `PGDMP`, version, size of integers and offsets, format,
compression, seven integers of time, then the database, the server's and pg_dump's versions as strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

HEAD_BYTES = 4096
"""Enough for the header whatever the database is called."""

_MAGIC = b"PGDMP"
_FORMATS = {1: "custom", 3: "tar or directory", 5: "directory"}
_ALGORITHMS = {0: "none", 1: "gzip", 2: "lz4", 3: "zstd"}
_MAJOR = re.compile(r"(\d+)")
_LONGEST_STRING = 1024


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

    @property
    def is_dump(self) -> bool:
        return self is Kind.CUSTOM


_SIGNS: tuple[tuple[Kind, Callable[[bytes], bool]], ...] = (
    (Kind.EMPTY, lambda head: not head),
    (Kind.TAR, lambda head: head[257:262] == b"ustar"),
    (Kind.GZIP, lambda head: head.startswith(b"\x1f\x8b")),
    (Kind.PLAIN, lambda head: b"PostgreSQL database dump" in head),
    (Kind.PLAIN, lambda head: b"PostgreSQL database cluster dump" in head),
    (Kind.OTHER, lambda head: True),  # noqa: ARG005
)


@dataclass(frozen=True, slots=True)
class ArchiveHead:
    """What the first bytes tell. Only custom archives tell more than their kind."""

    kind: Kind
    format_version: tuple[int, int, int] | None = None
    compression: str | None = None
    database: str | None = None
    server_version: str | None = None
    pg_dump_version: str | None = None

    @property
    def pg_dump_major(self) -> int | None:
        match = _MAJOR.match(self.pg_dump_version or "")
        return int(match[1]) if match else None


def recognise(head: bytes) -> ArchiveHead:
    """Tell what a file is from its first `HEAD_BYTES`. Never raises: the bytes are anybody's."""
    if head.startswith(_MAGIC):
        try:
            return _read(_Cursor(head, len(_MAGIC)))
        except IndexError:
            return ArchiveHead(Kind.CUT)
    return ArchiveHead(next(kind for kind, sign in _SIGNS if sign(head)))


class _Cursor:
    """Reads pg_dump's portable integers and strings; IndexError at the end of what there is."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position
        self.integer_size = 4

    def byte(self) -> int:
        value = self._data[self._position]
        self._position += 1
        return value

    def integer(self) -> int:
        sign = self.byte()
        value = sum(self.byte() << (8 * index) for index in range(self.integer_size))
        return -value if sign else value

    def string(self) -> str | None:
        length = self.integer()
        if length < 0:
            return None
        if length > _LONGEST_STRING:
            raise IndexError
        return bytes(self.byte() for _ in range(length)).decode("utf-8", "replace")


def _read(cursor: _Cursor) -> ArchiveHead:
    version = (cursor.byte(), cursor.byte(), cursor.byte())
    cursor.integer_size = cursor.byte()
    cursor.byte()  # size of offsets
    form = cursor.byte()
    if _FORMATS.get(form) != "custom":
        return ArchiveHead(Kind.DIRECTORY if form in _FORMATS else Kind.OTHER, version)
    if not 0 < cursor.integer_size <= 8 or version < (1, 10, 0):
        return ArchiveHead(Kind.OTHER, version)
    if version >= (1, 15, 0):
        compression = _ALGORITHMS.get(cursor.byte())
    else:
        compression = "none" if cursor.integer() == 0 else "gzip"
    for _ in range(7):
        cursor.integer()
    return ArchiveHead(Kind.CUSTOM, version, compression, cursor.string(), cursor.string(), cursor.string())
