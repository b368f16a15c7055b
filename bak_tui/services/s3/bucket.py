"""One bucket, as the rest of the project sees it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import StoreError
from bak_tui.core.objects import OpenUpload, Page, StoredObject
from bak_tui.core.parts import PartDigest, PartPlan, Receipt, StreamDigest
from bak_tui.core.profile import Target
from bak_tui.core.providers import product_of, provider_of
from bak_tui.services.s3.access import Accesses
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.delete import delete_objects
from bak_tui.services.s3.download import Download
from bak_tui.services.s3.head import look_at
from bak_tui.services.s3.listing import PAGE, list_pages, list_uploads
from bak_tui.services.s3.multipart import abort_upload, begin_upload
from bak_tui.services.s3.options import S3Options
from bak_tui.services.s3.refusal import measured_skew
from bak_tui.services.s3.source import Readable
from bak_tui.services.s3.stream import Stream
from bak_tui.services.s3.times import moment
from bak_tui.services.s3.upload import Unwatched, Upload, UploadWatch

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CHUNK = 256 * 1024
_DEFAULTS = S3Options()
_NO_PARTS = "an S3 server that knows no multipart uploads can take no backup"


class Bucket:
    """A bucket and how to reach it. Safe to use from several threads; raises only the project's errors."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.target = connection.target

    @classmethod
    def open(cls, target: Target, options: S3Options = _DEFAULTS, accesses: Accesses | None = None) -> Bucket:
        """Makes no request. Raises UsageError for an AWS profile that does not exist.

        With `accesses` the client is the one that others who reach S3 alike have already.
        """
        return cls(Connection(target, options, accesses.of(target, options) if accesses else None))

    def credentials_origin(self) -> str:
        """Where the credentials come from, in words, no secrets: "environment (…)", "instance role" …"""
        return self._connection.credentials_origin()

    def endpoint_in_use(self) -> str:
        """The URL requests go to: shows what AWS_ENDPOINT_URL_S3 or the AWS profile redirected."""
        return self._connection.endpoint

    def product(self) -> str:
        """Whose S3 it is, as far as its address or its answers tell; one request, and no error."""
        return product_of(self.endpoint_in_use(), self._connection.answered_headers())

    def quirks(self) -> tuple[str, ...]:
        """What this server cannot do, and what is done instead, as far as it was met until now."""
        equal = ("wants equal parts: an upload that outgrows its plan is refused",)
        return (
            *(equal if provider_of(self.endpoint_in_use()).wants_equal_parts else ()),
            *self._connection.quirks,
        )

    def pages(
        self, prefix: str, *, delimiter: str = "", start_after: str = "", first: int = PAGE
    ) -> Iterator[Page]:
        """Objects below a prefix, in the store's order, at most 1,000 a page, asked for when wanted.

        With the delimiter `/` folders are told instead of what lies in them. `first` is how many names the
        first page may have: a screen wants a few at once.
        """
        return list_pages(self._connection, prefix, delimiter, start_after, first)

    def head(self, key: str) -> StoredObject | None:
        """The object without its content; None when it does not exist."""
        return look_at(self._connection, key)

    def read(self, key: str, *, limit: int) -> bytes:
        """A whole small object. More than `limit` bytes is a StoreError `too_large`, none `not_found`."""
        content = self._read(key, "", limit + 1)
        if len(content) > limit:
            raise StoreError(f"{key} is larger than the {limit} bytes expected of it", kind="too_large")
        return content

    def read_head(self, key: str, length: int) -> bytes:
        """The object's first bytes, at most `length`; fewer only when it is smaller."""
        try:
            return self._read(key, f"bytes=0-{length - 1}", length)
        except StoreError as error:
            if error.kind == "invalid_range":  # an empty object has no first byte
                return b""
            raise

    def write(self, key: str, body: bytes) -> None:
        """One PUT, its bytes checked by the server against their MD5."""
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        self._connection.persist(
            "write",
            key,
            lambda client: client.put_object(
                Bucket=self.target.bucket, Key=key, Body=body, ContentMD5=digest
            ),
        )

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is gone already is as good. What is refused is raised, naming the key."""
        delete_objects(self._connection, keys)

    def probe_write(self, key: str, watch: UploadWatch | None = None) -> float | None:
        """Begin and abort an upload under that very key: needs only Put and Abort, leaves nothing.

        Gives the seconds that the server's clock is ahead of ours, None when it does not tell. What may not
        be aborted remains, and `watch` is told; nobody is of a server that can abort nothing.
        """
        watch = watch or Unwatched()
        try:
            answer = begin_upload(self._connection, key, "write", watch.unanswered)
        except StoreError as error:
            if error.kind in {"not_s3", "not_implemented"}:
                error.hint = "; ".join(filter(None, (error.hint, _NO_PARTS)))
            raise
        skew = measured_skew(answer["ResponseMetadata"]["HTTPHeaders"])
        upload = OpenUpload(key, answer["UploadId"], moment(None))
        try:
            self.abort(upload)
        except StoreError as error:
            if error.kind == "not_implemented":
                self._connection.met("no aborting: an upload that is begun and not completed stays there")
                return skew
            watch.begun(upload)
            watch.remains()
            raise
        return skew

    def open_uploads(self, prefix: str) -> tuple[OpenUpload, ...]:
        """Uploads below a prefix that were begun and neither completed nor aborted."""
        return tuple(list_uploads(self._connection, prefix))

    def abort(self, upload: OpenUpload) -> None:
        """Drop an unfinished upload and its parts; one that is gone already is as good."""
        abort_upload(self._connection, upload)

    def upload(
        self,
        key: str,
        source: Readable,
        plan: PartPlan,
        *,
        cancellation: Cancellation,
        gate: Callable[[StreamDigest], None],
        progress: Callable[[int], None],
        watch: UploadWatch | None = None,
        looks: bool = True,
    ) -> Receipt:
        """Store a stream of unknown length. Either the object is complete and checked, or nothing is there.

        `gate` is asked when every part is acknowledged and nothing is visible yet; if it raises, that error
        comes out and nothing stays. `progress` gets the bytes that a socket has newly taken (less than none
        when some must be sent again), from several threads but one at a time; `watch` is told the upload's
        id as soon as there is one. Without `looks` it is for the caller to see that the object is there.
        """
        work = Upload(
            self._connection,
            key,
            cancellation=cancellation,
            gate=gate,
            progress=progress,
            watch=watch or Unwatched(),
            looks=looks,
        )
        return work.run(source, plan)

    def download(
        self,
        stored: StoredObject,
        path: Path,
        *,
        cancellation: Cancellation,
        progress: Callable[[int], None],
        parts: Sequence[PartDigest] = (),
        gate: Callable[[str], None] = lambda _sha256: None,
        lasts: bool = True,
    ) -> str:
        """Fetch an object to `path`, by way of `path` + `.partial`, replacing what is there; its SHA-256.

        `parts` are the manifest's: each is hashed, and a wrong one named. Without them the object is only
        known to be as long as it should be. It gets its name only when `gate`, told its SHA-256, does not
        raise: on any failure what was there before stays. One that does not last (its reader goes with this
        run) is not forced onto the disk.
        """
        work = Download(self._connection, stored, cancellation, progress)
        return work.run(path, parts, gate, lasts=lasts)

    def stream(
        self, stored: StoredObject, *, cancellation: Cancellation, start: int = 0, end: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Bytes `start` to `end` (exclusive; None: its last) of an object, in order, in bounded memory.

        What comes is as long as was asked for and of one and the same object, or StoreError is raised;
        whether the bytes are the ones that were written is for the reader to find out.
        """
        last = stored.size if end is None else end
        return Stream(self._connection, stored, cancellation, start, last)

    def _read(self, key: str, span: str, limit: int) -> bytes:
        def fetch(client: S3Client) -> bytes:
            ranged: Any = {"Range": span} if span else {}
            body = client.get_object(Bucket=self.target.bucket, Key=key, **ranged)["Body"]
            content = bytearray()
            while len(content) < limit and (chunk := body.read(min(_CHUNK, limit - len(content)))):
                content += chunk
            body.close()
            return bytes(content)

        return self._connection.persist("read", key, fetch)
