"""How a dump is laid out: one stream, or a folder of files that several workers write at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bak_tui.core.wording import plural, size

MOST_OBJECTS = 2_000
"""More are made only when directory format was asked for by name: each costs requests, now and later."""
_BYTES_A_SECOND = 250e6
"""Of a table as the server stores it, by one worker, compressed quickly (tests/bench/README.md)."""
_SECONDS_AN_OBJECT = 0.006
_WORTH_IT = 2.0
"""Seconds; for less nobody wants a folder of files."""
TOC_NAME = "toc.dat"
"""The table of contents' file of the directory and tar formats; of a tar file the first member."""


class DumpFormat(StrEnum):
    """pg_dump's formats that are written here."""

    CUSTOM = "custom"
    """One object: streamed, no local file."""
    DIRECTORY = "directory"
    """One object a table: written by several workers, by way of a spool folder."""

    @property
    def suffix(self) -> str:
        """What a dump's name ends with."""
        return ".dir" if self is DumpFormat.DIRECTORY else ".sql"


class FormatWish(StrEnum):
    """What is asked for."""

    CUSTOM = "custom"
    DIRECTORY = "directory"
    AUTO = "auto"
    """Whichever is quicker, by what the database holds."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a database decides how quickly it can be dumped."""

    tables: tuple[int, ...]
    """Bytes of each."""
    large_objects: int = 0
    """In directory format one file each."""

    @property
    def objects(self) -> int:
        """How many a directory-format dump makes in a bucket: its files, and the manifest."""
        return len(self.tables) + self.large_objects + 2


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """The format that a database is dumped in."""

    format: DumpFormat
    why: str = ""
    """Empty when it was asked for."""

    def __str__(self) -> str:
        return f"{self.format}: {self.why}" if self.why else str(self.format)


def choose_format(shape: Shape, workers: int) -> FormatChoice:
    """By the time that several workers save, less what more objects cost; never more than MOST_OBJECTS.

    One table is one worker's, so nothing is quicker than the largest alone.
    """
    if workers < 2:
        return FormatChoice(DumpFormat.CUSTOM, "one worker gains nothing by several files")
    if shape.objects > MOST_OBJECTS:
        why = f"{shape.objects:,} objects are too many; --format directory makes them all the same"
        return FormatChoice(DumpFormat.CUSTOM, why)
    total, largest = sum(shape.tables), max(shape.tables, default=0)
    saved = (total - max(largest, total / workers)) / _BYTES_A_SECOND
    held = f"{plural(len(shape.tables), 'table')} of {size(total)}, the largest {size(largest)}"
    if saved < _WORTH_IT + shape.objects * _SECONDS_AN_OBJECT:
        return FormatChoice(DumpFormat.CUSTOM, f"{held}: {workers} workers would save little")
    return FormatChoice(DumpFormat.DIRECTORY, f"{held}: {workers} workers save time")
