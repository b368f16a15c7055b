"""A fresh bucket per test, directly and through the proxy, and small doubles for what a job brings."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from bak_tui.core.errors import Cancelled
from bak_tui.core.parts import MIN_PART_SIZE, PartPlan, Receipt, StreamDigest
from bak_tui.core.profile import Target
from bak_tui.services.s3 import Bucket, S3Options
from tests.faults.s3_proxy import S3Proxy
from tests.waiting import PATIENCE

FAST = S3Options(retry_pause=0.001, read_timeout=3 * PATIENCE, connect_timeout=PATIENCE)
PLAN = PartPlan(MIN_PART_SIZE)


@dataclass
class Job:
    """What a running job brings along: it can be cancelled, and notes what it was told."""

    is_cancelled: threading.Event = field(default_factory=threading.Event)
    progressed: list[int] = field(default_factory=list)
    gated: list[StreamDigest] = field(default_factory=list)

    def check(self) -> None:
        if self.is_cancelled.is_set():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        if self.is_cancelled.wait(seconds):
            raise Cancelled

    def progress(self, size: int) -> None:
        self.progressed.append(size)

    def gate(self, digest: StreamDigest) -> None:
        self.gated.append(digest)

    @property
    def done(self) -> int:
        return sum(self.progressed)


class Stream:
    """Bytes that come in pieces as short as wished; `at` runs once so many have been read."""

    def __init__(self, content: bytes, *, piece: int = 1 << 30) -> None:
        self._content = content
        self._piece = piece
        self.position = 0
        self._traps: list[tuple[int, Callable[[], None]]] = []

    def at(self, position: int, act: Callable[[], None]) -> Stream:
        self._traps.append((position, act))
        return self

    def read(self, size: int, /) -> bytes:
        for trap in [trap for trap in self._traps if trap[0] <= self.position]:
            self._traps.remove(trap)
            trap[1]()
        chunk = self._content[self.position : self.position + min(size, self._piece)]
        self.position += len(chunk)
        return chunk


@pytest.fixture
def job() -> Job:
    return Job()


@pytest.fixture
def s3_target(bucket_target: Target) -> Target:
    return bucket_target


@pytest.fixture
def bucket(s3_target: Target) -> Bucket:
    return Bucket.open(s3_target, FAST)


@pytest.fixture
def proxy(s3_target: Target) -> Iterator[S3Proxy]:
    assert s3_target.endpoint
    with S3Proxy(s3_target.endpoint) as proxy:
        yield proxy
    assert not proxy.surprises


@pytest.fixture
def proxied(s3_target: Target, proxy: S3Proxy) -> Bucket:
    """The same bucket, reached through the proxy."""
    return Bucket.open(replace(s3_target, endpoint=proxy.url), FAST)


def send(bucket: Bucket, source: Stream | bytes, job: Job, *, key: str = "a/object.sql") -> Receipt:
    """Upload in parts of 5 MiB."""
    stream = Stream(source) if isinstance(source, bytes) else source
    return bucket.upload(key, stream, PLAN, cancellation=job, gate=job.gate, progress=job.progress)


def assert_nothing_is_left(bucket: Bucket) -> None:
    """No object, no open upload."""
    assert [found.key for page in bucket.pages("") for found in page.objects] == []
    assert bucket.open_uploads("") == ()


def when(condition: Callable[[], bool], act: Callable[[], None]) -> None:
    """Do something as soon as a condition holds, from another thread."""

    def watch() -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.005)
        act()

    threading.Thread(target=watch, daemon=True).start()


def content(size: int) -> bytes:
    """The same bytes for the same size."""
    return random.Random(size).randbytes(size)  # noqa: S311  no secret
