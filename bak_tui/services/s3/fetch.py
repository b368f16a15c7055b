"""One range of a download: resumed where its connection broke, fetched anew when its hash is wrong."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bak_tui.core.errors import IntegrityError
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import PartDigest
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.multipart import bare
from bak_tui.services.s3.partial import PartialFile
from bak_tui.services.s3.ranges import Range
from bak_tui.services.s3.threads import Stopped

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_CHUNK = 128 * 1024
_FETCHES = 3
"""How often a range whose hash is wrong is fetched in all: the network may be at fault, or the store."""


@dataclass(slots=True)
class _Progress:
    """How far a range has come, over all the requests it took."""

    done: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)
    md5: Any = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))

    def add(self, chunk: bytes) -> None:
        self.done += len(chunk)
        self.sha256.update(chunk)
        self.md5.update(chunk)

    def digest(self) -> PartDigest:
        return PartDigest(self.done, self.sha256.hexdigest(), self.md5.hexdigest())


class Fetch:
    """Fetches ranges of one object into one file. Used by several threads at once."""

    def __init__(
        self,
        connection: Connection,
        stored: StoredObject,
        file: PartialFile,
        stop: threading.Event,
        count: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._stored = stored
        self._file = file
        self._stop = stop
        self._count = count

    def fetch(self, wanted: Range) -> PartDigest:
        """The range's digest, once its bytes are in the file and right."""
        counted = 0
        for _ in range(_FETCHES):
            progress = _Progress()
            counted = self._persist(wanted, progress, counted)
            digest = progress.digest()
            if wanted.expected is None or digest.sha256 == wanted.expected.sha256:
                return digest
        raise IntegrityError(
            f"{self._stored.key}: {wanted} is not what was backed up (its SHA-256 differs)",
            hint="the object is damaged in the store; use another backup",
        )

    def _persist(self, wanted: Range, progress: _Progress, counted: int) -> int:
        """Read the range to its end. Returns how many of its bytes were counted as progress so far."""
        highest = counted

        def resume(client: S3Client) -> None:
            nonlocal highest
            for chunk in self._chunks(client, wanted, progress.done):
                self._file.write(chunk, wanted.start + progress.done)
                progress.add(chunk)
                if progress.done > highest:
                    self._count(progress.done - highest)
                    highest = progress.done

        self._connection.persist(
            "download",
            self._stored.key,
            resume,
            attempts=self._connection.options.part_attempts,
            sleep=self._pause,
        )
        return highest

    def _chunks(self, client: S3Client, wanted: Range, done: int) -> Any:
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
                    raise self._connection.error("interrupted", "download", self._stored.key)
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
            raise self._connection.error("changed", "download", self._stored.key)
        is_whole = wanted.start + done == 0 and answer["ContentLength"] == self._stored.size
        if not span.startswith(f"bytes {wanted.start + done}-") and not is_whole:
            answer["Body"].close()
            raise self._connection.error(
                "not_implemented", "download", self._stored.key, detail=" (it ignores ranges)"
            )

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped
