"""The bytes of one range of an object, each once and in order, however often the connection breaks.

An object replaced half-way must not give bytes of two: every request names the ETag it began with.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from bak_tui.core.etags import bare
from bak_tui.core.objects import StoredObject
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.ranges import Range
from bak_tui.services.s3.threads import Stopped

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_CHUNK = 128 * 1024


class RangeReader:
    """Reads ranges of one object. Used by several threads at once; raises Stopped when `stop` is set."""

    def __init__(
        self, connection: Connection, stored: StoredObject, stop: threading.Event, action: str
    ) -> None:
        self._connection = connection
        self._stored = stored
        self._stop = stop
        self._action = action
        """What it is done for, a verb for messages: `download`, `read`."""

    def read(self, wanted: Range, take: Callable[[bytes], None]) -> None:
        """Give `take` all of the range, chunk by chunk; resumed after the last one where a request broke."""
        done = 0

        def resume(client: S3Client) -> None:
            nonlocal done
            for chunk in self._chunks(client, wanted, done):
                take(chunk)
                done += len(chunk)

        self._connection.persist(
            self._action,
            self._stored.key,
            resume,
            attempts=self._connection.options.part_attempts,
            sleep=self._pause,
        )

    def _chunks(self, client: S3Client, wanted: Range, done: int) -> Iterator[bytes]:
        """The bytes after the first `done` of the range, in chunks small enough to be cancelled soon."""
        pinned: Any = {"IfMatch": f'"{self._stored.etag}"'} if self._stored.etag else {}
        answer = client.get_object(
            Bucket=self._connection.target.bucket,
            Key=self._stored.key,
            Range=wanted.header(done),
            **pinned,
        )
        self._check(answer, wanted, done)
        body, missing = answer["Body"], wanted.end - wanted.start - done
        try:
            while missing:
                if self._stop.is_set():
                    raise Stopped
                chunk = body.read(min(_CHUNK, missing))
                if not chunk:
                    raise self._connection.error("interrupted", self._action, self._stored.key)
                missing -= len(chunk)
                yield chunk
        finally:
            body.close()

    def _check(self, answer: GetObjectOutputTypeDef, wanted: Range, done: int) -> None:
        """Some servers ignore If-Match, some ignore Range: what came is looked at, not what was asked."""
        etag = bare(answer.get("ETag"))
        span = answer.get("ContentRange", "")
        total = span.rpartition("/")[2]
        if (self._stored.etag and etag and etag != self._stored.etag) or (
            total.isdigit() and int(total) != self._stored.size
        ):
            answer["Body"].close()
            raise self._connection.error("changed", self._action, self._stored.key)
        length = answer.get("ContentLength", self._stored.size)  # none is given where it comes in chunks
        is_whole = wanted.start + done == 0 and length == self._stored.size
        if not span.startswith(f"bytes {wanted.start + done}-") and not is_whole:
            answer["Body"].close()
            raise self._connection.error(
                "not_implemented", self._action, self._stored.key, detail=" (it ignores ranges)"
            )

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped
