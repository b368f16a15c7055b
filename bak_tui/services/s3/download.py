"""One download: ranges fetched by several threads into a partial file, hashed, then given its name.

A flipped bit in a multipart object comes back from S3 without an error: only our own hashes find it. And an
object replaced half-way must not give a file of two halves: every request names the ETag it began with.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from pathlib import Path

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import MIB, PartDigest
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.fetch import Fetch
from bak_tui.services.s3.head import look_at
from bak_tui.services.s3.partial import PartialFile
from bak_tui.services.s3.ranges import Range, plan_ranges
from bak_tui.services.s3.threads import in_background, result_of

_FOR_WORKERS = 1.0
"""Seconds a failed or cancelled download waits for its threads; one may wait for a silent server."""


class Download:
    """The state of one download. `run` may be called once."""

    def __init__(
        self,
        connection: Connection,
        stored: StoredObject,
        cancellation: Cancellation,
        progress: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._stored = stored
        self._cancellation = cancellation
        self._progress = progress
        self._counting = threading.Lock()
        self._stop = threading.Event()

    def run(
        self, path: Path, parts: Sequence[PartDigest], gate: Callable[[str], None], *, lasts: bool = True
    ) -> str:
        """Fetch it all to `path`, or leave nothing. Its SHA-256, lower-case hex; `gate` is told it first."""
        ranges = plan_ranges(self._stored, parts)
        self._cancellation.check()
        if not ranges:
            self._require_object()
        file = PartialFile(path, lasts=lasts)
        workers: list[Future[None]] = []
        try:
            results: dict[int, Future[None]] = {wanted.number: Future() for wanted in ranges}
            workers = self._hire(ranges, results, file)
            sha256 = self._hash(ranges, results, file, workers)
            file.settle()
            self._cancellation.check()
            gate(sha256)
            file.keep()
        finally:
            self._stop.set()
            wait(workers, timeout=_FOR_WORKERS)
            file.discard()
        return sha256

    def _hire(
        self, ranges: list[Range], results: dict[int, Future[None]], file: PartialFile
    ) -> list[Future[None]]:
        waiting: queue.SimpleQueue[Range] = queue.SimpleQueue()
        for wanted in ranges:
            waiting.put(wanted)
        fetch = Fetch(self._connection, self._stored, file, self._stop, self._count)

        def work() -> None:
            while not self._stop.is_set():
                try:
                    wanted = waiting.get_nowait()
                except queue.Empty:
                    return
                fetch.fetch(wanted)
                results[wanted.number].set_result(None)

        number = min(self._connection.options.workers, len(ranges))
        return [in_background(work, f"s3-range-{index}") for index in range(number)]

    def _hash(
        self,
        ranges: list[Range],
        results: dict[int, Future[None]],
        file: PartialFile,
        workers: list[Future[None]],
    ) -> str:
        """Hash the whole in order while the rest is still coming, from what really is in the file."""
        whole = hashlib.sha256()
        for wanted in ranges:
            self._await(results[wanted.number], workers)
            for offset in range(wanted.start, wanted.end, MIB):
                whole.update(file.read(min(MIB, wanted.end - offset), offset))
        return whole.hexdigest()

    def _await(self, result: Future[None], workers: list[Future[None]]) -> None:
        while not wait((result,), timeout=0.05).done:
            self._cancellation.check()
            for worker in workers:
                if worker.done():
                    worker.result()

    def _count(self, size: int) -> None:
        with self._counting:
            if not self._stop.is_set():
                self._progress(size)

    def _require_object(self) -> None:
        """An empty object needs no bytes fetched, but must be there."""
        key = self._stored.key
        looking = in_background(lambda: look_at(self._connection, key), "s3-look")
        seen = result_of(looking, self._cancellation)
        if seen is None or seen.size != self._stored.size:
            raise self._connection.error("changed" if seen else "not_found", "download", key)
