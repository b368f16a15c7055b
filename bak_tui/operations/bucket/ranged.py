"""A few bytes of objects, each range one request, and how many that were."""

from __future__ import annotations

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.objects import StoredObject
from bak_tui.operations.ports import ObjectStore

_FIRST = 64 * 1024
MOST_AT_ONCE = 2 * 1024 * 1024
"""Bytes: as much as the store is asked for by one request (services/s3/stream.py)."""


class RangedReads:
    """Reads of one store, counted. An object that is another by now is refused by the store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.taken = 0
        """Bytes that came."""
        self.requests = 0

    def read(self, stored: StoredObject, start: int, end: int, cancellation: Cancellation) -> bytes:
        """Bytes `start` to `end` (exclusive), as far as the object goes. Raises StoreError, Cancelled."""
        cancellation.check()
        end = min(end, stored.size)
        if start >= end:
            return b""
        with self._store.stream(stored, cancellation=cancellation, start=start, end=end) as pieces:
            content = b"".join(pieces)
        self.requests += -(-(end - start) // MOST_AT_ONCE)
        self.taken += len(content)
        return content


class Beginning:
    """An object from its first byte on, in ranges that grow, as a stream; `raw` is all that came.

    `wanted`: how long its interesting part is, in bytes, where that is known; else little is tried first.
    """

    def __init__(
        self, reads: RangedReads, stored: StoredObject, cancellation: Cancellation, wanted: int | None = None
    ) -> None:
        self._reads = reads
        self._stored = stored
        self._cancellation = cancellation
        self._next = max(1, wanted or _FIRST)
        self.raw = bytearray()
        self._given = 0

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, b"" at the object's end."""
        if self._given == len(self.raw):
            self._fetch()
        piece = bytes(self.raw[self._given : self._given + size])
        self._given += len(piece)
        return piece

    def head(self, size: int) -> bytes:
        """The first bytes, without going on in the stream."""
        if not self.raw:
            self._fetch()
        return bytes(self.raw[:size])

    def reach(self, length: int) -> None:
        """Fetch until so many bytes of it are there, or all."""
        while len(self.raw) < min(length, self._stored.size):
            self._next = length - len(self.raw)
            self._fetch()

    def _fetch(self) -> None:
        at = len(self.raw)
        length = min(self._next, MOST_AT_ONCE)
        self.raw += self._reads.read(self._stored, at, at + length, self._cancellation)
        self._next = max(_FIRST, 2 * length)
