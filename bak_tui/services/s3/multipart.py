"""The requests of one upload: begin, part, complete, abort, or a single PUT. No threads, no decisions."""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, cast

from bak_tui.core.errors import StoreError
from bak_tui.core.etags import bare
from bak_tui.core.objects import OpenUpload
from bak_tui.core.parts import PartDigest
from bak_tui.services.s3.attempted import may_have_worked
from bak_tui.services.s3.body import GuardedBody
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.head import TOKEN, look_at
from bak_tui.services.s3.listing import list_uploads
from bak_tui.services.s3.proof import Seen
from bak_tui.services.s3.threads import Stopped

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CreateMultipartUploadOutputTypeDef


@dataclass(frozen=True, slots=True)
class Requests:
    """What an upload asks of S3. `token` marks the object as ours, where the server keeps metadata."""

    connection: Connection
    key: str
    stop: threading.Event
    token: str

    @classmethod
    def prepare(cls, connection: Connection, key: str, token: str = "") -> Requests:
        """For one upload; without a token it gets one of its own."""
        return cls(connection, key, threading.Event(), token or secrets.token_hex(8))

    def begin(self, unanswered: Callable[[], None]) -> str:
        """CreateMultipartUpload: the upload's id. `unanswered`: see `begin_upload`."""
        answer = begin_upload(
            self.connection,
            self.key,
            "begin an upload to",
            unanswered,
            sleep=self.pause,
            metadata={TOKEN: self.token},
        )
        return answer["UploadId"]

    def put(
        self,
        view: memoryview,
        digest: PartDigest,
        on_retry: Callable[[StoreError], None],
        handed: Callable[[int], None],
    ) -> str:
        """PutObject: the ETag. `handed`: see GuardedBody."""
        answer = self.connection.persist(
            "upload",
            self.key,
            lambda client: client.put_object(
                **self._named, Metadata={TOKEN: self.token}, **self._body(view, digest, handed)
            ),
            attempts=self.connection.options.part_attempts,
            sleep=self.pause,
            on_retry=on_retry,
        )
        return bare(answer.get("ETag"))

    def part(
        self,
        upload_id: str,
        number: int,
        view: memoryview,
        digest: PartDigest,
        on_retry: Callable[[StoreError], None],
        handed: Callable[[int], None],
    ) -> str:
        """UploadPart: the ETag. `handed`: see GuardedBody."""
        answer = self.connection.persist(
            f"upload part {number} of",
            self.key,
            lambda client: client.upload_part(
                **self._named, UploadId=upload_id, PartNumber=number, **self._body(view, digest, handed)
            ),
            attempts=self.connection.options.part_attempts,
            sleep=self.pause,
            on_retry=on_retry,
        )
        return bare(answer.get("ETag"))

    def complete(self, upload_id: str, etags: Sequence[str]) -> str:
        """CompleteMultipartUpload, once: whether to try again is for who can look at the object."""
        parts = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in enumerate(etags, 1)]
        answer = self.connection.send(
            "complete",
            self.key,
            lambda client: client.complete_multipart_upload(
                **self._named,
                UploadId=upload_id,
                MultipartUpload=cast(Any, {"Parts": parts}),
            ),
        )
        return bare(answer.get("ETag"))

    def look(self, sleep: Callable[[float], None] = time.sleep) -> Seen | None:
        """HEAD: the object as it stands under the key now; None when there is none."""
        stored = look_at(self.connection, self.key, sleep)
        return Seen(stored.size, stored.etag, stored.token) if stored else None

    def abort(self, upload_id: str) -> None:
        """AbortMultipartUpload; one that is gone already is as good. Not ended by `stop`."""
        abort_upload(self.connection, OpenUpload(self.key, upload_id, datetime.now(UTC)))

    def abort_others(self, upload_id: str) -> None:
        """Abort what is open under our key beside the upload of that id: only when answers were lost."""
        for upload in list(list_uploads(self.connection, self.key)):
            if upload.key == self.key and upload.upload_id != upload_id:
                abort_upload(self.connection, upload)

    def delete(self) -> None:
        """DeleteObject. Not ended by `stop`."""
        self.connection.persist("delete", self.key, lambda client: client.delete_object(**self._named))

    def pause(self, seconds: float) -> None:
        """Wait, unless the upload is no longer wanted."""
        if self.stop.wait(seconds):
            raise Stopped

    @property
    def _named(self) -> Any:
        return {"Bucket": self.connection.target.bucket, "Key": self.key}

    def _body(self, view: memoryview, digest: PartDigest, handed: Callable[[int], None]) -> Any:
        return {
            "Body": cast(IO[bytes], GuardedBody(view, digest.sha256, self.stop, handed)),
            "ContentLength": digest.size,
            "ContentMD5": base64.b64encode(bytes.fromhex(digest.md5)).decode(),
        }


def begin_upload(
    connection: Connection,
    key: str,
    action: str,
    unanswered: Callable[[], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
    metadata: Mapping[str, str] | None = None,
) -> CreateMultipartUploadOutputTypeDef:
    """CreateMultipartUpload, until its answer comes; it has an id.

    `unanswered` is told of each answer that was lost, before it is asked again: there may be an upload now
    whose id nobody knows.
    """

    def note(error: StoreError) -> None:
        if may_have_worked(error):
            unanswered()

    try:
        answer = connection.persist(
            action,
            key,
            lambda client: client.create_multipart_upload(
                Bucket=connection.target.bucket, Key=key, Metadata=metadata or {}
            ),
            sleep=sleep,
            on_retry=note,
        )
    except StoreError as error:
        note(error)
        raise
    if not answer.get("UploadId"):
        raise connection.error("not_s3", action, key)
    return answer


def abort_upload(connection: Connection, upload: OpenUpload) -> None:
    """AbortMultipartUpload; one that is gone already is as good."""
    try:
        connection.persist(
            "abort the upload to",
            upload.key,
            lambda client: client.abort_multipart_upload(
                Bucket=connection.target.bucket, Key=upload.key, UploadId=upload.upload_id
            ),
        )
    except StoreError as error:
        if error.kind not in {"no_upload", "not_found"}:
            raise
