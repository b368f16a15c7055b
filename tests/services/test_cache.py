"""The cache of documents: right or silent, whatever happens to its file."""

from __future__ import annotations

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bak_tui.core.objects import StoredObject
from bak_tui.services.cache import DocumentCache

PLACE = "http://there bucket"


def stored(key: str, etag: str = "e1") -> StoredObject:
    return StoredObject(key, 1, datetime(2026, 11, 23, tzinfo=UTC), etag)


@pytest.fixture
def cache(tmp_path: Path) -> DocumentCache:
    return DocumentCache(tmp_path / "state" / "documents.sqlite")


def found(cache: DocumentCache, each: StoredObject, place: str = PLACE) -> bytes | None:
    with cache.opened() as kept:
        return kept.find(place, each)


def keep(cache: DocumentCache, each: StoredObject, content: bytes) -> None:
    with cache.opened() as kept:
        kept.keep(PLACE, each, content)


@pytest.mark.parametrize("key", ["a.sql", "ü\n\x00'; DROP TABLE document; --", "\ud800"])
def test_what_was_kept_is_found_under_its_key_and_etag_only(cache: DocumentCache, key: str) -> None:
    assert found(cache, stored(key)) is None
    keep(cache, stored(key), b"content")
    assert found(cache, stored(key)) == b"content"
    assert found(cache, stored(key, "e2")) is None
    assert found(cache, stored(key + "x")) is None
    assert found(cache, stored(key), "http://elsewhere bucket") is None
    keep(cache, stored(key, "e2"), b"newer")
    assert (found(cache, stored(key)), found(cache, stored(key, "e2"))) == (None, b"newer")


def test_nobody_else_can_read_it(cache: DocumentCache) -> None:
    before = os.umask(0)
    try:
        keep(cache, stored("a"), b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(cache.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_ignored_and_begun_anew(cache: DocumentCache, damage: bytes) -> None:
    keep(cache, stored("a"), b"x" * 9000)
    cache.path.write_bytes(damage)
    assert found(cache, stored("a")) is None
    keep(cache, stored("a"), b"y")
    assert found(cache, stored("a")) == b"y"


def test_damage_in_the_middle_is_never_given_out(cache: DocumentCache) -> None:
    content = bytes(range(256)) * 200
    keep(cache, stored("a"), content)
    whole = cache.path.read_bytes()
    for at in range(0, len(whole), 2048):
        cache.path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        assert found(cache, stored("a")) in {None, content}


def test_content_that_is_not_what_was_kept_is_not_found(cache: DocumentCache) -> None:
    keep(cache, stored("a"), b"right")
    with sqlite3.connect(cache.path) as connection:
        connection.execute("UPDATE document SET content = x'00'")
    connection.close()
    assert found(cache, stored("a")) is None


def test_it_is_bounded_and_forgets_the_oldest(tmp_path: Path) -> None:
    cache = DocumentCache(tmp_path / "small.sqlite", most_bytes=1 << 20)
    with cache.opened() as kept:
        for number in range(400):
            kept.keep(PLACE, stored(f"{number}"), os.urandom(10_000))
        assert kept.find(PLACE, stored("0")) is None
        assert sum(kept.find(PLACE, stored(f"{number}")) is not None for number in range(300, 400)) >= 40
    assert cache.path.stat().st_size <= 1 << 20


def test_a_place_where_nothing_can_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "file" / "cache", tmp_path / "folder", tmp_path / "link"):
        cache = DocumentCache(path)
        keep(cache, stored("a"), b"x")
        found(cache, stored("a"))
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"


def test_threads_and_other_processes_may_use_it_at_once(cache: DocumentCache) -> None:
    with cache.opened() as one, cache.opened() as other, ThreadPoolExecutor(4) as pool:
        for kept in (one, other):
            list(pool.map(lambda number: kept.keep(PLACE, stored(str(number)), b"x"), range(50)))  # noqa: B023
        found = pool.map(lambda number: one.find(PLACE, stored(str(number))), range(50))
        assert set(found) == {b"x"}
