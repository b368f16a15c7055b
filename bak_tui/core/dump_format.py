"""How a dump is laid out: one stream, or a folder of files that several workers write at once."""

from __future__ import annotations

from enum import StrEnum

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
