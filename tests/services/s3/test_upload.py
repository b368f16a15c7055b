"""Uploads to a server that is well."""

from __future__ import annotations

import hashlib

import pytest

from bak_tui.core.errors import Cancelled, DumpFailed
from bak_tui.core.objects import OpenUpload
from bak_tui.core.parts import MIB, MIN_PART_SIZE, StreamDigest, multipart_etag
from bak_tui.services.s3 import Bucket
from bak_tui.services.s3.body import GuardedBody
from bak_tui.services.s3.upload import Unwatched
from tests.faults.s3_proxy import S3Proxy
from tests.services.s3.conftest import PLAN, Job, Stream, assert_nothing_is_left, content, send

KEY = "a/object.sql"


@pytest.mark.parametrize("size", [0, 1, MIN_PART_SIZE - 1, MIN_PART_SIZE, MIN_PART_SIZE + 1])
def test_a_stream_of_any_size_is_stored_whole(bucket: Bucket, job: Job, size: int) -> None:
    body = content(size)
    receipt = send(bucket, body, job)
    assert bucket.read(KEY, limit=size) == body
    assert receipt.digest.sha256 == hashlib.sha256(body).hexdigest()
    assert receipt.checked == ("parts", "size", "etag")
    assert receipt.digest.size == job.done == size
    assert job.gated == [receipt.digest]
    assert len(receipt.digest.parts) == max(1, -(-size // MIN_PART_SIZE))
    assert receipt.retries == 0


def test_a_source_that_reads_short_is_stored_whole(bucket: Bucket, job: Job) -> None:
    body = content(40 * MIB)
    receipt = send(bucket, Stream(body, piece=70_001), job)
    stored = bucket.head(KEY)
    assert stored is not None
    assert stored.size == 40 * MIB
    assert stored.etag == receipt.etag
    assert [part.size for part in receipt.digest.parts] == [MIN_PART_SIZE] * 8
    assert hashlib.sha256(bucket.read(KEY, limit=40 * MIB)).hexdigest() == receipt.digest.sha256
    assert receipt.digest.sha256 == hashlib.sha256(body).hexdigest()
    assert job.done == 40 * MIB
    assert min(job.progressed) > 0


def test_the_upload_is_told_as_soon_as_it_has_an_id(bucket: Bucket, job: Job) -> None:
    begun: list[OpenUpload] = []

    class Watch(Unwatched):
        token = "told beforehand"

        def begun(self, upload: OpenUpload, /) -> None:
            begun.append(upload)

    stream = Stream(content(12 * MIB))
    seen: list[tuple[OpenUpload, ...]] = []
    stream.at(11 * MIB, lambda: seen.append(bucket.open_uploads("a/")))
    bucket.upload(KEY, stream, PLAN, cancellation=job, gate=job.gate, progress=job.progress, watch=Watch())
    stored = bucket.head(KEY)
    assert stored is not None
    assert stored.token == "told beforehand"
    assert [upload.key for upload in begun] == [KEY]
    assert [upload.upload_id for upload in seen[0]] == [begun[0].upload_id]


@pytest.mark.parametrize("size", [10, 12 * MIB])
def test_nothing_is_visible_while_the_gate_is_shut(bucket: Bucket, job: Job, size: int) -> None:
    def gate(digest: StreamDigest) -> None:
        assert digest.size == size
        assert bucket.head(KEY) is None
        assert next(bucket.pages("")).objects == ()
        raise DumpFailed("pg_dump ended with 1")

    with pytest.raises(DumpFailed, match="ended with 1"):
        bucket.upload(KEY, Stream(content(size)), PLAN, cancellation=job, gate=gate, progress=job.progress)
    assert_nothing_is_left(bucket)


@pytest.mark.parametrize("position", [0, 3 * MIB, 17 * MIB])
def test_a_source_that_raises_leaves_nothing(bucket: Bucket, job: Job, position: int) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(bucket, Stream(content(20 * MIB)).at(position, fail), job)
    assert_nothing_is_left(bucket)


def test_a_cancelled_upload_leaves_nothing_and_ends_at_once(bucket: Bucket, job: Job) -> None:
    stream = Stream(content(30 * MIB)).at(18 * MIB, job.is_cancelled.set)
    with pytest.raises(Cancelled):
        send(bucket, stream, job)
    assert stream.position < 30 * MIB
    assert_nothing_is_left(bucket)
    assert job.gated == []


def test_a_hundred_parts_need_no_more_buffers_than_workers_and_one(bucket: Bucket, job: Job) -> None:
    class Counting(Stream):
        ahead = 0

        def read(self, size: int, /) -> bytes:
            Counting.ahead = max(Counting.ahead, self.position - job.done)
            return super().read(size)

    send(bucket, Counting(content(60 * MIB)), job)
    assert Counting.ahead <= 7 * MIN_PART_SIZE + MIB  # six workers, one being filled, one read ahead


def test_an_etag_is_predicted_from_the_parts(bucket: Bucket, job: Job) -> None:
    receipt = send(bucket, content(11 * MIB), job)
    assert receipt.checked == ("parts", "size", "etag")
    assert multipart_etag(receipt.digest.parts).endswith("-3")


@pytest.mark.parametrize("size", [4 * MIB, 11 * MIB])
def test_over_plain_http_what_is_signed_is_the_hash_that_is_known_and_nothing_is_read_twice(
    proxied: Bucket, proxy: S3Proxy, job: Job, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    read = []
    usual = GuardedBody.read

    def reading(body: GuardedBody, amount: int = -1, /) -> memoryview:
        chunk = usual(body, amount)
        read.append(len(chunk))
        return chunk

    monkeypatch.setattr(GuardedBody, "read", reading)
    receipt = send(proxied, content(size), job)
    sent = [each for each in proxy.requests if each.operation in {"PutObject", "UploadPart"}]
    assert {each.headers["x-amz-content-sha256"] for each in sent} == {
        part.sha256 for part in receipt.digest.parts
    }
    assert sum(read) == size


def test_what_the_socket_takes_is_told_while_a_part_is_on_its_way(bucket: Bucket, job: Job) -> None:
    """A dump that is sent as one part would otherwise stand at 0 % until it is there."""
    send(bucket, content(4 * MIB), job)
    assert job.done == 4 * MIB
    assert len(job.progressed) == 16
    assert min(job.progressed) > 0
