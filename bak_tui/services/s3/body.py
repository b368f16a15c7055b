"""A part's bytes as the file that botocore wants to send, and how many of them went to the socket."""

from __future__ import annotations

import threading
from collections.abc import Callable

from bak_tui.services.s3.threads import Stopped

_TOLD_EVERY = 1 << 18
"""Bytes: the socket takes 16 KiB at a time, and nobody wants to hear of each."""


class GuardedBody:
    """A part's bytes as a file that ends the sending at once when its work is no longer wanted."""

    def __init__(
        self, view: memoryview, sha256: str, stop: threading.Event, handed: Callable[[int], None]
    ) -> None:
        """`handed` is told how many bytes the socket has taken: 0 whenever the sending begins (again)."""
        self._view = view
        self.sha256 = sha256
        """Of all its bytes, lower-case hex."""
        self._stop = stop
        self._handed = handed
        self._told: int | None = None
        """The last number that was told; None while the bytes are only read to be signed."""
        self._position = 0

    def __len__(self) -> int:
        return len(self._view)

    def read(self, size: int = -1, /) -> memoryview:
        """The next bytes, not copied."""
        if self._stop.is_set():
            raise Stopped
        end = len(self._view) if size < 0 else self._position + size
        chunk = self._view[self._position : end]
        self._position += len(chunk)
        self._tell()
        return chunk

    def begin_sending(self) -> None:
        """It is signed: whoever reads now is the socket."""
        self._told = 0
        self._handed(0)

    def _tell(self) -> None:
        if self._told is None:
            return
        is_whole = self._position == len(self._view)
        if is_whole or self._position - self._told >= _TOLD_EVERY:
            self._told = self._position
            self._handed(self._position)

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """botocore rewinds after signing and before sending again."""
        base = (0, self._position, len(self._view))[whence]
        self._position = base + offset
        return self._position
