"""A whole object read in order without a file: resumed, pinned to one version, bounded, cancelled at once."""

from __future__ import annotations

import pytest

from bak_tui.core.errors import Cancelled, StoreError
from bak_tui.core.parts import MIB
from bak_tui.services.s3 import Bucket
from tests.faults.s3_proxy import Reset, S3Proxy, Stall, Truncate
from tests.services.s3.conftest import Job, content, send, when
from tests.services.s3.test_download import BODY, KEY, stored


@pytest.mark.parametrize("size", [0, 1, 4 * MIB, 17 * MIB])
def test_the_bytes_come_in_order_and_whole(bucket: Bucket, job: Job, size: int) -> None:
    body = content(size)
    found, _ = stored(bucket, body)
    with bucket.stream(found, cancellation=job) as pieces:
        assert b"".join(pieces) == body


def test_a_span_is_read_alone(bucket: Bucket, job: Job) -> None:
    found, _ = stored(bucket)
    with bucket.stream(found, cancellation=job, start=5 * MIB, end=10 * MIB + 3) as pieces:
        assert b"".join(pieces) == BODY[5 * MIB : 10 * MIB + 3]


def test_a_broken_connection_is_resumed(proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job) -> None:
    found, _ = stored(bucket)
    proxy.fault("GetObject", Truncate(0.4), nth=2)
    proxy.fault("GetObject", Reset("before"), nth=4)
    with proxied.stream(found, cancellation=job) as pieces:
        assert b"".join(pieces) == BODY


def test_no_more_than_a_few_pieces_are_asked_for_ahead(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    found, _ = stored(bucket, content(40 * MIB))
    with proxied.stream(found, cancellation=job) as pieces:
        next(pieces)
        assert proxy.count("GetObject") <= 4
        next(pieces)
        assert proxy.count("GetObject") <= 5


def test_an_object_replaced_meanwhile_is_not_read_as_one(bucket: Bucket, job: Job) -> None:
    found, _ = stored(bucket, content(40 * MIB))

    def read() -> None:
        with bucket.stream(found, cancellation=job) as pieces:
            for number, _ in enumerate(pieces):
                if number == 0:
                    send(bucket, content(40 * MIB)[::-1], Job(), key=KEY)

    with pytest.raises(StoreError) as raised:
        read()
    assert raised.value.kind in {"changed", "not_found"}


def test_cancelling_ends_a_stream_that_waits_for_a_silent_server(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job
) -> None:
    found, _ = stored(bucket)
    proxy.fault("GetObject", Stall(), times=9)
    when(lambda: proxy.count("GetObject") > 0, job.is_cancelled.set)

    def read() -> None:
        with proxied.stream(found, cancellation=job) as pieces:
            next(pieces)

    with pytest.raises(Cancelled):
        read()
