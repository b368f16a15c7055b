"""A child's input, fed from another thread while its own waits for its end.

What goes wrong with the pieces ends the child: it must never take a broken stream for a whole one, so its
input is closed only when all of it came.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import TracebackType

from bak_tui.core.errors import BakError
from bak_tui.services.pgtools.child import Child

_FAREWELL = 10.0
"""Seconds that a piece which is under way is waited for when the child has ended."""


class Feeding:
    """Feeds while inside; `check` afterwards raises what went wrong with the pieces."""

    def __init__(self, child: Child, pieces: Iterator[bytearray]) -> None:
        self._child = child
        self._pieces = pieces
        self._error: BakError | None = None
        self._writing = threading.Lock()
        self._has_ended = False
        self._thread = threading.Thread(target=self._feed, name="bak-feeding", daemon=True)

    def __enter__(self) -> Feeding:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # No write is held up by a child that has ended; afterwards its input may be closed.
        self._child.stop()
        with self._writing:
            self._has_ended = True
        self._thread.join(_FAREWELL)

    def check(self) -> None:
        """Return when every piece was right, as far as the child took them."""
        if self._error is not None:
            raise self._error

    def _feed(self) -> None:
        try:
            for piece in self._pieces:
                with self._writing:
                    if self._has_ended or not self._child.write(piece):
                        return
        except BakError as error:
            self._error = error
            self._child.stop()
            return
        with self._writing:
            self._child.end_input()
