"""What a file is, by its first bytes: pg_dump's own output in every format, and anything else."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bak_tui.services.archive import HEAD_BYTES, ArchiveHead, Kind, recognise
from tests.services.archive.conftest import HOSTILE_NAME, Dumper


@pytest.mark.parametrize(("level", "compression"), [("0", "none"), ("1", "gzip"), ("9", "gzip")])
def test_a_custom_archive_tells_who_made_it_of_what(dumper: Dumper, level: str, compression: str) -> None:
    head = recognise(dumper.head("--format=custom", f"--compress={level}"))
    assert head.kind is Kind.CUSTOM
    assert head.is_archive
    assert (head.compression, head.database) == (compression, HOSTILE_NAME)
    assert head.pg_dump_major == dumper.major
    assert (head.server_version or "").startswith(str(dumper.major))
    assert head.format_version is not None
    assert head.format_version >= (1, 14, 0)


@pytest.mark.parametrize(
    ("form", "kind"), [("directory", Kind.DIRECTORY), ("tar", Kind.TAR), ("plain", Kind.PLAIN)]
)
def test_other_formats_are_told_from_it(dumper: Dumper, form: str, kind: Kind) -> None:
    head = recognise(dumper.head(f"--format={form}"))
    assert head.kind is kind
    assert head.is_archive == (kind is Kind.TAR)
    assert head.is_script == (kind is Kind.PLAIN)
    assert head.innermost.pg_dump_major == (None if kind is Kind.PLAIN else dumper.major)


def test_a_compressed_script_is_a_gzip_file(dumper: Dumper) -> None:
    head = recognise(dumper.head("--format=plain", "--compress=1"))
    assert (head.kind, head.is_script) == (Kind.GZIP, True)


def test_an_archive_inside_a_gzip_file_is_a_gzip_file(dumper: Dumper) -> None:
    for form in ("custom", "tar"):
        head = recognise(gzip.compress(dumper.head(f"--format={form}"))[:HEAD_BYTES])
        assert (head.kind, head.is_archive) == (Kind.GZIP, True)
        assert head.innermost.pg_dump_major == dumper.major


def test_an_archive_cut_anywhere_in_its_header_is_called_cut(dumper: Dumper) -> None:
    whole = dumper.head("--format=custom")
    end = whole.index(HOSTILE_NAME.encode())
    for version in (recognise(whole).server_version, recognise(whole).pg_dump_version):
        assert version
        end = whole.index(version.encode(), end) + len(version)
    kinds = {length: recognise(whole[:length]).kind for length in range(5, end + 1)}
    assert kinds.pop(end) is Kind.CUSTOM
    assert set(kinds.values()) == {Kind.CUT}


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", Kind.EMPTY),
        (b"\0" * HEAD_BYTES, Kind.OTHER),
        (b"hello, world\n", Kind.OTHER),
        (b"PGDM", Kind.OTHER),
        (b"PGDMP", Kind.CUT),
        (b"-- PostgreSQL database cluster dump\n", Kind.PLAIN),
        (b"\x1f\x8b\x08", Kind.GZIP),
        (b"PK\x03\x04", Kind.OTHER),
        (b"PGDMP\x01\x0f\x00\x04\x08\x01\x01" + b"\x00\x7f\x7f\x7f\x7f" * 800, Kind.CUT),
        (b"PGDMP\x01\x0f\x00\xff\x08\x01" + b"\x00" * 4000, Kind.OTHER),
        (b"PGDMP\x01\x00\x00\x04\x08\x01" + b"\x00" * 4000, Kind.OTHER),
        (b"PGDMP\x01\x0f\x00\x04\x08\x09" + b"\x00" * 4000, Kind.OTHER),
    ],
)
def test_what_is_no_archive_is_told_as_what_it_is(head: bytes, kind: Kind) -> None:
    assert recognise(head).kind is kind


@given(st.binary(max_size=600), st.booleans())
@example(b"", True)
@settings(deadline=None, max_examples=400)
def test_any_bytes_are_recognised_as_something(data: bytes, has_magic: bool) -> None:
    head = recognise(b"PGDMP" + data if has_magic else data)
    assert isinstance(head, ArchiveHead)
    assert head.pg_dump_major is None or head.pg_dump_major >= 0


def test_every_kind_can_be_said_in_a_sentence() -> None:
    assert [str(kind) for kind in Kind if not str(kind)] == []
    assert len({str(kind) for kind in Kind}) == len(Kind)
