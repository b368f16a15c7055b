"""A small file of the user's, whatever lies in its place: a pipe, a device, somebody's endless file.

A service that others may import, as `replacing`: each of them reads files that anybody may have exchanged.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from pathlib import Path

PATIENCE = 5.0
"""Seconds that a pipe is waited for (`--config <(…)`): whoever writes into it does so at once."""
_PIECE = 1 << 16
_PAUSE = 0.02


class TooLong(OSError):
    """It goes on after as much as it may have."""


def read_whole(path: Path, most: int, *, patience: float = PATIENCE) -> bytes:
    """All of it, at most `most` bytes. A pipe is read until its writer ends, or for `patience` seconds.

    Raises TooLong and whatever else of OSError; TimeoutError where nothing ends, or nobody begins.
    """
    begun = time.monotonic()
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        found = read_pipe(handle, most, patience, str(path))
        if not found and stat.S_ISFIFO(os.fstat(handle).st_mode):
            _await_writer(handle, str(path), begun + PATIENCE)
            found = read_pipe(handle, most, patience, str(path))
        return found
    except OSError as error:
        error.filename = error.filename or str(path)  # a read that fails names no file: of a folder, say
        raise
    finally:
        os.close(handle)


def read_pipe(handle: int, most: int, patience: float, name: str) -> bytes:
    """What comes until its end, as `read_whole`; the handle is not to block."""
    deadline = time.monotonic() + patience
    found = bytearray()
    while len(found) <= most:
        try:
            piece = os.read(handle, _PIECE)
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                raise TimeoutError(errno.ETIMEDOUT, "what comes from it does not end", name) from None
            continue
        if not piece:
            return bytes(found)
        found += piece
        if time.monotonic() > deadline:
            raise TimeoutError(errno.ETIMEDOUT, "what comes from it does not end", name)
    raise TooLong(errno.EFBIG, f"it goes on after {most:,} bytes", name)


def _await_writer(handle: int, name: str, deadline: float) -> None:
    """Until there is something in a pipe that nobody had opened for writing."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while not any(event & select.POLLIN for _, event in poll.poll(0)):
        if time.monotonic() > deadline:
            raise TimeoutError(errno.ETIMEDOUT, "it is a pipe that nobody writes into", name)
        time.sleep(_PAUSE)
