"""The file a download is written to before it may have its name."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bak_tui.core.errors import FileProblem, NoSpace
from bak_tui.core.names import PARTIAL_SUFFIX
from bak_tui.services.s3.threads import Stopped

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class PartialFile:
    """`path` + `.partial`, private (0600) and locked; becomes `path` whole, or vanishes.

    One that does not last, because its reader goes with this run, is not forced onto the disk: that would
    make a restore wait for a copy that it throws away.
    """

    def __init__(self, path: Path, *, lasts: bool = True) -> None:
        self._path = path
        self._lasts = lasts
        self._partial = path.with_name(path.name + PARTIAL_SUFFIX)
        self._lock = threading.Lock()
        with self._told():
            self._remove_dead()
            self._descriptor: int | None = os.open(self._partial, _FLAGS, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def write(self, chunk: bytes, offset: int) -> None:
        """Write at an offset; from any thread. Raises Stopped once the file is closed."""
        remaining = memoryview(chunk)
        with self._lock, self._told():
            while remaining:
                if self._descriptor is None:
                    raise Stopped
                written = os.pwrite(self._descriptor, remaining, offset)
                remaining, offset = remaining[written:], offset + written

    def read(self, size: int, offset: int) -> bytes:
        """Read back what was written."""
        if self._descriptor is None:
            raise Stopped
        with self._told():
            return os.pread(self._descriptor, size, offset)

    def settle(self) -> None:
        """On the disk for certain, if it is to last."""
        if self._descriptor is None:
            raise Stopped
        with self._told():
            if self._lasts:
                os.fsync(self._descriptor)

    def keep(self) -> None:
        """Under its own name."""
        with self._told():
            self._partial.replace(self._path)
            if self._lasts:
                self._sync_folder()
        self._close()

    def discard(self) -> None:
        """Leave nothing. Harmless after `keep`."""
        if self._descriptor is not None:
            with self._told():
                self._partial.unlink(missing_ok=True)
            self._close()

    def _sync_folder(self) -> None:
        """Its name, too, is on the disk then."""
        directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _close(self) -> None:
        # Under the lock: a worker that wakes up late must not write into a descriptor used anew.
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    def _remove_dead(self) -> None:
        """Remove what a dead run has left; one that lives holds its lock. A symlink itself is removed."""
        try:
            descriptor = os.open(self._partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        else:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FileProblem(f"another download is writing {self._partial}") from error
            finally:
                os.close(descriptor)
        self._partial.unlink()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The system's errors in our words."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise NoSpace(
                    f"the disk is full: {self._path} was not written", hint="make room and try again"
                ) from error
            raise FileProblem(f"{self._partial} cannot be written: {error.strerror}") from error
