"""A folder of dumps on this machine: written whole or not at all, and never outside itself.

A file gets its name only when it is on the disk (where it is to last) and the gate said yes (`writing`).
Files are 0600 and folders 0700 whatever the umask: a dump holds everything the database does.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from bak_tui.core import wording
from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import BakError, FileProblem, IntegrityError, NoSpace
from bak_tui.core.parts import Digester, PartPlan, Receipt, StreamDigest
from bak_tui.services.folder.sharing import is_changeable_by_others
from bak_tui.services.folder.writing import folder_written_whole, written_whole

_CHUNK = 1024 * 1024


class Readable(Protocol):
    """A stream; `read` may give less than was asked for, and b"" only at its end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class LocalFile:
    """One file of the folder."""

    path: str
    """Relative to the folder, with `/`."""
    size: int
    modified: float
    """Seconds since the epoch."""


def free_space(folder: Path) -> int:
    """Bytes that this user may still write there."""
    with _translated(folder):
        return shutil.disk_usage(folder).free


class Folder:
    """The folder at `root`; paths are relative to it, with `/`."""

    def __init__(self, root: Path, *, lasts: bool = True) -> None:
        """`lasts` is false for a folder that goes with its run: nothing in it is forced onto the disk."""
        self.root = root
        self.lasts = lasts

    def __str__(self) -> str:
        return str(self.root)

    def files(self) -> tuple[LocalFile, ...]:
        """Every regular file in it and below, by path; links are not followed: see `not_followed`."""
        return tuple(
            LocalFile(path, status.st_size, status.st_mtime)
            for path, status in self._walk()
            if stat.S_ISREG(status.st_mode)
        )

    def not_followed(self) -> tuple[tuple[str, str], ...]:
        """What lies in it and below that is neither file nor folder: path, and in words what it is."""
        return tuple(
            (path, "a link, which is not followed" if stat.S_ISLNK(status.st_mode) else "no regular file")
            for path, status in self._walk()
            if not stat.S_ISREG(status.st_mode)
        )

    def _walk(self) -> Iterator[tuple[str, os.stat_result]]:
        """Everything in it and below but folders, in order, as it lies there."""
        if not self.root.is_dir():
            raise FileProblem(f"{self.root} is not a folder", hint="name one that exists with --dir")
        with _translated(self.root):
            for folder, folders, files in os.walk(self.root, onerror=_raise):
                folders.sort()
                # A link to a folder is counted among the folders, though it is not entered.
                links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
                for name in sorted([*files, *links]):
                    path = os.path.join(folder, name)
                    yield Path(path).relative_to(self.root).as_posix(), os.lstat(path)

    def size_of(self, path: str) -> int | None:
        """Bytes of the file; None when there is none."""
        place = self.place(path)
        with _translated(self.root):
            return place.stat().st_size if place.is_file() else None

    def place(self, path: str) -> Path:
        """Where `path` lies. Raises FileProblem when that would be outside, or behind a link."""
        place = self.root / path
        here = self.root
        for name in Path(path).parts:
            here = here / name
            with _translated(self.root):
                is_link = here.is_symlink()
            if name == ".." or is_link:
                raise FileProblem(
                    f"{path} would leave {self.root}", hint="remove the link, or name another --dir"
                )
        if not place.absolute().is_relative_to(self.root.absolute()):
            raise FileProblem(f"{path} would leave {self.root}")
        return place

    def make_room(self, path: str, size: int | None = None) -> Path:
        """The place of a file about to be written, its folders made; NoSpace when `size` bytes do not fit."""
        place = self.place(path)
        with _translated(self.root):
            self._make_folders(place.parent)
            free = shutil.disk_usage(place.parent).free
        if size is not None and size > free:
            raise NoSpace(
                f"{self.root} has {wording.size(free)} free, {wording.size(size)} are needed",
                hint="name another --dir, or make room",
            )
        return place

    def store(
        self,
        path: str,
        source: Readable,
        plan: PartPlan,
        *,
        cancellation: Cancellation,
        gate: Callable[[StreamDigest], None],
        progress: Callable[[int], None],
    ) -> Receipt:
        """Write a stream to `path`; it gets its name only when `gate` does not raise."""
        digester = Digester(plan)
        digest: StreamDigest | None = None

        def fill(file: BinaryIO) -> None:
            nonlocal digest
            while data := source.read(_CHUNK):
                cancellation.check()
                digester.update(data)
                file.write(data)
                progress(len(data))
            digest = digester.finish()
            gate(digest)

        self._write(path, fill)
        if digest is None:
            raise AssertionError("filled")
        written = self.size_of(path)
        if written != digest.size:
            raise IntegrityError(f"{path} has {written} bytes after writing {digest.size}")
        return Receipt(digest, etag="", checked=("size",))

    def write(self, path: str, body: bytes) -> None:
        """Write a small file whole, replacing an older one in one step."""
        self._write(path, lambda file: file.write(body))

    def fill(self, path: str, pieces: Iterable[bytes]) -> None:
        """Write a file whole from its pieces."""
        self._write(path, lambda file: file.writelines(pieces))

    def read(self, path: str, *, limit: int) -> bytes:
        """A small file whole."""
        with _translated(self.root), self.place(path).open("rb") as file:
            body = file.read(limit + 1)
        if len(body) > limit:
            raise FileProblem(f"{path} is larger than {limit} bytes")
        return body

    def read_head(self, path: str, length: int) -> bytes:
        """The first bytes of a file."""
        with _translated(self.root), self.place(path).open("rb") as file:
            return file.read(length)

    def is_changeable_by_others(self, path: str) -> bool:
        """Whether another user, root apart, may change the file between two looks at it."""
        with _translated(self.root):
            return is_changeable_by_others(self.place(path))

    def delete(self, *paths: str) -> None:
        with _translated(self.root):
            for path in paths:
                self.place(path).unlink(missing_ok=True)

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        """The file, open for reading."""
        with _translated(self.root), self.place(path).open("rb") as file:
            yield file

    def place_bytes(self, path: str, at: int, content: bytes | bytearray, size: int) -> None:
        """`content` from byte `at` of a file of `size` bytes: what was never placed takes no disk."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with _translated(self.root), os.fdopen(os.open(self.place(path), flags, 0o600), "r+b") as file:
            file.truncate(size)
            file.seek(at)
            file.write(content)

    @contextmanager
    def filling(self, path: str) -> Iterator[Path]:
        """A folder to be filled, which is the one at `path` when this is left without an error, else gone."""
        place = self.make_room(path)
        with _translated(self.root), folder_written_whole(place, lasts=self.lasts) as partial:
            yield partial

    def _write(self, path: str, fill: Callable[[BinaryIO], object]) -> None:
        place = self.make_room(path)
        with _translated(self.root), written_whole(place, lasts=self.lasts) as file:
            fill(file)

    def _make_folders(self, folder: Path) -> None:
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir(mode=0o700, exist_ok=True)


def hash_file(path: Path, cancellation: Cancellation, progress: Callable[[int], None]) -> str:
    """The file's SHA-256, lower-case hex."""
    digest = hashlib.sha256()
    with _translated(path.parent), path.open("rb") as file:
        while data := file.read(_CHUNK):
            cancellation.check()
            digest.update(data)
            progress(len(data))
    return digest.hexdigest()


def _raise(error: OSError) -> None:
    raise error


@contextmanager
def _translated(where: Path) -> Iterator[None]:
    """The operating system's complaints in our words."""
    try:
        yield
    except BakError:
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpace(f"no space left in {where}", hint="make room, or name another --dir") from error
        raise FileProblem(f"{error.filename or where}: {error.strerror}", hint="check --dir") from error
