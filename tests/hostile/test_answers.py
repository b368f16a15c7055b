"""Whatever answers where an S3 server should: what is asked for comes, or one sentence; never a defect."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bak_tui.core.objects import OpenUpload, StoredObject
from bak_tui.core.parts import MIN_PART_SIZE, PartPlan
from bak_tui.services.s3 import Accesses, Bucket, S3Options
from tests.fakes.odd_server import OddServer, chunked, said
from tests.hostile.holding import refusals, shown
from tests.hostile.strategies import HOSTILE, hostile_text
from tests.services.s3.conftest import Job, Stream
from tests.waiting import until

ONCE = S3Options(connect_timeout=5, read_timeout=5, attempts=1, part_attempts=1, retry_pause=0.001, workers=1)
CONTENT = b"PGDMP and more"
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
ACCESSES = Accesses()
NOW = datetime(2026, 11, 23, tzinfo=UTC)
STORED = StoredObject("k", len(CONTENT), NOW, MD5)
SPAN = f"Content-Range: bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"


def read_all(bucket: Bucket, folder: Path) -> object:
    del folder
    return b"".join(page.objects[0].key.encode() for page in bucket.pages("") if page.objects)


def upload(bucket: Bucket, folder: Path, *, size: int = 100) -> object:
    del folder
    job = Job()
    stream = Stream(b"x" * size)
    plan = PartPlan(MIN_PART_SIZE)
    return bucket.upload("k", stream, plan, cancellation=job, gate=job.gate, progress=job.progress)


def streamed(bucket: Bucket, folder: Path) -> object:
    del folder
    with bucket.stream(STORED, cancellation=Job()) as pieces:
        return b"".join(pieces)


def downloaded(bucket: Bucket, folder: Path) -> object:
    job = Job()
    path = folder / "fetched"
    try:
        return bucket.download(STORED, path, cancellation=job, progress=job.progress)
    finally:
        assert {each.name for each in folder.iterdir()} <= {"fetched"}
        path.unlink(missing_ok=True)


ASKED: dict[str, Callable[[Bucket, Path], object]] = {
    "head": lambda bucket, _: bucket.head("k"),
    "read": lambda bucket, _: bucket.read("k", limit=1000),
    "read_head": lambda bucket, _: bucket.read_head("k", 10),
    "list": read_all,
    "open uploads": lambda bucket, _: bucket.open_uploads(""),
    "abort": lambda bucket, _: bucket.abort(OpenUpload("k", "id", NOW)),
    "write": lambda bucket, _: bucket.write("k", CONTENT),
    "probe": lambda bucket, _: bucket.probe_write("k"),
    "delete": lambda bucket, _: bucket.delete(["k"]),
    "delete two": lambda bucket, _: bucket.delete(["k", "l"]),
    "upload": upload,
    "upload in parts": lambda bucket, folder: upload(bucket, folder, size=MIN_PART_SIZE + 1),
    "stream": streamed,
    "download": downloaded,
    "product": lambda bucket, _: bucket.product(),
}
_BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + each, b"&%c;" % (97 + each) * 10) for each in range(9)
)
ERROR = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a page": b"<!DOCTYPE html><html><body><p>Please log in<br></body></html>",
    "an error": ERROR,
    "an error of nothing": b"<Error></Error>",
    "an error of errors": b"<Error><Code><Code>x</Code></Code><Message><b>no</b></Message></Error>",
    "an error at length": ERROR.replace(b"no", b"no " * 400_000),
    "an error in depth": b"<Error>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</Error>",
    "unfinished depth": b"<a>" * 100_000,
    "entities": _BOMB + b"]><Error><Code>&j;</Code><Message>&j;</Message></Error>",
    "a file's entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Error><Code>&a;</Code></Error>',
    "UTF-16": ERROR.decode().encode("utf-16"),
    "said to be UTF-16": b'<?xml version="1.0" encoding="utf-16"?>' + ERROR,
    "an unknown encoding": b'<?xml version="1.0" encoding="klingon"?>' + ERROR,
    "no UTF-8": ERROR.replace(b"no", b"\xff\xfe\x00"),
    "controls": ERROR.replace(b"no", b"&#x9b;31m &#x202e;&#x85;"),
    "JSON": b'{"error": "no"}',
    "a listing without its names": b"<ListBucketResult><Contents></Contents></ListBucketResult>",
    "uploads without names": b"<ListMultipartUploadsResult><Upload></Upload></ListMultipartUploadsResult>",
    "uploads that go on": b"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
    b"</ListMultipartUploadsResult>",
    "a result of another request": b"<InitiateMultipartUploadResult/>",
    "gzip": b"\x1f\x8b\x08\x00" + b"\xff" * 100,
}
ETAGS = ('ETag: "x"', "ETag: x", 'ETag: W/"x"', "ETag: ", 'ETag: "', f'ETag: W/"{MD5}"', "ETag: \xff\x9b")
HEADERS = (
    *ETAGS,
    "Last-Modified: yesterday",
    "Last-Modified: Mon, 31 Dec 9999 23:59:59 -2359",
    "Date: Mon, 01 Jan 0001 00:00:00 +2359",
    SPAN,
    "Content-Range: bytes */x",
    "Content-Range: bytes 0-99999999999999999999/99999999999999999999",
    "Content-Type: text/html",
    "Content-Encoding: gzip",
    "Content-Length: -1",
    "Content-Length: many",
    "x-amz-bucket-region: \x1b]0;x\x07",
    "x-amz-meta-bak-token: \x9b31m",
    "x-amz-checksum-crc32: AAAAAA==",
    "Location: http://evil.example/\x9b",
    "Location: ://",
    "Server: \x9b2J",
    "Retry-After: never",
)


pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""urllib3 and botocore drop an answer whose headers they refuse; its socket goes with the garbage."""
POOLED = 10
"""Connections that a client may keep."""


@pytest.fixture(scope="module")
def server() -> Iterator[OddServer]:
    with OddServer() as server:
        yield server


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """All that was dropped is let go of, and within the test that knows of it."""
    before = descriptors()
    yield
    gc.collect()
    until(lambda: descriptors() <= before + POOLED)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def ask(server: OddServer, answer: bytes, asked: str, folder: Path) -> object:
    server.answer = answer
    found: object = None
    with refusals():
        found = ASKED[asked](Bucket.open(server.target, ONCE, ACCESSES), folder)
    if isinstance(found, str):
        shown(found)
    return found


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [200, 403])
def test_no_body_is_more_than_a_refusal(server: OddServer, tmp_path: Path, status: int, body: str) -> None:
    for asked in ASKED:
        ask(server, said(status, BODIES[body]), asked, tmp_path)


_answers = st.builds(
    lambda make, status, body, headers: make(status, body, *headers),
    st.sampled_from([said, chunked]),
    st.sampled_from([200, 200, 204, 206, 301, 307, 400, 403, 404, 412, 416, 500, 501, 503, 599]),
    st.one_of(
        st.sampled_from([*BODIES.values(), CONTENT]),
        hostile_text.map(lambda text: ERROR.replace(b"no", text.encode("utf-8", "surrogatepass"))),
        st.binary(max_size=50),
    ),
    st.lists(st.sampled_from(HEADERS), max_size=4, unique=True),
)


@given(st.one_of(_answers, st.binary(max_size=60)), st.sampled_from(list(ASKED)))
@example(chunked(200, b""), "head")
@example(chunked(206, CONTENT, SPAN), "stream")
@HOSTILE
def test_whatever_answers_is_understood_or_refused(
    server: OddServer, tmp_path_factory: pytest.TempPathFactory, answer: bytes, asked: str
) -> None:
    ask(server, answer, asked, tmp_path_factory.mktemp("fetched"))


@pytest.mark.parametrize("etag", [f'"{MD5}"', MD5, f'W/"{MD5}"', ""])
@pytest.mark.parametrize("make", [said, chunked])
def test_an_object_is_read_whatever_its_etag_is_dressed_in(
    server: OddServer, tmp_path: Path, make: Callable[..., bytes], etag: str
) -> None:
    answer = make(206, CONTENT, SPAN, *[f"ETag: {etag}"] * bool(etag))
    assert ask(server, answer, "stream", tmp_path) == CONTENT
    assert ask(server, answer, "read", tmp_path) == CONTENT
    assert ask(server, answer, "download", tmp_path) is not None
