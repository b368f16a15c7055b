"""Downloads: resumed, hashed, never half under the final name."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import Cancelled, FileProblem, IntegrityError, NoSpace, StoreError
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import MIB, StreamDigest
from bak_tui.services.s3 import Bucket
from tests.faults.s3_proxy import FOR_EVER, Corrupt, Fault, Refuse, Reset, S3Proxy, Slow, Stall, Truncate
from tests.services.s3.conftest import Job, content, send, when
from tests.waiting import PATIENCE

KEY = "a/object.sql"
BODY = content(17 * MIB)


def stored(bucket: Bucket, body: bytes = BODY) -> tuple[StoredObject, StreamDigest]:
    receipt = send(bucket, body, Job())
    found = bucket.head(KEY)
    assert found is not None
    return found, receipt.digest


@pytest.mark.parametrize("size", [0, 1, 5 * MIB, 17 * MIB])
def test_an_object_of_any_size_comes_back_whole(bucket: Bucket, job: Job, tmp_path: Path, size: int) -> None:
    body = content(size)
    found, sent = stored(bucket, body)
    path = tmp_path / "object"
    for parts in ((), sent.parts):
        sha256 = bucket.download(found, path, cancellation=job, progress=job.progress, parts=parts)
        assert path.read_bytes() == body
        assert sha256 == hashlib.sha256(body).hexdigest()
    assert job.done == 2 * size
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["object"]


@pytest.mark.parametrize("fault", [Truncate(0.3), Truncate(0.7), Reset("before"), Refuse(503, "SlowDown")])
@pytest.mark.fault("R28")
def test_a_download_that_breaks_is_resumed(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, tmp_path: Path, fault: Fault
) -> None:
    found, sent = stored(bucket)
    proxy.fault("GetObject", fault, nth=2, times=4)
    sha256 = proxied.download(
        found, tmp_path / "o", cancellation=job, progress=job.progress, parts=sent.parts
    )
    assert (tmp_path / "o").read_bytes() == BODY
    assert sha256 == sent.sha256
    assert job.done == len(BODY)


def test_what_came_before_the_break_is_not_fetched_again(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, tmp_path: Path
) -> None:
    found, _ = stored(bucket, content(4 * MIB))
    proxy.fault("GetObject", Truncate(0.75))
    proxied.download(found, tmp_path / "o", cancellation=job, progress=job.progress)
    ranges = [request.headers["range"] for request in proxy.requests]
    assert ranges == [f"bytes=0-{4 * MIB - 1}", f"bytes={3 * MIB}-{4 * MIB - 1}"]


def test_a_bit_flipped_on_the_way_is_fetched_again(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, tmp_path: Path
) -> None:
    found, sent = stored(bucket)
    proxy.fault("GetObject", Corrupt(1000))
    proxied.download(found, tmp_path / "o", cancellation=job, progress=job.progress, parts=sent.parts)
    assert (tmp_path / "o").read_bytes() == BODY
    assert job.done == len(BODY)


def test_a_part_damaged_in_the_store_is_named(bucket: Bucket, job: Job, tmp_path: Path) -> None:
    found, sent = stored(bucket)
    parts = list(sent.parts)
    parts[1] = replace(parts[1], sha256="0" * 64)
    with pytest.raises(IntegrityError, match=r"part 2 \(bytes 5242880-10485759\)"):
        bucket.download(found, tmp_path / "o", cancellation=job, progress=job.progress, parts=parts)
    assert os.listdir(tmp_path) == []


def test_a_size_that_differs_from_the_manifest_is_told_before_anything_is_fetched(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, tmp_path: Path
) -> None:
    found, sent = stored(bucket)
    short = replace(found, size=found.size - 1)
    with pytest.raises(IntegrityError, match="its manifest says"):
        proxied.download(short, tmp_path / "o", cancellation=job, progress=job.progress, parts=sent.parts)
    assert proxy.requests == []


def test_an_object_replaced_meanwhile_is_noticed(bucket: Bucket, job: Job, tmp_path: Path) -> None:
    found, _ = stored(bucket)
    send(bucket, content(17 * MIB - 1) + b"!", Job())
    with pytest.raises(StoreError, match="replaced meanwhile") as caught:
        bucket.download(found, tmp_path / "o", cancellation=job, progress=job.progress)
    assert caught.value.kind == "changed"
    bucket.delete([KEY])
    for gone in (found, replace(found, size=0)):
        with pytest.raises(StoreError) as caught:
            bucket.download(gone, tmp_path / "o", cancellation=job, progress=job.progress)
        assert caught.value.kind == "not_found"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("fault", [Stall(), Slow(20_000)])
def test_a_cancelled_download_ends_soon_and_leaves_nothing(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket, job: Job, tmp_path: Path, fault: Fault
) -> None:
    found, _ = stored(bucket)
    proxy.fault("GetObject", fault, times=FOR_EVER)
    started = time.monotonic()
    when(lambda: proxy.count("GetObject") > 0, job.is_cancelled.set)
    with pytest.raises(Cancelled):
        proxied.download(found, tmp_path / "o", cancellation=job, progress=job.progress)
    assert time.monotonic() - started < PATIENCE
    assert os.listdir(tmp_path) == []


def test_a_file_left_by_a_dead_run_is_replaced_and_a_symlink_not_followed(
    bucket: Bucket, job: Job, tmp_path: Path
) -> None:
    found, _ = stored(bucket, b"content")
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    partial = tmp_path / "o.partial"
    partial.symlink_to(precious)
    bucket.download(found, tmp_path / "o", cancellation=job, progress=job.progress)
    partial.write_bytes(b"left by a dead run, and longer")
    bucket.download(found, tmp_path / "o", cancellation=job, progress=job.progress)
    assert (tmp_path / "o").read_bytes() == b"content"
    assert precious.read_bytes() == b"precious"


def test_two_downloads_do_not_write_one_file(bucket: Bucket, job: Job, tmp_path: Path) -> None:
    found, _ = stored(bucket, b"content")
    with (tmp_path / "o.partial").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FileProblem, match="another download"):
            bucket.download(found, tmp_path / "o", cancellation=job, progress=job.progress)
    with pytest.raises(FileProblem, match="No such file"):
        bucket.download(found, tmp_path / "no" / "o", cancellation=job, progress=job.progress)


def test_a_full_disk_is_told_and_nothing_is_left(
    bucket: Bucket, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = stored(bucket)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(NoSpace, match="disk is full"):
        bucket.download(found, tmp_path / "o", cancellation=job, progress=job.progress)
    assert os.listdir(tmp_path) == []


def test_small_objects_and_beginnings_are_read(proxied: Bucket, proxy: S3Proxy) -> None:
    proxied.write("empty", b"")
    proxied.write("ten", b"0123456789")
    proxy.fault("GetObject", Truncate(0.5), key="ten")
    assert proxied.read("ten", limit=10) == b"0123456789"
    assert proxied.read_head("ten", 4) == b"0123"
    assert proxied.read_head("ten", 40) == b"0123456789"
    assert proxied.read_head("empty", 4) == b""
    assert proxied.read("empty", limit=0) == b""
    with pytest.raises(StoreError) as caught:
        proxied.read("ten", limit=9)
    assert caught.value.kind == "too_large"
    with pytest.raises(StoreError) as caught:
        proxied.read("none", limit=9)
    assert caught.value.kind == "not_found"


@pytest.mark.parametrize("lasts", [True, False])
def test_what_does_not_last_is_not_forced_onto_the_disk(
    bucket: Bucket, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lasts: bool
) -> None:
    found, _ = stored(bucket, b"content")
    synced: list[str] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", note)
    path = tmp_path / "o"
    bucket.download(found, path, cancellation=job, progress=job.progress, lasts=lasts)
    assert path.read_bytes() == b"content"
    assert synced == ([f"{path}.partial", str(tmp_path)] if lasts else [])
