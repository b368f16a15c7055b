"""Uploads through networks and to servers that are not well. Faults R10 to R18."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bak_tui.core.errors import Cancelled, IntegrityError, StoreError
from bak_tui.core.parts import MIB
from bak_tui.core.profile import Target
from bak_tui.services.s3 import Bucket, S3Options
from tests.faults.s3_proxy import FOR_EVER, Fault, Refuse, Reset, S3Proxy, Say, Slow, Stall
from tests.services.s3.conftest import FAST, Job, Stream, assert_nothing_is_left, content, send, when
from tests.waiting import PATIENCE

KEY = "a/object.sql"
BODY = content(17 * MIB)
INSIDE_200 = Say(200, b"<Error><Code>InternalError</Code><Message>half-way</Message></Error>")


@pytest.mark.parametrize("when_", ["before", "mid", "after"])
@pytest.mark.fault("R10")
def test_a_reset_in_a_part_is_survived(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, when_: str
) -> None:
    proxy.fault("UploadPart", Reset(when_), part=2)
    receipt = send(proxied, BODY, job)
    assert bucket.read(KEY, limit=len(BODY)) == BODY
    assert receipt.retries == 1
    assert receipt.checked == ("parts", "size", "etag")
    assert job.done == len(BODY)


@pytest.mark.parametrize(
    "operation", ["UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload", "HeadObject"]
)
@pytest.mark.fault("R11")
def test_seven_slow_downs_in_a_row_are_survived(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, operation: str
) -> None:
    proxy.fault(operation, Refuse(503, "SlowDown"), times=7)
    send(proxied, BODY, job)
    assert bucket.read(KEY, limit=len(BODY)) == BODY


@pytest.mark.parametrize("fault", [Refuse(503, "SlowDown"), Reset("mid"), Refuse(400, "RequestTimeout")])
def test_a_single_put_is_tried_again(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, fault: Fault
) -> None:
    proxy.fault("PutObject", fault, times=3)
    receipt = send(proxied, b"small", job)
    assert bucket.read(KEY, limit=5) == b"small"
    assert receipt.retries == 3
    assert job.progressed == [5, -5, 5, -5, 5, -5, 5]


@pytest.mark.fault("R12")
def test_a_part_that_fails_for_ever_ends_the_upload(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    proxy.fault("UploadPart", Refuse(500, "InternalError"), part=3, times=FOR_EVER)
    with pytest.raises(StoreError, match="upload part 3 of") as caught:
        send(proxied, BODY, job)
    assert caught.value.kind == "server_error"
    assert [request.query.get("partNumber") for request in proxy.requests].count("3") == FAST.part_attempts
    assert_nothing_is_left(bucket)


@pytest.mark.parametrize(
    "fault",
    [INSIDE_200, Reset("before"), Reset("after"), Say(504, forward=True), Say(200, b"", forward=True)],
)
@pytest.mark.fault("R13")
def test_a_completion_that_says_it_failed_is_looked_at(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, fault: Fault
) -> None:
    proxy.fault("CompleteMultipartUpload", fault)
    receipt = send(proxied, BODY, job)
    assert bucket.read(KEY, limit=len(BODY)) == BODY
    assert receipt.checked[:2] == ("parts", "size")
    assert bucket.open_uploads("") == ()


@pytest.mark.parametrize("fault", [INSIDE_200, Refuse(403, "AccessDenied"), Refuse(404, "NoSuchUpload")])
@pytest.mark.fault("R13")
def test_a_completion_that_fails_for_ever_leaves_nothing(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, fault: Fault
) -> None:
    proxy.fault("CompleteMultipartUpload", fault, times=FOR_EVER)
    with pytest.raises(StoreError, match="cannot complete"):
        send(proxied, BODY, job)
    assert_nothing_is_left(bucket)


@pytest.mark.parametrize("takes_body", [True, False])
@pytest.mark.fault("R14")
def test_a_part_that_stalls_is_sent_again(
    s3_target: Target, proxy: S3Proxy, bucket: Bucket, job: Job, takes_body: bool
) -> None:
    impatient = S3Options(retry_pause=0.005, read_timeout=0.7, connect_timeout=0.7)
    proxied = Bucket.open(replace(s3_target, endpoint=proxy.url), impatient)
    proxy.fault("UploadPart", Stall(takes_body), part=2)
    receipt = send(proxied, BODY, job)
    assert bucket.read(KEY, limit=len(BODY)) == BODY
    assert receipt.retries >= 1


@pytest.mark.parametrize("operation", ["UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload"])
def test_a_cancellation_does_not_wait_for_a_silent_server(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, operation: str
) -> None:
    proxy.fault(operation, Stall(), times=FOR_EVER)
    cancelled_at: list[float] = []

    def cancel() -> None:
        cancelled_at.append(time.monotonic())
        job.is_cancelled.set()

    when(lambda: proxy.count(operation) > 0, cancel)
    with pytest.raises(Cancelled):
        send(proxied, BODY, job)
    assert time.monotonic() - cancelled_at[0] < PATIENCE
    assert_nothing_is_left(bucket)


def test_a_cancellation_ends_parts_that_are_being_sent_slowly(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    proxy.fault("UploadPart", Slow(30_000), times=FOR_EVER)
    when(lambda: proxy.count("UploadPart") >= 3, job.is_cancelled.set)
    started = time.monotonic()
    with pytest.raises(Cancelled):
        send(proxied, BODY, job)
    assert time.monotonic() - started < PATIENCE
    assert_nothing_is_left(bucket)


def test_a_credential_that_may_only_put_proves_what_it_can(proxied: Bucket, proxy: S3Proxy, job: Job) -> None:
    proxy.fault("HeadObject", Refuse(403, "AccessDenied"), times=FOR_EVER)
    assert send(proxied, BODY, job).checked == ("parts",)


def test_an_etag_that_is_no_md5_proves_nothing(proxied: Bucket, proxy: S3Proxy, job: Job) -> None:
    proxy.fault("PutObject", Say(200, headers={"ETag": '"8f2e11c0"'}, forward=True))
    assert send(proxied, b"small", job).checked == ("parts", "size")


@pytest.mark.parametrize(
    "shown",
    [
        {"Content-Length": str(len(BODY) - 1)},
        {"Content-Length": str(len(BODY)), "ETag": f'"{"0" * 32}-4"'},
    ],
)
def test_an_object_that_is_not_what_was_sent_is_removed(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, shown: dict[str, str]
) -> None:
    proxy.fault("HeadObject", Say(200, headers={"Last-Modified": "Mon, 23 Nov 2026 12:00:00 GMT", **shown}))
    with pytest.raises(IntegrityError, match=r"a/object\.sql"):
        send(proxied, BODY, job)
    assert_nothing_is_left(bucket)


@pytest.mark.fault("R16")
def test_expired_credentials_fail_at_once_and_the_error_tells_what_may_be_left(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    proxy.fault("UploadPart", Refuse(400, "ExpiredToken"), part=2, times=FOR_EVER)
    proxy.fault("AbortMultipartUpload", Refuse(403, "AccessDenied"), times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        send(proxied, BODY, job)
    assert caught.value.kind == "credentials_expired"
    assert "an unfinished upload may remain under a/object.sql" in caught.value.left
    (left,) = bucket.open_uploads("a/")
    assert left.key == KEY
    bucket.abort(left)
    bucket.abort(left)
    assert_nothing_is_left(bucket)


@pytest.mark.fault("R17")
def test_a_skewed_clock_is_measured_and_causes_no_storm(proxied: Bucket, proxy: S3Proxy, job: Job) -> None:
    skewed = Refuse(403, "RequestTimeTooSkewed", clock_off=20 * 60)
    proxy.fault("CreateMultipartUpload", skewed, times=FOR_EVER)
    with pytest.raises(StoreError, match=r"(20 min|19 min 5\d s).*behind the server's") as caught:
        send(proxied, BODY, job)
    assert caught.value.kind == "clock_skew"
    assert len(proxy.requests) < 5


@pytest.mark.fault("R15")
def test_the_source_is_held_back_while_the_store_is_slow(proxied: Bucket, proxy: S3Proxy, job: Job) -> None:
    proxy.fault("UploadPart", Stall(), times=FOR_EVER)
    stream = Stream(content(60 * MIB))
    when(lambda: stream.position > 35 * MIB and proxy.count("UploadPart") == 6, job.is_cancelled.set)
    with pytest.raises(Cancelled):
        send(proxied, stream, job)
    assert stream.position == 35 * MIB + MIB // 4  # seven buffers, and one read of 256 KiB ahead
