"""A child's output, read in large pieces.

pg_dump writes 4 KiB at a time. Whoever reads each of them as it comes wakes up 250 times a MiB and takes the
processor from pg_dump (gzip 6: 7,242 reads of a dump; gathered, 617).
So the pipe is as wide as the kernel allows, and once something is in it, it gets two milliseconds to fill.
"""

from __future__ import annotations

import array
import fcntl
import os
import select
import sys
import termios
from typing import IO

_WIDTH = 1024 * 1024
"""Bytes a pipe may hold without privileges (man 7 pipe, /proc/sys/fs/pipe-max-size)."""
_ENOUGH = 256 * 1024
"""Bytes not worth waiting for more."""
_PATIENCE_MS = 2
"""A pipe fills in that time at 500 MB/s: nothing that pg_dump writes is held up."""


class Output:
    """The reading end of a pipe. One thread may read."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._handle = pipe.fileno()
        self._is_wide = _widen(self._handle)
        self._coming = select.poll()
        self._coming.register(self._handle, select.POLLIN)
        self._ending = select.poll()
        self._ending.register(self._handle, 0)  # only that the other end was closed

    def comes(self, seconds: float) -> bool:
        """Whether something came, be it the end, within that time."""
        return bool(self._coming.poll(seconds * 1000))

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, b"" at the end."""
        if self._is_wide and self._waiting() < min(size, _ENOUGH):
            self._ending.poll(_PATIENCE_MS)
        return os.read(self._handle, size)

    def _waiting(self) -> int:
        number = array.array("i", [0])
        fcntl.ioctl(self._handle, termios.FIONREAD, number)
        return number[0]


def _widen(handle: int) -> bool:
    """Whether the pipe could be made wide: a narrow one would be full before the patience is over."""
    if sys.platform != "linux":
        return False
    try:
        return fcntl.fcntl(handle, fcntl.F_SETPIPE_SZ, _WIDTH) >= _WIDTH
    except OSError:  # the user's share of wide pipes is used up
        return False
