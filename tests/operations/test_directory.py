"""Directory-format backups: written file by file, and one dump to everybody else."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import Cancelled, DumpFailed, ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.levels import Level
from bak_tui.core.outcomes import Report
from bak_tui.core.parts import Receipt
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.backup.taking import Taken
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.ports import Limits
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.transfer.download import DownloadOptions
from bak_tui.services.jobs import Job
from bak_tui.services.s3 import Bucket
from tests.children import dumping_children
from tests.faults.shims import shim
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, fill_bytes, rows_of, sessions_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE, until

MIB = 1024 * 1024
BY_TWO = BackupOptions(format=FormatWish.DIRECTORY, jobs=2)
WAITING = '"$REAL" "$@" && while [ ! -e "$0.go" ]; do sleep 0.05; done'
"""Every file is complete, and pg_dump does not end before it is told to."""

LOSING = """
for a; do shift; case "$a" in --file=*) into="${a#--file=}"; a="$a.lost";; esac; set -- "$@" "$a"; done
"$REAL" "$@" && rm "$into.lost"/[1-9]*.dat.gz && mv "$into.lost" "$into"
"""
"""What stands in the contents and was never there: the folder gets its name without it, in one step."""

GROWING = f"""
for each; do case "$each" in --file=*) out="${{each#--file=}}"; esac; done
"$REAL" "$@" --file="$out.real" && mkdir "$out" || exit 1
large=$(ls -S "$out.real" | head -n 1)
exec 3>"$out/$large"
head -c {20 * MIB} "$out.real/$large" >&3
while [ ! -e "$0.go" ]; do sleep 0.05; done
tail -c +{20 * MIB + 1} "$out.real/$large" >&3
exec 3>&-
for each in $(ls "$out.real"); do [ "$each" = "$large" ] || cp "$out.real/$each" "$out"; done
"""
"""The largest file has 20 MiB of its bytes, and gets no more before it is told to."""


@pytest.fixture
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where spool folders are made."""
    folder = tmp_path / "spools"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def state_of(pid: int) -> str:
    """`T` for a process that was stopped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def assert_nothing_left(house: House, spools: Path) -> None:
    assert house.keys() == set()
    assert house.bucket.open_uploads("") == ()
    assert list(spools.iterdir()) == []
    until(lambda: not dumping_children())
    until(lambda: not sessions_of(house.server))


def back_up(bak: Bak, house: House, name: str, options: BackupOptions = BY_TWO) -> Taken:
    report = bak.backup(house.profile, Selection((name,)), options).result()
    assert report.exit_code is ExitCode.DONE, report
    (taken,) = report.results
    return taken


def test_a_directory_backup_is_one_dump_from_its_manifest_to_its_deletion(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    bak = house.bak()
    taken = back_up(bak, house, name)
    files = {file.name: file for file in taken.manifest.files or []}
    assert taken.path.endswith(".dir")
    assert house.keys() == {f"{taken.path}/{each}" for each in files} | {f"{taken.path}.manifest.json"}
    assert set(taken.manifest.checked) == {"parts", "size", "etag", "manifest"}

    inventory = bak.catalogue(house.target).inventory()
    (dump,) = inventory.dumps
    assert (dump.is_good, dump.is_directory, dump.database, inventory.others) == (True, True, name, 0)
    assert dump.manifest == taken.manifest

    for level in Level:
        (verified,) = bak.verify(house.profile, [dump], VerifyOptions(level)).result().results
        assert verified.has_manifest
    (proven,) = bak.prove(house.profile, [dump], ProveOptions(jobs=2)).result().results
    assert proven.comparison is not None
    assert proven.comparison.matches

    (fetched,) = bak.download(house.target, [dump], DownloadOptions(tmp_path)).result().results
    assert fetched.has_manifest
    assert {path.name for path in fetched.path.iterdir()} == set(files)

    target = f"{name}_back"
    sources = bak.catalogue(house.target).sources([dump])
    report = bak.restore(house.server, sources, RestoreOptions(into=target, jobs=2)).result()
    assert report.state is JobState.OK
    assert rows_of(house.server, target) == SAMPLE_ROWS
    drop(house.server, target)

    deleted = bak.delete(house.profile, [dump], DeleteOptions({house.target.bucket, "test"})).result()
    assert [outcome.error for outcome in deleted.outcomes] == [None]
    assert house.keys() == set()

    (sent,) = bak.upload(house.target, tmp_path, Selection(), 1).result().results
    assert (sent.path, sent.manifest) == (taken.path, taken.manifest)
    assert house.keys() == {f"{taken.path}/{each}" for each in files} | {f"{taken.path}.manifest.json"}
    (again,) = bak.upload(house.target, tmp_path, Selection(), 1).result().results
    assert again.was_there


def test_a_directory_that_cannot_all_be_fetched_leaves_nothing_and_the_older_one_as_it_was(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    bak = house.bak()
    taken = back_up(bak, house, name)
    (dump,) = bak.catalogue(house.target).inventory().dumps
    how = DownloadOptions(tmp_path / "fetched", overwrites=True)
    assert bak.download(house.target, [dump], how).result().exit_code is ExitCode.DONE
    before = {path: path.read_bytes() for path in how.folder.rglob("*") if path.is_file()}
    assert len(before) == len(taken.manifest.files or []) + 1

    (data, *_) = (file for file in taken.manifest.files or [] if file.name != "toc.dat")
    house.bucket.write(f"{taken.path}/{data.name}", b"x" * data.size)
    for folder in (how.folder, tmp_path / "new"):
        report = bak.download(house.target, [dump], replace(how, folder=folder)).result()
        assert report.exit_code is ExitCode.INTEGRITY
    assert {path: path.read_bytes() for path in how.folder.rglob("*") if path.is_file()} == before
    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == []
    assert list(tmp_path.rglob("*.partial")) == []


def test_a_folder_of_half_a_download_is_no_dump(house: House, tmp_path: Path) -> None:
    half = tmp_path / "fence" / "fence-20261123T120000Z.dir.0011aabb.partial"
    half.mkdir(parents=True)
    (half / "toc.dat").write_bytes(b"PGDMP\x01\x0f\x00\x04\x08\x03")
    (half / "3001.dat.gz").write_bytes(b"x")
    found, notes = house.bak().folder_dumps(tmp_path, Selection())
    assert (found, notes) == ([], (f"left out fence/{half.name}: left over by an unfinished run",))


def test_a_harmed_file_of_a_directory_backup_is_told_before_any_sql_reaches_a_server(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    taken = back_up(house.bak(), house, name)
    steps: list[Step] = []
    bak = house.bak(checkpoint=lambda step, _subject: steps.append(step))
    (dump,) = bak.catalogue(house.target).inventory().dumps
    largest = max(taken.manifest.files or [], key=lambda file: file.size)
    for file in (largest.name, "toc.dat"):
        key = f"{taken.path}/{file}"
        whole = house.bucket.read(key, limit=1 << 24)
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        for harmed in (None, b"", whole[:-1], flipped):
            house.bucket.delete([key]) if harmed is None else house.bucket.write(key, harmed)
            # Each level finds what those above it find, and what is missing or short the first finds.
            for level in [Level.BYTES, Level.DECODE] if harmed == flipped else [Level.MANIFEST]:
                report = bak.verify(house.profile, [dump], VerifyOptions(level)).result()
                assert report.exit_code is ExitCode.INTEGRITY, (file, harmed, level)
            source = bak.catalogue(house.target).source(taken.path)
            restored = bak.restore(house.server, [source], RestoreOptions(into="harmed")).result()
            assert (restored.exit_code, steps) == (ExitCode.INTEGRITY, []), (file, harmed)
        house.bucket.write(key, whole)
    assert "harmed" not in databases_of(house.server)


def test_what_is_cancelled_half_way_leaves_nothing_in_the_bucket_and_nothing_here(
    house: House, make_database: MakeDatabase, spools: Path, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    begun = threading.Event()
    jobs: list[Job[Report[Taken]]] = []

    def cancel(step: Step, _subject: str, /) -> None:
        begun.wait()
        if step is Step.STREAMING and house.keys():
            jobs[0].cancel()

    bak = house.bak(checkpoint=cancel, bindir=shim(tmp_path / "bin", house.bindir, WAITING))
    jobs.append(bak.backup(house.profile, Selection((name,)), BY_TWO))
    begun.set()
    (outcome,) = jobs[0].result().outcomes
    assert isinstance(outcome.error, Cancelled)
    assert outcome.error.left == "nothing was left"
    assert_nothing_left(house, spools)


def test_a_pg_dump_that_dies_half_way_leaves_nothing(
    house: House, make_database: MakeDatabase, spools: Path, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)

    def kill(step: Step, _subject: str, /) -> None:
        if step is Step.STREAMING and house.keys():
            for pid in dumping_children():
                os.kill(pid, signal.SIGKILL)

    bak = house.bak(checkpoint=kill, bindir=shim(tmp_path / "bin", house.bindir, WAITING))
    (outcome,) = bak.backup(house.profile, Selection((name,)), BY_TWO).result().outcomes
    assert isinstance(outcome.error, DumpFailed)
    assert "killed by signal 9" in outcome.error.message
    assert_nothing_left(house, spools)


def test_a_file_that_pg_dump_did_not_write_is_missed_before_the_gate(
    house: House, make_database: MakeDatabase, spools: Path, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    bak = house.bak(bindir=shim(tmp_path / "bin", house.bindir, LOSING))
    (outcome,) = bak.backup(house.profile, Selection((name,)), BY_TWO).result().outcomes
    assert outcome.error is not None
    assert outcome.error.kind == "bad_dump"
    assert_nothing_left(house, spools)


def test_pg_dump_is_held_back_while_more_lies_here_than_may(
    house: House, make_database: MakeDatabase, spools: Path, tmp_path: Path
) -> None:
    """The store takes the first file only when pg_dump stands still, and pg_dump ends only after that."""
    name = make_database()
    fill(house.server, name)
    held = threading.Event()

    def look(step: Step, _subject: str, /) -> None:
        if step is Step.STREAMING and any(state_of(pid) == "T" for pid in dumping_children()):
            held.set()
            (tmp_path / "bin" / "pg_dump.go").touch()

    class WaitingBucket(Bucket):
        def upload(self, *args: Any, **more: Any) -> Receipt:
            assert held.wait(PATIENCE)
            return super().upload(*args, **more)

    bindir = shim(tmp_path / "bin", house.bindir, WAITING)
    bak = house.bak(checkpoint=look, limits=Limits(spool=0), bucket=WaitingBucket, bindir=bindir)
    taken = back_up(bak, house, name)
    assert held.is_set()
    assert taken.manifest.rows == sum(SAMPLE_ROWS.values())
    assert list(spools.iterdir()) == []


def room_of(files: Iterable[Path]) -> int:
    """Bytes of the disk that they take."""
    return sum(file.stat().st_blocks * 512 for file in files)


@pytest.fixture
def large(house: House, make_database: MakeDatabase) -> str:
    """A database with a file of 24 MB."""
    name = make_database()
    fill_bytes(house.server, name, 24)
    return name


UNPACKED = BackupOptions(format=FormatWish.DIRECTORY, jobs=2, compression="none")


def test_a_large_file_goes_and_leaves_the_disk_while_pg_dump_still_writes_it(
    house: House, large: str, spools: Path, tmp_path: Path
) -> None:
    uploads: set[str] = set()

    def look(step: Step, _subject: str, /) -> None:
        if step is Step.STREAMING and (growing := list(spools.glob("*/dump/*.dat"))):
            uploads.update(upload.key for upload in house.bucket.open_uploads(""))
            if uploads and room_of(growing) < MIB:
                (tmp_path / "bin" / "pg_dump.go").touch()

    bak = house.bak(checkpoint=look, bindir=shim(tmp_path / "bin", house.bindir, GROWING))
    taken = back_up(bak, house, large, UNPACKED)
    assert {key.rpartition("/")[0] for key in uploads} == {taken.path}
    (dump,) = bak.catalogue(house.target).inventory().dumps
    (verified,) = bak.verify(house.profile, [dump], VerifyOptions(Level.DECODE)).result().results
    assert verified.has_manifest
    assert list(spools.iterdir()) == []


def test_a_pg_dump_that_dies_in_a_large_file_that_is_on_its_way_leaves_nothing(
    house: House, large: str, spools: Path, tmp_path: Path
) -> None:
    killed = threading.Event()

    def kill(step: Step, _subject: str, /) -> None:
        if step is Step.STREAMING and house.bucket.open_uploads(""):
            killed.set()
            for pid in dumping_children():
                os.kill(pid, signal.SIGKILL)

    bak = house.bak(checkpoint=kill, bindir=shim(tmp_path / "bin", house.bindir, GROWING))
    (outcome,) = bak.backup(house.profile, Selection((large,)), UNPACKED).result().outcomes
    assert killed.is_set()
    assert isinstance(outcome.error, DumpFailed)
    assert_nothing_left(house, spools)


def test_the_format_is_chosen_by_what_the_database_holds_and_the_reason_is_told(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    options = BackupOptions(format=FormatWish.AUTO, jobs=2)
    bak = house.bak()
    (choice,) = bak.plans.backup(house.server, Selection((name,)), options).choices
    taken = back_up(bak, house, name, options)
    assert taken.manifest.format is choice.format
    assert choice.why.startswith("3 tables of")
    assert f"custom, {choice.why}" in taken.sentence


def test_what_directory_format_makes_of_many_large_objects_is_told_where_it_was_asked_for(
    house: House, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bak_tui.operations.backup.spooling.MOST_OBJECTS", 20)
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute("SELECT lo_from_bytea(0, 'x') FROM generate_series(1, 20)")
    job = house.bak().backup(house.profile, Selection((name,)), BY_TWO)
    job.result()
    assert "22 objects will be made" in " ".join(line.text for line in job.log)


def test_a_directory_backup_is_one_row_where_its_folder_is_browsed(house: House) -> None:
    """Also when its manifest ends a page; a manifest whose folder is gone is an object."""
    stamp = "20261123T120000Z"
    for number in range(3):
        name = f"db/d{number}-{stamp}.dir"
        if number != 1:
            house.bucket.write(f"{name}.manifest.json", b"{}")
        if number != 2:
            house.bucket.write(f"{name}/toc.dat", b"PGDMP")
            house.bucket.write(f"{name}.checks/x.json", b"{}")
    pages = list(house.bak().catalogue(house.target).browse("db/"))
    rows = {
        entry.name: (str(entry.kind), entry.has_manifest, entry.size)
        for page in pages
        for entry in page.entries
    }
    assert rows == {
        f"d0-{stamp}.dir": ("dump", True, None),
        f"d1-{stamp}.dir": ("dump", False, None),
        f"d1-{stamp}.dir.checks/": ("folder", False, None),
        f"d2-{stamp}.dir.manifest.json": ("object", False, 2),
    }
