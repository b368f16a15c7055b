"""The last requests of an upload, each of which may have worked although its answer says otherwise."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import IntegrityError, StoreError
from bak_tui.core.parts import PartDigest
from bak_tui.services.s3.attempted import is_transient
from bak_tui.services.s3.crew import Tally
from bak_tui.services.s3.multipart import Requests
from bak_tui.services.s3.proof import Expected, Seen
from bak_tui.services.s3.threads import in_background, result_of

T = TypeVar("T")

_LOOKS = 3
"""How often an object that must be there is looked for; some stores show a new object a moment late."""


class Finish:
    """Completes, puts and looks, in threads that a cancellation does not have to wait for."""

    def __init__(self, requests: Requests, tally: Tally, cancellation: Cancellation) -> None:
        self._requests = requests
        self._connection = requests.connection
        self._tally = tally
        self._cancellation = cancellation
        self.running: Future[Any] | None = None
        """The request under way, or the last one."""

    def put(self, view: memoryview, digest: PartDigest) -> str:
        """The single PUT: its ETag."""
        return self._apart(
            lambda: self._requests.put(view, digest, self._tally.count_retry, partial(self._tally.hand, 1))
        )

    def complete(self, upload_id: str, expected: Expected) -> str:
        """Complete, and on any error look whether it worked after all. The ETag."""
        attempt = 1
        deadline = time.monotonic() + self._connection.options.completion
        parts = zip(expected.part_etags, expected.digest.parts, strict=True)
        etags = [etag or part.md5 for etag, part in parts]  # some stores answer a part without one
        while True:
            try:
                return self._apart(lambda: self._requests.complete(upload_id, etags), deadline)
            except StoreError as error:
                seen = self._look_after_failure()
                if seen is not None and expected.is_ours(seen):
                    return seen.etag
                is_last = attempt >= self._connection.options.attempts or time.monotonic() >= deadline
                if is_last or not is_transient(error):
                    raise
                self._tally.count_retry(error)
            self._cancellation.sleep(self._connection.pause(attempt))
            attempt += 1

    def look(self) -> Seen | None:
        """HEAD the finished object; None when that is not allowed. Missing is an IntegrityError."""
        for attempt in range(1, _LOOKS + 1):
            try:
                seen = self._apart(lambda: self._requests.look(self._requests.pause))
            except StoreError as error:
                if error.kind in {"access_denied", "not_implemented"}:
                    return None
                raise
            if seen is not None:
                return seen
            if attempt < _LOOKS:
                self._cancellation.sleep(self._connection.pause(attempt))
        raise IntegrityError(
            f"{self._requests.key}: the store acknowledged the object but does not show it", hint="try again"
        )

    def _look_after_failure(self) -> Seen | None:
        """The failure being handled is what will be told, so one of the HEAD itself is no news."""
        try:
            return self._apart(lambda: self._requests.look(self._requests.pause))
        except StoreError:
            return None

    def _apart(self, request: Callable[[], T], deadline: float = math.inf) -> T:
        """Its result; StoreError `stalled` at the deadline, by the monotonic clock."""
        running = in_background(request, "s3-finish")
        self.running = running
        try:
            return result_of(running, self._cancellation, deadline)
        except TimeoutError as error:
            raise self._connection.error("stalled", "complete", self._requests.key) from error
