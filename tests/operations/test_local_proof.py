"""Dumps of this machine are verified and proven where they lie, as those in a bucket are."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bak_tui.core.checks import PartsDiffer
from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode, FileProblem, IntegrityError
from bak_tui.core.jobs import JobState
from bak_tui.core.levels import Level
from bak_tui.core.names import manifest_path
from bak_tui.core.outcomes import Outcome
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.proving import Proven
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.proof.verifying import Verified
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.transfer.download import DownloadOptions
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, fill_bytes, rows_of
from tests.servers.fixtures import MakeDatabase

MIB = 1024 * 1024


@pytest.fixture
def dumped(house: House, make_database: MakeDatabase, tmp_path: Path) -> Path:
    """One dump in a folder, its manifest beside it."""
    name = make_database()
    fill(house.server, name)
    job = house.bak().dump(house.server, Selection((name,)), BackupOptions(folder=tmp_path))
    (taken,) = job.result().results
    return tmp_path / taken.path


@pytest.fixture
def fetched(house: House, make_database: MakeDatabase, tmp_path: Path) -> Path:
    """A directory-format backup, as download leaves it."""
    name = make_database()
    fill(house.server, name)
    bak = house.bak()
    options = BackupOptions(format=FormatWish.DIRECTORY, jobs=2)
    bak.backup(house.profile, Selection((name,)), options).result()
    dumps = bak.catalogue(house.target).inventory().dumps
    (fetched,) = bak.download(house.target, dumps, DownloadOptions(tmp_path)).result().results
    return fetched.path


def verify(house: House, path: Path, level: Level = Level.BYTES) -> Outcome[Verified]:
    bak = house.bak()
    dumps, notes = bak.folder_dumps(path, Selection())
    assert notes == ()
    (outcome,) = bak.verify(house.profile, dumps, VerifyOptions(level)).result().outcomes
    return outcome


def prove(house: House, path: Path) -> Outcome[Proven]:
    bak = house.bak()
    dumps, _ = bak.folder_dumps(path, Selection())
    (outcome,) = bak.prove(house.profile, dumps, ProveOptions(jobs=2)).result().outcomes
    return outcome


def test_a_file_and_its_manifest_are_compared_as_deep_as_asked(house: House, dumped: Path) -> None:
    known = ("manifest", "size", "bytes", "archive")
    for level in Level:
        outcome = verify(house, dumped, level)
        assert (outcome.state, outcome.warnings) == (JobState.OK, ()), outcome.sentence
        assert outcome.result
        assert outcome.result.compared == known[: level + 1]
    before = databases_of(house.server)
    proven = prove(house, dumped)
    assert (proven.state, proven.warnings) == (JobState.OK, ()), proven.sentence
    assert "1,007 rows, all counts match" in proven.sentence
    assert databases_of(house.server) == before
    assert house.keys() == set()
    assert {path.name for path in dumped.parent.iterdir()} == {dumped.name, manifest_path(dumped.name)}


def test_so_is_a_downloaded_directory_and_its_restore_is_compared_too(house: House, fetched: Path) -> None:
    known = ("manifest", "size", "bytes", "archive")
    for level in Level:
        outcome = verify(house, fetched, level)
        assert (outcome.state, outcome.warnings) == (JobState.OK, ()), outcome.sentence
        assert outcome.result
        assert outcome.result.compared == known[: level + 1]
    assert prove(house, fetched).state is JobState.OK
    bak = house.bak()
    dumps, notes = bak.folder_dumps(fetched.parents[1], Selection())
    assert notes == ()
    report = bak.restore(house.server, dumps, RestoreOptions(into="fetched_back", jobs=2)).result()
    try:
        assert report.state is JobState.OK
        assert rows_of(house.server, "fetched_back") == SAMPLE_ROWS
    finally:
        drop(house.server, "fetched_back")


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x10
    path.write_bytes(raw)


@pytest.mark.parametrize("has_manifest", [True, False])
@pytest.mark.parametrize("harm", [Path.unlink, empty, shorten, flip])
def test_a_harmed_file_of_a_local_directory_is_told_before_any_sql_reaches_a_server(
    house: House, fetched: Path, harm: Callable[[Path], None], has_manifest: bool
) -> None:
    if not has_manifest:
        fetched.with_name(manifest_path(fetched.name)).unlink()
    largest = max(fetched.glob("*.dat.gz"), key=lambda path: path.stat().st_size)
    steps: list[Step] = []
    bak = house.bak(checkpoint=lambda step, _subject: steps.append(step))
    for file in (largest, fetched / "toc.dat"):
        if file.name == "toc.dat" and harm is flip and not has_manifest:
            continue  # it may be in a name, and nothing tells what that was
        kept = file.read_bytes()
        harm(file)
        try:
            dumps, _ = bak.folder_dumps(fetched, Selection())
            restored = bak.restore(house.server, dumps, RestoreOptions(into="harmed")).result().exit_code
            levels = list(Level) if has_manifest and harm is not flip else [Level.BYTES, Level.DECODE]
            codes = {verify(house, fetched, level).exit_code for level in levels} | {restored}
        except IntegrityError as error:  # without a table of contents and a manifest it is not even a dump
            assert not has_manifest
            assert file.name == "toc.dat"
            codes = {error.exit_code}
        else:
            assert file.name.removesuffix(".gz") in verify(house, fetched).sentence
        assert (codes, steps) == ({ExitCode.INTEGRITY}, []), file.name
        file.write_bytes(kept)
    assert "harmed" not in databases_of(house.server)


def test_a_bad_part_of_a_file_is_named(house: House, make_database: MakeDatabase, tmp_path: Path) -> None:
    name = make_database()
    fill_bytes(house.server, name, 12)
    options = BackupOptions(folder=tmp_path, compression="none", part_size=5 * MIB)
    (taken,) = house.bak().dump(house.server, Selection((name,)), options).result().results
    path = tmp_path / taken.path
    flip(path)
    outcome = verify(house, path)
    assert isinstance(outcome.error, PartsDiffer)
    assert outcome.error.parts == (2,)
    assert "the file was cut, changed" in outcome.error.hint
    assert prove(house, path).exit_code is ExitCode.INTEGRITY
    shorten(path)
    assert verify(house, path, Level.MANIFEST).exit_code is ExitCode.INTEGRITY
    empty(path)
    assert verify(house, path, Level.MANIFEST).exit_code is ExitCode.INTEGRITY
    path.with_name(manifest_path(path.name)).write_bytes(b"{}")
    assert verify(house, path, Level.MANIFEST).exit_code is ExitCode.INTEGRITY


def test_without_a_manifest_it_is_decoded_and_that_is_said(house: House, dumped: Path) -> None:
    path = Path(shutil.move(dumped, dumped.parents[1] / "alone.dump"))
    outcome = verify(house, path)
    assert outcome.state is JobState.WARN
    assert outcome.result
    assert outcome.result.compared == ("archive",)
    assert "nothing tells whether" in outcome.warnings[0]
    proven = prove(house, path)
    assert proven.state is JobState.WARN
    assert proven.result
    assert proven.result.rows == 1007
    path.write_bytes(path.read_bytes()[:-1])
    assert verify(house, path).exit_code is ExitCode.INTEGRITY
    path.write_text("-- PostgreSQL database dump\nSELECT 1;\n")
    plain = verify(house, path)
    assert isinstance(plain.error, FileProblem)
    assert "nothing can be checked" in plain.sentence
    assert isinstance(prove(house, path).error, FileProblem)
