"""Dumps that are damaged, unproven or none are told before any SQL reaches the server."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bak_tui.core.errors import ExitCode, FileProblem, IntegrityError
from bak_tui.core.jobs import JobState
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.targets import RestoreOptions
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of, restore, source
from tests.samples import (
    SAMPLE_ROWS,
    databases_of,
    drop,
    fill_bytes,
    rows_of,
)
from tests.servers.fixtures import MakeDatabase

__all__ = ["source"]


def cut(path: Path, to: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * to)])


def flip(path: Path, at: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 0x10
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("at", [0.02, 0.5, 0.98])
@pytest.mark.fault("R27", damages=True)
def test_a_flipped_bit_is_found_before_any_sql_reaches_the_server(
    house: House, source: str, tmp_path: Path, at: float
) -> None:
    flip(dump_of(house, source, tmp_path), at)
    steps: list[Step] = []
    bak = house.bak(checkpoint=lambda step, _subject: steps.append(step))
    (outcome,) = restore(bak, house, tmp_path, into="flipped").outcomes
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert steps == []
    assert "flipped" not in databases_of(house.server)


@pytest.mark.parametrize("to", [0.6, 0.999])
@pytest.mark.parametrize("has_manifest", [True, False])
@pytest.mark.fault("R26", damages=True)
def test_a_cut_dump_is_found_before_any_sql_reaches_the_server(
    house: House, make_database: MakeDatabase, tmp_path: Path, to: float, has_manifest: bool
) -> None:
    name = make_database()
    fill_bytes(house.server, name, 4)
    path = dump_of(house, name, tmp_path)
    cut(path, to)
    if not has_manifest:
        path.with_name(path.name + ".manifest.json").unlink()
    (outcome,) = restore(house.bak(), house, tmp_path, into="cut").outcomes
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert "cut" not in databases_of(house.server)


@pytest.mark.fault("R27", damages=True)
def test_a_damaged_object_in_the_bucket_is_named_by_its_part(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill_bytes(house.server, name, 12)
    bak = house.bak()
    options = BackupOptions(compression="none", part_size=5 * 1024 * 1024)
    (taken,) = bak.backup(house.profile, Selection((name,)), options).result().results
    body = bytearray(house.bucket.read(taken.path, limit=100_000_000))
    body[6 * 1024 * 1024] ^= 1
    house.bucket.write(taken.path, bytes(body))
    sources = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    (outcome,) = bak.restore(house.server, sources, RestoreOptions(into="damaged")).result().outcomes
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert "part 2" in str(outcome.error)
    assert "damaged" not in databases_of(house.server)


def test_a_dump_without_a_manifest_is_restored_and_said_to_be_unproven(
    house: House, source: str, tmp_path: Path
) -> None:
    path = dump_of(house, source, tmp_path)
    path.with_name(path.name + ".manifest.json").unlink()
    path.rename(tmp_path / "your_database.sql")
    (outcome,) = restore(house.bak(), house, tmp_path).outcomes
    try:
        assert outcome.state is JobState.WARN
        assert any("no manifest" in warning for warning in outcome.warnings)
        said = " ".join([outcome.sentence, *outcome.warnings])
        assert said.count("compare") == 1, "what was not compared is said once, then why"
        assert rows_of(house.server, "your_database") == SAMPLE_ROWS
    finally:
        drop(house.server, "your_database")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "file.sql is empty; there is nothing to restore"),
        (b"hello", "is no pg_dump archive, not a dump"),
        (b"\x1f\x8b\x08", "is a gzip file"),
        (gzip.compress(b"hello", mtime=0), "is a gzip file, inside no pg_dump archive"),
        (b"x" * 257 + b"ustar" + bytes(300), "is a tar file"),
        (b"PGDMP\x01\x0f\x00\x04\x08\x01", "is cut off within its header; there is nothing"),
    ],
)
@pytest.mark.fault("R33")
def test_what_is_no_dump_is_told_in_one_sentence(
    house: House, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "file.sql").write_bytes(content)
    with pytest.raises((FileProblem, IntegrityError), match=said):
        house.bak().folder_dumps(tmp_path / "file.sql", Selection())


def test_a_bad_manifest_concerns_its_own_dump_only(
    house: House, source: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    other = make_database()
    bad = dump_of(house, source, tmp_path)
    dump_of(house, other, tmp_path)
    bad.with_name(bad.name + ".manifest.json").write_text("{}")
    for name in (source, other):
        drop(house.server, name)
    report = restore(house.bak(), house, tmp_path)
    states = {outcome.subject.partition("/")[0]: outcome.exit_code for outcome in report.outcomes}
    assert states == {source: ExitCode.INTEGRITY, other: ExitCode.DONE}
