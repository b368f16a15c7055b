"""A file in the making: `<name>.<8 hex>.partial`, private (0600), locked as long as somebody writes it; or a
folder (0700) of files that are worth something only together.

The lock goes with the process, so whoever finds such a file knows whether it is needed; and two runs that
write the same dump do not mix its data and its manifest: the later one is told. Where the file system has no
locks, the names of their own still keep two writers apart.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from bak_tui.core.errors import FileProblem
from bak_tui.core.names import PARTIAL_SUFFIX

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def written_whole(place: Path, *, lasts: bool = True) -> Iterator[BinaryIO]:
    """A file that is on the disk under the name `place` when this is left without an error, else nowhere.

    One that does not last need not be on the disk for certain: whoever reads it is gone when the machine is.
    Raises FileProblem of kind `busy` when another is in the making, and OSError.
    """
    partial = _partial_of(place)
    handle = os.open(partial, _FLAGS, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            with suppress(OSError):  # no locks here
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _refuse_another(place, partial)
            yield file
            file.flush()
            if lasts:
                os.fsync(file.fileno())
            partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)
    if lasts:
        _sync_folder(place.parent)


@contextmanager
def folder_written_whole(place: Path, *, lasts: bool = True) -> Iterator[Path]:
    """A folder, to be filled, that has the name `place` when this is left without an error, else is nowhere.

    What had that name until then is replaced. Raises as `written_whole` does.
    """
    partial = _partial_of(place)
    partial.mkdir(mode=0o700)
    handle = os.open(partial, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # no locks here
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _refuse_another(place, partial)
        yield partial
        if lasts:
            os.fsync(handle)
        _take_the_name(partial, place)
    finally:
        os.close(handle)
        shutil.rmtree(partial, ignore_errors=True)
    if lasts:
        _sync_folder(place.parent)


def _take_the_name(partial: Path, place: Path) -> None:
    """No call replaces a folder that holds something; what is killed here has left two halves, both told."""
    if not place.exists():
        partial.rename(place)
        return
    older = _partial_of(place)
    place.rename(older)
    try:
        partial.rename(place)
    except OSError:
        older.rename(place)
        raise
    if older.is_dir():
        shutil.rmtree(older)
    else:
        older.unlink()


def _partial_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.{secrets.token_hex(4)}{PARTIAL_SUFFIX}")


def _refuse_another(place: Path, mine: Path) -> None:
    prefix = f"{place.name}."
    for name in os.listdir(place.parent):
        middle = name.removeprefix(prefix).removesuffix(PARTIAL_SUFFIX)
        is_one = name == f"{prefix}{middle}{PARTIAL_SUFFIX}" and len(middle) == 8
        if is_one and name != mine.name and _is_locked(place.parent / name):
            raise FileProblem(
                f"another run is writing {place}",
                hint="wait for it to end, or name another --dir",
                kind="busy",
            )


def _is_locked(partial: Path) -> bool:
    try:
        handle = os.open(partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False  # it is gone, or nothing of ours
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
