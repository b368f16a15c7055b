"""An object's bytes in order, fetched ahead by several threads, never more of them than a fixed window.

For reading a whole dump without a local file: to hash it, to decode it. However slowly the reader takes the
pieces, no more than `_AHEAD` of them are in memory; each is a request of its own, so that it does not matter
how large the parts are that the object was sent in.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, wait
from itertools import islice

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import MIB
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.ranges import Range
from bak_tui.services.s3.reading import RangeReader
from bak_tui.services.s3.threads import HandOver, in_background, result_of

_PIECE = 2 * MIB
_AHEAD = 4
"""Pieces waiting at most: 8 MiB a stream, and as much again while they are fetched."""
_FOR_WORKERS = 1.0
"""Seconds a stream that is given up waits for its threads; one may wait for a silent server."""


class Stream:
    """The bytes `start` to `end` (exclusive) of one object. Entered once; leaving it stops the fetching."""

    def __init__(
        self, connection: Connection, stored: StoredObject, cancellation: Cancellation, start: int, end: int
    ) -> None:
        self._cancellation = cancellation
        self._stop = threading.Event()
        self._reader = RangeReader(connection, stored, self._stop, "read")
        self._starts = range(start, end, _PIECE)
        self._end = end
        self._wanted: queue.SimpleQueue[tuple[Range, Future[bytes]] | None] = queue.SimpleQueue()
        self._width = min(connection.options.workers, len(self._starts))
        self._workers: list[Future[None]] = []

    def __enter__(self) -> Iterator[bytes]:
        self._workers = [in_background(self._work, f"s3-stream-{index}") for index in range(self._width)]
        return self._pieces()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for _worker in self._workers:
            self._wanted.put(None)
        wait(self._workers, timeout=_FOR_WORKERS)

    def _pieces(self) -> Iterator[bytes]:
        """In order. Raises StoreError when one cannot be had, Cancelled when the job is cancelled."""
        ranges = (
            Range(number, start, min(start + _PIECE, self._end))
            for number, start in enumerate(self._starts, 1)
        )
        coming = deque(self._ask(wanted) for wanted in islice(ranges, _AHEAD))
        while coming:
            yield result_of(coming.popleft(), self._cancellation)
            coming.extend(self._ask(wanted) for wanted in islice(ranges, 1))

    def _ask(self, wanted: Range) -> Future[bytes]:
        piece: Future[bytes] = Future()
        self._wanted.put((wanted, piece))
        return piece

    def _work(self) -> None:
        while (asked := self._wanted.get()) is not None and not self._stop.is_set():
            wanted, piece = asked
            with HandOver(piece):
                content = bytearray()
                self._reader.read(wanted, content.extend)
                piece.set_result(bytes(content))
