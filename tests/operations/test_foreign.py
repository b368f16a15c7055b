"""Archives that other programs made: taken whole or told before any SQL reaches a server."""

from __future__ import annotations

import gzip
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bak_tui.core.errors import ExitCode, FileProblem
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.sources import DumpSource
from bak_tui.operations.restore.targets import RestoreOptions
from tests.faults.shims import restoring_shim
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.archive.conftest import Dumper


@pytest.fixture(params=["embedded_postgres", "system_postgres", "zstd_postgres"])
def foreign(
    request: pytest.FixtureRequest, house: House, make_database: MakeDatabase, tmp_path: Path
) -> Dumper:
    """pg_dump by hand on each server there is; the house is that server's."""
    postgres: EmbeddedPostgres = request.getfixturevalue(request.param)
    house.server, house.bindir = postgres.server, postgres.bindir
    name = make_database(server=postgres.server)
    fill(postgres.server, name)
    return Dumper(postgres.bindir, postgres.server, name, tmp_path)


only_embedded = pytest.mark.parametrize("foreign", ["embedded_postgres"], indirect=True)
with_zstd = pytest.mark.parametrize("foreign", ["zstd_postgres"], indirect=True)


def dump(foreign: Dumper, name: str, *options: str) -> Path:
    path = foreign.folder / name
    foreign.run(*options, f"--file={path}")
    return path


def zipped(path: Path) -> Path:
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    path.unlink()
    return packed


def restored(house: House, path: Path, into: str = "foreign") -> tuple[Outcome[Restored], list[Step]]:
    """What restoring one file or folder came to, and the steps it passed."""
    dumps, _ = house.bak().folder_dumps(path, Selection())
    return run(house, dumps, into)


def run(
    house: House, dumps: Sequence[DumpSource], into: str = "foreign"
) -> tuple[Outcome[Restored], list[Step]]:
    steps: list[Step] = []
    bak = house.bak(checkpoint=lambda step, _subject: steps.append(step))
    report = bak.restore(house.server, dumps, RestoreOptions(into=into, jobs=2)).result()
    (outcome,) = report.outcomes
    return outcome, steps


def is_all_there(house: House, outcome: Outcome[Restored], into: str = "foreign") -> bool:
    """Every row and the large object; drops the database again."""
    assert outcome.state is JobState.WARN, outcome.error
    assert [warning for warning in outcome.warnings if "has no manifest" not in warning] == []
    try:
        with open_connection(house.server, into) as connection:
            objects = connection.execute("SELECT lo_get(oid) FROM pg_largeobject_metadata").fetchall()
        return rows_of(house.server, into) == SAMPLE_ROWS and objects == [(b"large object",)]
    finally:
        drop(house.server, into)


@pytest.mark.parametrize("form", ["custom", "directory", "tar"])
def test_every_format_is_restored_whole(foreign: Dumper, house: House, form: str) -> None:
    outcome, _ = restored(house, dump(foreign, "made by hand", f"--format={form}"))
    assert is_all_there(house, outcome)


@only_embedded
@pytest.mark.parametrize("form", ["custom", "tar"])
@pytest.mark.fault("R33")
def test_so_it_is_out_of_a_gzip_file(foreign: Dumper, house: House, form: str) -> None:
    outcome, _ = restored(house, zipped(dump(foreign, "made by hand", f"--format={form}")))
    assert is_all_there(house, outcome)


@with_zstd
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd", "lz4"])
@pytest.mark.parametrize("form", ["custom", "directory"])
def test_so_it_is_however_compressed(foreign: Dumper, house: House, form: str, compression: str) -> None:
    outcome, _ = restored(house, dump(foreign, "made", f"--format={form}", f"--compress={compression}"))
    assert is_all_there(house, outcome)


@only_embedded
def test_a_folder_of_dumps_may_hold_every_format(foreign: Dumper, house: House) -> None:
    dump(foreign, "one.dump", "--format=custom")
    dump(foreign, "two.dir", "--format=directory")
    zipped(dump(foreign, "three.tar", "--format=tar"))
    (foreign.folder / "notes.txt").write_text("none")
    dump(foreign, "four.sql", "--format=plain")
    dumps, notes = house.bak().folder_dumps(foreign.folder, Selection())
    assert sorted(source.database for source in dumps) == ["one", "three", "two"]
    assert len(notes) == 2
    assert any("notes.txt" in note for note in notes)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def largest(folder: Path) -> Path:
    return max(folder.glob("[0-9]*.dat*"), key=lambda path: path.stat().st_size)


@pytest.mark.parametrize("harm", [cut, shorten, empty, Path.unlink])
@pytest.mark.parametrize("which", ["table", "large object", "list"])
def test_a_harmed_file_of_a_directory_is_named_before_any_sql(
    foreign: Dumper, house: House, harm: Callable[[Path], None], which: str
) -> None:
    folder = dump(foreign, "made.dir", "--format=directory")
    pattern = {"large object": "blob_*", "list": "blobs*"}
    path = next(folder.glob(pattern[which])) if which in pattern else largest(folder)
    harm(path)
    outcome, steps = restored(house, folder)
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert path.name.partition(".")[0] in str(outcome.error)
    assert steps == []
    assert "foreign" not in databases_of(house.server)


@with_zstd
@pytest.mark.parametrize("harm", [cut, shorten, empty, Path.unlink])
@pytest.mark.parametrize("compression", ["none", "zstd", "lz4"])
def test_so_it_is_however_its_files_are_compressed(
    foreign: Dumper, house: House, harm: Callable[[Path], None], compression: str
) -> None:
    folder = dump(foreign, "made.dir", "--format=directory", f"--compress={compression}")
    harm(largest(folder))
    outcome, steps = restored(house, folder)
    assert (outcome.exit_code, steps) == (ExitCode.INTEGRITY, [])


@with_zstd
@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_a_file_that_is_whole_and_ends_too_early_is_told(
    foreign: Dumper, house: House, compression: str
) -> None:
    """Another archive's empty table in the place of a full one: nothing is cut, rows are missing."""
    folder = dump(foreign, "made.dir", "--format=directory", f"--compress={compression}")
    blob = next(folder.glob("blob_*"))
    largest(folder).write_bytes(blob.read_bytes())
    outcome, steps = restored(house, folder)
    assert (outcome.exit_code, steps) == (ExitCode.INTEGRITY, [])


@only_embedded
@pytest.mark.parametrize("form", ["custom", "tar"])
@pytest.mark.parametrize("is_zipped", [False, True])
@pytest.mark.parametrize("harm", [cut, shorten])
def test_a_cut_file_is_told_before_any_sql_and_never_given_to_pg_restore(
    foreign: Dumper, house: House, tmp_path: Path, form: str, is_zipped: bool, harm: Callable[[Path], None]
) -> None:
    path = dump(foreign, "made", f"--format={form}")
    path = zipped(path) if is_zipped else path
    harm(path)
    called = tmp_path / "called"
    script = f'printf "%s\\n" "$*" >> {called}; exec "$REAL" "$@"'
    house.bindir = restoring_shim(tmp_path / "bin", house.bindir, script)
    outcome, steps = restored(house, path)
    assert (outcome.exit_code, steps) == (ExitCode.INTEGRITY, [])
    assert "cut" in str(outcome.error)
    subprocess.run([house.bindir / "pg_restore", "--version"], check=True, capture_output=True)
    assert set(called.read_text().splitlines()) == {"--version"}


@only_embedded
def test_a_gzip_file_whose_check_sum_is_wrong_is_told(foreign: Dumper, house: House) -> None:
    path = zipped(dump(foreign, "made", "--format=custom", "--compress=0"))
    raw = bytearray(path.read_bytes())
    raw[-6] ^= 1
    path.write_bytes(raw)
    outcome, steps = restored(house, path)
    assert (outcome.exit_code, steps) == (ExitCode.INTEGRITY, [])


@only_embedded
@pytest.mark.parametrize("name", ["../escaped", "/escaped", "9.dat/../../escaped"])
def test_a_tar_file_with_names_of_its_own_is_refused(
    foreign: Dumper, house: House, tmp_path: Path, name: str
) -> None:
    path = dump(foreign, "made.tar", "--format=tar")
    with tarfile.open(path, "a") as tar:
        tar.addfile(tarfile.TarInfo(name))
    outcome, steps = restored(house, path)
    assert (outcome.exit_code, steps) == (ExitCode.INTEGRITY, [])
    assert "escaped" in str(outcome.error)
    assert not list(tmp_path.parent.rglob("escaped"))


@only_embedded
def test_a_directory_whose_file_is_a_link_or_a_pipe_is_refused(foreign: Dumper, house: House) -> None:
    folder = dump(foreign, "made.dir", "--format=directory")
    path = largest(folder)
    kept = path.rename(path.with_suffix(".kept"))
    path.symlink_to(kept)
    outcome, _ = restored(house, folder)
    assert outcome.exit_code is ExitCode.INTEGRITY
    path.unlink()
    subprocess.run(["mkfifo", str(path)], check=True)
    outcome, _ = restored(house, folder)
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert "no regular file" in str(outcome.error)


@only_embedded
@pytest.mark.parametrize("is_zipped", [False, True])
@pytest.mark.fault("R33")
def test_plain_sql_is_refused_with_the_command_to_run(foreign: Dumper, house: House, is_zipped: bool) -> None:
    path = dump(foreign, "it's plain.sql", "--format=plain")
    path = zipped(path) if is_zipped else path
    with pytest.raises(FileProblem, match="plain SQL script") as caught:
        restored(house, path, into="of = plain")
    command = caught.value.hint.partition("run: ")[2]
    assert ("gunzip -c" in command) == is_zipped
    # What it says works when a person does it.
    database = "of = plain"
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'CREATE DATABASE "{database}"'.encode())
    try:
        foreign.shell(command)
        assert rows_of(house.server, database) == SAMPLE_ROWS
    finally:
        drop(house.server, database)


@with_zstd
@pytest.mark.parametrize("compression", ["gzip:1", "none", "zstd:1"])
@pytest.mark.parametrize("at", [0.01, 0.7])
@pytest.mark.fault("R27", damages=True)
def test_a_bit_flipped_in_a_backup_is_told_however_it_is_compressed(
    foreign: Dumper, house: House, tmp_path: Path, compression: str, at: float
) -> None:
    """In the table of contents and in the data: what pg_restore reads without a murmur."""
    options = BackupOptions(folder=tmp_path, compression=compression)
    job = house.bak().dump(house.server, Selection((foreign.database,)), options)
    (taken,) = job.result().results
    assert taken.manifest.compression == compression
    path = tmp_path / taken.path
    raw = bytearray(path.read_bytes())
    raw[int(len(raw) * at)] ^= 1
    path.write_bytes(raw)
    outcome, steps = restored(house, path)
    assert (outcome.exit_code, steps) == (ExitCode.INTEGRITY, [])


@only_embedded
def test_a_backup_that_was_emptied_is_told_by_its_manifest(
    foreign: Dumper, house: House, tmp_path: Path
) -> None:
    options = BackupOptions(folder=tmp_path / "dumps")
    job = house.bak().dump(house.server, Selection((foreign.database,)), options)
    (taken,) = job.result().results
    empty(tmp_path / "dumps" / taken.path)
    outcome, steps = restored(house, tmp_path / "dumps")
    assert (outcome.exit_code, steps) == (ExitCode.INTEGRITY, [])
