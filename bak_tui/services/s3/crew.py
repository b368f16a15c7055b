"""The threads that send parts, and what they have sent so far."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, field
from functools import partial

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import StoreError
from bak_tui.core.parts import PartDigest, digest_part
from bak_tui.services.s3.multipart import Requests
from bak_tui.services.s3.source import BufferPool, Part
from bak_tui.services.s3.threads import Stopped, in_background

_LOOK_EVERY = 0.05
"""Seconds between two looks at the cancellation while waiting."""


@dataclass(slots=True)
class Tally:
    """What went to the sockets and what is acknowledged.

    Shared by the workers, so every change is made under its lock.
    """

    progress: Callable[[int], None]
    lock: threading.Lock = field(default_factory=threading.Lock)
    sent: dict[int, tuple[PartDigest, str]] = field(default_factory=dict)
    """Digest and ETag by part number."""
    handed: dict[int, int] = field(default_factory=dict)
    """Bytes by part number that a socket has taken, and `progress` was told of."""
    retries: int = 0

    def hand(self, number: int, size: int) -> None:
        """A socket has taken so many bytes of a part: fewer than before when it is sent again."""
        with self.lock:
            self._hand(number, size)

    def acknowledge(self, number: int, digest: PartDigest, etag: str) -> None:
        """A part is in the store."""
        with self.lock:
            self.sent[number] = (digest, etag)
            self._hand(number, digest.size)

    def count_retry(self, _error: StoreError) -> None:
        """A request is about to be sent again."""
        with self.lock:
            self.retries += 1

    def _hand(self, number: int, size: int) -> None:
        more = size - self.handed.get(number, 0)
        self.handed[number] = size
        if more:
            self.progress(more)

    def digests(self) -> tuple[PartDigest, ...]:
        """In order of their numbers."""
        return tuple(digest for _, (digest, _) in sorted(self.sent.items()))

    def etags(self) -> tuple[str, ...]:
        """In order of their numbers."""
        return tuple(etag for _, (_, etag) in sorted(self.sent.items()))


class Crew:
    """Sends the parts of one multipart upload, handed out in order.

    Some servers write parts to their disk in order and hold back a late one, so no part overtakes by more
    than the number of workers. They hash, too, each part and the whole: the reading thread has to read.
    """

    def __init__(
        self, requests: Requests, upload_id: str, pool: BufferPool, tally: Tally, workers: int
    ) -> None:
        self._requests = requests
        self._upload_id = upload_id
        self._pool = pool
        self._tally = tally
        self._waiting: queue.SimpleQueue[Part | None] = queue.SimpleQueue()
        self._whole = hashlib.sha256()
        self._turn = threading.Lock()
        """Held from taking a part until it is hashed into the whole: so that is done in their order."""
        self._threads = [in_background(self._work, f"s3-part-{number}") for number in range(workers)]

    @property
    def sha256(self) -> str:
        """Of the whole stream, lower-case hex, once `join` has returned."""
        return self._whole.hexdigest()

    def give(self, part: Part) -> None:
        """Queue a part. The pool bounds how many can wait."""
        self._waiting.put(part)

    def close(self) -> None:
        """No more parts will come: the workers end when all are sent."""
        for _ in self._threads:
            self._waiting.put(None)

    def raise_failure(self) -> None:
        """Raise what a worker ended with, if one ended badly."""
        for thread in self._threads:
            if thread.done():
                thread.result()

    def join(self, cancellation: Cancellation) -> None:
        """Wait for every part to be acknowledged; raise what went wrong as soon as it does."""
        while not self.wait(_LOOK_EVERY):
            self.raise_failure()
            cancellation.check()
        self.raise_failure()

    def wait(self, seconds: float) -> bool:
        """Wait at most that long in all for the workers to end; True when they have."""
        return not wait(self._threads, timeout=seconds).not_done

    def _work(self) -> None:
        stop = self._requests.stop
        while (part := self._next()) is not None:
            if stop.is_set():
                return
            try:
                self._send(part)
            except (Stopped, StoreError):
                if stop.is_set():  # the sending was ended by us: no failure of its own
                    return
                raise
            self._pool.give(part.buffer)

    def _next(self) -> Part | None:
        with self._turn:
            part = self._waiting.get()
            if part is not None:
                self._whole.update(part.view)
            return part

    def _send(self, part: Part) -> None:
        digest = digest_part(part.view)
        etag = self._requests.part(
            self._upload_id,
            part.number,
            part.view,
            digest,
            self._tally.count_retry,
            partial(self._tally.hand, part.number),
        )
        self._tally.acknowledge(part.number, digest, etag)
