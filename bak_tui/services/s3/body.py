"""A part's bytes as the file that botocore wants to send."""

from __future__ import annotations

import threading

from bak_tui.services.s3.threads import Stopped


class GuardedBody:
    """A part's bytes as a file that ends the sending at once when its work is no longer wanted."""

    def __init__(self, view: memoryview, stop: threading.Event) -> None:
        self._view = view
        self._stop = stop
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
        return chunk

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """botocore rewinds after signing and before sending again."""
        base = (0, self._position, len(self._view))[whence]
        self._position = base + offset
        return self._position
