"""Stores that answer oddly and are right all the same, and such as never end."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bak_tui.core.errors import StoreError
from bak_tui.core.parts import MIB, StreamDigest
from bak_tui.core.profile import Target
from bak_tui.services.s3 import Bucket
from tests.faults.odd_stores import (
    BlanksFirst,
    FirstTimes,
    InTurn,
    Lengthless,
    OddETags,
    OtherRegion,
    Round,
    Stripped,
)
from tests.faults.s3_proxy import ANY, FOR_EVER, Fault, Refuse, Reset, S3Proxy, Say
from tests.services.s3.conftest import FAST, PLAN, Job, Stream, assert_nothing_is_left, content, send

KEY = "a/object.sql"
BODY = content(11 * MIB)
FAILED = b"<Error><Code>InternalError</Code><Message>half-way</Message></Error>"


def go_round(bucket: Bucket, job: Job, folder: Path, body: bytes) -> None:
    """Store, list, look at, read, download, stream and delete one object."""
    send(bucket, body, job, key=KEY)
    (stored,) = (found for page in bucket.pages("") for found in page.objects)
    seen = bucket.head(KEY)
    assert seen is not None
    assert (seen.size, stored.size) == (len(body), len(body))
    assert seen.etag == stored.etag
    assert bucket.read(KEY, limit=len(body)) == body
    bucket.download(seen, folder / "fetched", cancellation=job, progress=lambda _: None)
    assert (folder / "fetched").read_bytes() == body
    with bucket.stream(stored, cancellation=job) as pieces:
        assert b"".join(pieces) == body
    bucket.delete([KEY])
    assert_nothing_is_left(bucket)


@pytest.mark.parametrize("size", [0, 100, len(BODY)], ids=["empty", "one part", "three parts"])
@pytest.mark.parametrize(
    "fault",
    [OddETags("{}"), OddETags('W/"{}"'), Lengthless(), Stripped()],
    ids=["bare ETags", "weak ETags", "no lengths", "headers stripped"],
)
@pytest.mark.fault("R47")
def test_what_stands_before_a_store_may_change_its_headers(
    proxied: Bucket, proxy: S3Proxy, job: Job, tmp_path: Path, fault: Fault, size: int
) -> None:
    proxy.fault(ANY, fault, times=FOR_EVER)
    go_round(proxied, job, tmp_path, BODY[:size])


@pytest.mark.parametrize(("status", "code"), [(400, ""), (501, "NotImplemented")])
def test_a_store_without_multipart_uploads_is_told_as_what_it_may_be(
    proxied: Bucket, proxy: S3Proxy, status: int, code: str
) -> None:
    proxied.head(KEY)
    proxy.fault("CreateMultipartUpload", Refuse(status, code), times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        proxied.probe_write(KEY)
    assert "no multipart uploads" in caught.value.hint


@pytest.mark.parametrize(("status", "code"), [(405, "MethodNotAllowed"), (501, "NotImplemented")])
@pytest.mark.fault("R47")
def test_a_store_that_can_abort_nothing_is_written_to_all_the_same(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, status: int, code: str
) -> None:
    proxy.fault("AbortMultipartUpload", Refuse(status, code), times=FOR_EVER)
    proxied.probe_write(KEY)
    assert [quirk for quirk in proxied.quirks() if quirk.startswith("no aborting")]
    assert send(proxied, BODY, job, key=KEY).digest.size == len(BODY)
    with pytest.raises(StoreError) as caught:
        proxied.upload(KEY, Stream(BODY), PLAN, cancellation=job, gate=_refuse, progress=job.progress)
    assert "an unfinished upload may remain" in caught.value.left
    for upload in bucket.open_uploads(""):
        bucket.abort(upload)
    assert bucket.open_uploads("") == ()


def _refuse(_digest: StreamDigest) -> None:
    raise StoreError("not wanted")


@pytest.mark.fault("R47")
def test_a_part_that_is_acknowledged_without_an_etag_is_completed_by_its_md5(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    proxy.fault("UploadPart", Say(200, forward=True), times=FOR_EVER)
    receipt = send(proxied, BODY, job)
    assert bucket.read(KEY, limit=len(BODY)) == BODY
    assert receipt.checked == ("size",)


@pytest.mark.parametrize(
    "fault", [Refuse(503, "SlowDown"), Reset("after"), Reset("before"), Lengthless(is_cut=True)]
)
@pytest.mark.fault("R48")
def test_every_request_may_have_to_be_sent_several_times(
    proxied: Bucket, proxy: S3Proxy, job: Job, tmp_path: Path, fault: Fault
) -> None:
    each = FirstTimes(fault, 3)
    proxy.fault(ANY, each, times=FOR_EVER)
    go_round(proxied, job, tmp_path, BODY)
    assert {operation for operation, _, _ in each.seen} >= {
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "HeadObject",
        "GetObject",
        "ListObjectsV2",
        "ListMultipartUploads",
        "DeleteObject",
    }


@pytest.mark.parametrize("status", [301, 307])
@pytest.mark.fault("R49")
def test_a_bucket_in_another_region_is_followed_there_or_told(
    proxied: Bucket, proxy: S3Proxy, job: Job, tmp_path: Path, status: int
) -> None:
    proxy.fault(ANY, OtherRegion("eu-west-3", status), times=FOR_EVER)
    go_round(proxied, job, tmp_path, BODY)


@pytest.mark.parametrize("size", [100, len(BODY)], ids=["one part", "three parts"])
@pytest.mark.parametrize("code", ["TemporaryRedirect", ""])
@pytest.mark.fault("R49")
def test_being_sent_on_to_another_host_is_told_and_not_followed(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, code: str, size: int
) -> None:
    """Whoever answers could send our requests anywhere: where to is told, and the user decides."""
    elsewhere = {"Location": "https://elsewhere.example.org/bucket/key?X-Amz-Signature=signed-by-us"}
    proxy.fault(ANY, Refuse(307, code, headers=elsewhere), times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        send(proxied, BODY[:size], job)
    assert caught.value.kind in {"redirect", "sent_on"}
    assert "elsewhere.example.org" in f"{caught.value.message} {caught.value.hint}"
    assert "signed-by-us" not in f"{caught.value.message} {caught.value.hint}"
    assert len(proxy.requests) < 5
    assert_nothing_is_left(bucket)


@pytest.mark.parametrize("declares_first", [True, False])
@pytest.mark.parametrize("xml", [None, FAILED])
@pytest.mark.fault("R50")
def test_a_completion_that_takes_its_time_and_sends_blanks_is_waited_for(
    s3_target: Target,
    proxy: S3Proxy,
    bucket: Bucket,
    job: Job,
    xml: bytes | None,
    declares_first: bool,
) -> None:
    """For longer than a silence may last; when it has failed after all, it is sent again."""
    impatient = replace(FAST, read_timeout=2)
    proxied = Bucket.open(replace(s3_target, endpoint=proxy.url), impatient)
    proxy.fault("CompleteMultipartUpload", BlanksFirst(20, 0.15, xml, declares_first))
    receipt = send(proxied, BODY, job)
    assert bucket.read(KEY, limit=len(BODY)) == BODY
    assert "size" in receipt.checked
    expected = 1 if xml is None else 2
    assert proxy.count("CompleteMultipartUpload") == expected


@pytest.mark.fault("R50")
def test_a_completion_that_never_ends_is_given_up(
    s3_target: Target, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    impatient = replace(FAST, completion=1.0)
    proxied = Bucket.open(replace(s3_target, endpoint=proxy.url), impatient)
    proxy.fault("CompleteMultipartUpload", BlanksFirst(10**6, 0.05, FAILED), times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        send(proxied, BODY, job)
    assert caught.value.kind == "stalled"
    assert_nothing_is_left(bucket)


@pytest.mark.fault("R50")
def test_a_single_put_whose_answers_are_all_lost_is_taken_back(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    proxy.fault("PutObject", Reset("after"), times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        send(proxied, b"small", job)
    assert caught.value.kind == "interrupted"
    assert_nothing_is_left(bucket)


@pytest.mark.fault("R50")
def test_what_may_be_anybodys_is_left_and_told(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    """Where the store keeps no metadata nothing tells whose the object is."""
    proxy.fault("PutObject", Reset("after"), times=FOR_EVER)
    proxy.fault("HeadObject", Stripped(), times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        send(proxied, b"small", job)
    assert "an object without a manifest may remain under a/object.sql" in caught.value.left
    assert bucket.read(KEY, limit=5) == b"small"


@pytest.mark.parametrize(
    "listing",
    [
        Round((("a", "b"),), fresh=False),
        Round((("a", "b"),)),
        Round((("a", "b"), ("c", "d"))),
        Round(((),)),
    ],
    ids=["one token for ever", "one page for ever", "two pages in turn", "empty pages for ever"],
)
@pytest.mark.fault("R51")
def test_a_listing_without_an_end_is_an_error(
    proxied: Bucket, proxy: S3Proxy, listing: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bak_tui.services.s3.listing._MOST_EMPTY", 20)
    for operation in ("ListObjectsV2", "ListObjects"):
        proxy.fault(operation, listing, times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        list(proxied.pages(""))
    assert "after the first page" in caught.value.message


@pytest.mark.fault("R51")
def test_open_uploads_that_go_in_a_circle_are_an_error(proxied: Bucket, proxy: S3Proxy) -> None:
    pages = [
        f"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>{key}</NextKeyMarker>"
        "<NextUploadIdMarker>1</NextUploadIdMarker></ListMultipartUploadsResult>"
        for key in "ab"
    ]
    circle = InTurn(tuple(Say(200, page.encode()) for page in pages))
    proxy.fault("ListMultipartUploads", circle, times=20)
    with pytest.raises(StoreError, match="after the first page"):
        proxied.open_uploads("")
    assert proxy.count("ListMultipartUploads") < 5


@pytest.mark.parametrize("fails", [[True] * 6, [True, False] * 3], ids=["for a while", "now and then"])
@pytest.mark.fault("R52")
def test_a_name_that_nobody_knows_for_a_while_is_asked_for_again(
    s3_target: Target,
    proxy: S3Proxy,
    bucket: Bucket,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
    fails: list[bool],
) -> None:
    """Every time that a connection breaks a new one asks for the address, and does not always get it."""
    real = socket.getaddrinfo
    answers = iter(fails)

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        if host == "store.test":
            if proxy.count("UploadPart") >= 1 and next(answers, False):
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            host = "127.0.0.1"
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    by_name = replace(
        s3_target, endpoint=proxy.url.replace("127.0.0.1", "store.test"), allows_plain_http=True
    )
    proxied = Bucket.open(by_name, replace(FAST, workers=1))
    proxy.fault("UploadPart", Reset("before"), part=2, times=max(1, fails.count(False)))
    receipt = send(proxied, BODY, job)
    assert next(answers, None) is None
    assert receipt.retries >= sum(fails)
    assert bucket.read(KEY, limit=len(BODY)) == BODY
