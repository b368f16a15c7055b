"""A file that somebody else is still writing, read as it grows, its disk given back behind the reader.

Only for files that are written from front to back and never looked at again, as pg_dump writes the data
files of its directory format (its lists are not). Giving back makes a hole (fallocate(2), Linux): the file
keeps its length, what was read of it takes no room any more. Where the system or the file system makes no
holes, the file lies there whole until it is removed; nothing else changes.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from pathlib import Path

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import FileProblem

_LOOK_EVERY = 0.02
"""Seconds between two looks whether more has come."""
_KEEP_SIZE_PUNCH_HOLE = 0x01 | 0x02
"""FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE of linux/falloc.h."""


class GrowingFile:
    """Its bytes in order: one thread reads, another tells when it is complete. Entered once."""

    def __init__(self, path: Path, cancellation: Cancellation) -> None:
        self._path = path
        self._cancellation = cancellation
        self._is_complete = threading.Event()
        self._handle = -1
        self._read = 0
        self._asked = 0

    def __enter__(self) -> GrowingFile:
        try:
            self._handle = os.open(self._path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise self._unreadable(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
        self._handle = -1

    def complete(self) -> None:
        """Nobody writes it any more: what it has now is all it will have."""
        self._is_complete.set()

    @property
    def waiting(self) -> int:
        """Bytes that lie there and will be read without more having to come; 0 while nobody reads."""
        if self._handle == -1:
            return 0
        try:
            unread = os.stat(self._path).st_size - self._read
        except FileNotFoundError:
            return 0
        return unread if self._is_complete.is_set() or unread >= self._asked else 0

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes, fewer only before its end; b"" there. Raises Cancelled, FileProblem."""
        self._asked = size
        try:
            self._wait_for(self._read + size)
            content = os.pread(self._handle, size, self._read)
            give_back(self._handle, self._read, len(content))
        except OSError as error:
            raise self._unreadable(error) from error
        self._read += len(content)
        return content

    def _wait_for(self, end: int) -> None:
        while True:
            # Asked first: whatever is seen after it was told complete is the whole.
            is_complete = self._is_complete.is_set()
            if is_complete or os.fstat(self._handle).st_size >= end:
                return
            self._cancellation.check()
            self._is_complete.wait(_LOOK_EVERY)

    def _unreadable(self, error: OSError) -> FileProblem:
        return FileProblem(f"{self._path} cannot be read: {error.strerror}")


def give_back(handle: int, start: int, length: int) -> bool:
    """Give the disk of these bytes back; they read as zeros then. False where that is not possible."""
    if not length or not sys.platform.startswith("linux") or sys.maxsize <= 1 << 32:
        return False
    fallocate = ctypes.CDLL(None).fallocate
    fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
    return bool(fallocate(handle, _KEEP_SIZE_PUNCH_HOLE, start, length) == 0)
