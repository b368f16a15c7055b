"""A directory-format archive held against its table of contents, file by file, to each one's end.

pg_restore does not notice a data file that was emptied or cut, and reports success with fewer rows. A COPY's
data ends with a line of its own, so its end can be told; every other kind of file must at least be whole.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bak_tui.core.dump_format import TOC_NAME
from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.services.archive.contents import Contents, read_contents
from bak_tui.services.archive.fields import Malformed, Short
from bak_tui.services.archive.frames import follow_lz4, follow_zstd, gunzip
from bak_tui.services.archive.toc import TocEntry

_COPY_END = b"\\.\n\n\n"
"""What pg_dump writes after a table's last row (dumpTableData_copy)."""
DATA_FILE = re.compile(r"\d{1,10}\.dat|blobs(_\d{1,10})?\.toc")
_STORED_FILE = re.compile(r"(\d{1,10}\.dat|blob_\d{1,10}\.dat|blobs(_\d{1,10})?\.toc)(\.gz|\.lz4|\.zst)?")
BLOB_LINE = re.compile(rb"(\d{1,10}) (blob_\d{1,10}\.dat)\n?")
METHODS = {"": "none", ".gz": "gzip", ".lz4": "lz4", ".zst": "zstd"}
"""How a data file is compressed, by its name's end; in the order in which pg_restore looks for it."""
SUFFIXES = tuple(METHODS)
_FOLLOWED = {".zst": follow_zstd, ".lz4": follow_lz4}


@dataclass(frozen=True, slots=True)
class Proven:
    """What could be told of a directory."""

    contents: Contents
    is_decoded: bool
    """False when files were followed without being decompressed: pg_restore must be asked for COPYs' ends."""
    doubtful: tuple[str, ...]
    """Files of large objects that hold nothing: empty objects, or emptied files."""

    @property
    def copies(self) -> int:
        """How many tables' data is read by COPY."""
        return sum(entry.is_copied and entry.has_data for entry in self.contents.entries)


def is_data_file(name: str) -> bool:
    """Whether pg_dump calls files of a directory so, beside the table of contents."""
    return _STORED_FILE.fullmatch(name) is not None


class DirectoryCheck:
    """One look through a folder. `check` may raise to give it up."""

    def __init__(self, folder: Path, check: Callable[[], None]) -> None:
        self._folder = folder
        self._check = check
        self._is_decoded = True
        self._doubtful: list[str] = []

    def run(self) -> Proven:
        """Raises IntegrityError that names the first file that is missing, cut, empty or damaged."""
        with self._open(TOC_NAME) as file:
            contents = read_contents(file, f"{self._folder.name}/{TOC_NAME}", self._check)
        for entry in contents.entries:
            if not entry.has_data:
                continue
            if not DATA_FILE.fullmatch(entry.file):
                raise self._wrong(TOC_NAME, f"names a file {entry.file}, as no pg_dump does", "bad_archive")
            if entry.desc == "BLOBS":
                self._large_objects(entry)
            else:
                self._table(entry)
        return Proven(contents, self._is_decoded, tuple(self._doubtful))

    def _table(self, entry: TocEntry) -> None:
        name = self._find(entry.file, entry)
        end = self._read_to_end(name)
        if end is not None and not end.endswith(_COPY_END if entry.is_copied else b"\n"):
            what = "is empty" if not end else "is cut off before its end"
            raise self._wrong(name, f"{what} ({entry.desc} {entry.name})", "cut")

    def _large_objects(self, entry: TocEntry) -> None:
        name = self._find(entry.file, entry)
        with self._open(name) as file:
            lines = file.readlines()
        if not lines:
            raise self._wrong(name, "is empty: it lists large objects", "cut")
        for line in lines:
            match = BLOB_LINE.fullmatch(line)
            if match is None or not line.endswith(b"\n"):
                raise self._wrong(name, "is cut off or damaged: it lists large objects", "cut")
            blob = self._find(match[2].decode(), entry)
            if self._read_to_end(blob) == b"" and blob.endswith(".dat"):
                self._doubtful.append(blob)

    def _find(self, name: str, entry: TocEntry) -> str:
        for suffix in SUFFIXES:
            path = self._folder / (name + suffix)
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                continue
            except OSError as error:
                raise FileProblem(f"{path}: {error.strerror}") from error
            if not stat.S_ISREG(mode):
                raise self._wrong(path.name, "is no regular file", "bad_archive")
            return path.name
        raise self._wrong(name, f"is missing ({entry.desc} {entry.name})", "cut")

    def _read_to_end(self, name: str) -> bytes | None:
        """Its last bytes, once it has been read to its end; None when it cannot be decompressed here."""
        try:
            with self._open(name) as file:
                if name.endswith(".gz"):
                    return _last(gunzip(file, self._check))
                if follow := _FOLLOWED.get(name[-4:]):
                    follow(file, self._check)
                    self._is_decoded = False
                    return None
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - len(_COPY_END)))
                return file.read()
        except Short:
            raise self._wrong(name, "is empty or cut off before its end", "cut") from None
        except Malformed as error:
            raise self._wrong(name, f"is damaged: it holds {error}", "bad_archive") from error

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        path = self._folder / name
        try:
            with path.open("rb") as file:
                yield file
        except OSError as error:
            raise FileProblem(f"{path}: {error.strerror}") from error

    def _wrong(self, name: str, what: str, kind: str) -> IntegrityError:
        return IntegrityError(
            f"{self._folder.name}/{name} {what}",
            hint="take another dump",
            left="nothing was restored",
            kind=kind,
        )


def _last(pieces: Iterator[bytes]) -> bytes:
    end = b""
    for piece in pieces:
        end = (end + piece)[-len(_COPY_END) :]
    return end
