"""A restore whose disk fills, or whose pg_restore is killed half-way: the old database is as it was."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bak_tui.core.checks import PartsDiffer
from bak_tui.core.jobs import JobState
from bak_tui.core.names import is_manifest
from bak_tui.core.outcomes import Outcome
from bak_tui.core.plan import Mode, Verdict
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.targets import RestoreOptions
from tests.faults.s3_proxy import FOR_EVER, Corrupt, Exchange, S3Proxy
from tests.faults.shims import restoring_shim
from tests.faults.tmpfs import mounted
from tests.operations.conftest import House
from tests.samples import databases_of, drop, fill, fill_bytes, mark, marked, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection


@pytest.fixture
def source(house: House, make_database: MakeDatabase) -> str:
    name = make_database()
    fill(house.server, name)
    return name


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of that size at `folder`, which is gone afterwards."""
    try:
        with mounted(folder, f"size={size}"):
            yield
    finally:
        folder.rmdir()


@pytest.fixture
def full_space(house: House) -> Iterator[str]:
    """A tablespace on a disk of 14 MB, which is reachable for the server's own account."""
    folder = Path("/tmp") / f"bak-space-{os.getpid()}"  # noqa: S108  # pytest's folders are 0700
    with small_disk(folder, "14m"):
        account = pwd.getpwuid(data_owner(house))
        os.chown(folder, account.pw_uid, account.pw_gid)
        with open_connection(house.server, "postgres") as connection:
            connection.execute(f"CREATE TABLESPACE full_space LOCATION '{folder}'".encode())
            try:
                yield "full_space"
            finally:
                connection.execute("DROP TABLESPACE full_space")


def data_owner(house: House) -> int:
    """The uid of the account that the server runs as."""
    with open_connection(house.server, "postgres") as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    assert row
    return os.stat(row[0]).st_uid


def swapped(house: House, name: str, folder: Path, bindir: Path | None = None) -> Outcome[Restored]:
    bak = house.bak(bindir=bindir)
    dumps, _ = bak.folder_dumps(folder, Selection())
    options = RestoreOptions(into=name, over=Mode.SWAP, confirmed={name}, jobs=2)
    (outcome,) = bak.restore(house.server, dumps, options).result().outcomes
    return outcome


def is_unharmed(house: House, name: str, text: str) -> bool:
    """`name` is the old one, and no database was left beside it."""
    beside = [each for each in databases_of(house.server) if each.startswith(f"{name}__")]
    return marked(house.server, name) == text and beside == []


@pytest.mark.fault("R30")
def test_a_full_tablespace_fails_the_restore_and_leaves_the_old_database(
    house: House, full_space: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    fill_bytes(house.server, name, 8)
    with open_connection(house.server, name) as connection:
        connection.execute(f"ALTER TABLE bulk SET TABLESPACE {full_space}".encode())
    house.bak().dump(house.server, Selection((name,)), BackupOptions(folder=tmp_path)).result()
    mark(house.server, name, "old")
    # The old one takes eight of the fourteen megabytes: the new one does not fit beside it.
    outcome = swapped(house, name, tmp_path)
    assert outcome.state is JobState.FAILED
    assert isinstance(outcome.error, HarmfulComplaints)
    assert "No space left on device" in outcome.error.message
    comparison = outcome.error.comparison
    assert comparison
    assert [pair.name for pair in comparison.tables if not pair.matches] == ["public.bulk"]
    assert is_unharmed(house, name, "old")


@pytest.mark.parametrize("section", ["pre-data", "data"])
@pytest.mark.fault("R29")
def test_a_pg_restore_that_is_killed_half_way_leaves_the_old_database(
    house: House, source: str, tmp_path: Path, section: str
) -> None:
    """When all tables are there, and again when all rows are: the indexes are missing, and so it failed."""
    house.bak().dump(house.server, Selection((source,)), BackupOptions(folder=tmp_path / "dumps")).result()
    mark(house.server, source, "old")
    sections = "--section=pre-data" + (" --section=data" if section == "data" else "")
    script = f"""case "$*" in *--dbname*) "$REAL" {sections} "$@" && kill -9 $$;; esac
exec "$REAL" "$@" """
    bindir = restoring_shim(tmp_path / "bin", house.bindir, script)
    outcome = swapped(house, source, tmp_path / "dumps", bindir)
    assert isinstance(outcome.error, HarmfulComplaints)
    assert "killed by signal 9" in outcome.error.message
    assert outcome.error.comparison
    assert outcome.error.comparison.matches == (section == "data")
    assert is_unharmed(house, source, "old")


@pytest.fixture
def little_room(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files is on a disk of 4 MB."""
    folder = tmp_path / "little"
    with small_disk(folder, "4m"):
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        yield folder


def backed_up(house: House, name: str) -> StoredDump:
    """A backup of 12 MB in parts of 5."""
    fill(house.server, name)
    fill_bytes(house.server, name, 12)
    options = BackupOptions(compression="none", part_size=5 * 1024 * 1024)
    (taken,) = house.bak().backup(house.profile, Selection((name,)), options).result().results
    return house.bak().catalogue(house.target).show(taken.path)


def restored_from_bucket(house: House, path: str, into: str, over: Mode | None = None) -> Outcome[Restored]:
    bak = house.bak()
    source = bak.catalogue(house.target).source(path)
    how = RestoreOptions(into=into, jobs=2, over=over, confirmed={into})
    (outcome,) = bak.restore(house.server, [source], how).result().outcomes
    return outcome


def test_a_backup_that_does_not_fit_here_is_restored_and_proven_without_a_copy(
    house: House, little_room: Path, make_database: MakeDatabase
) -> None:
    name = make_database()
    dump = backed_up(house, name)
    bak = house.bak()
    source = bak.catalogue(house.target).source(dump.path)
    (prospect,) = bak.plans.restore(house.server, [source], RestoreOptions(into=f"{name}_new"))
    spool = next(check for check in prospect.checks if check.label == "spool")
    assert (spool.verdict, "read twice" in spool.fact) == (Verdict.WARN, True)
    outcome = restored_from_bucket(house, dump.path, f"{name}_new")
    try:
        assert outcome.state is JobState.OK, outcome.error
        assert rows_of(house.server, f"{name}_new") == rows_of(house.server, name)
    finally:
        drop(house.server, f"{name}_new")
    empty = make_database()
    for over in (None, Mode.CLEAN):  # filled, then replaced in place
        outcome = restored_from_bucket(house, dump.path, empty, over)
        assert outcome.state is JobState.OK, outcome.error
        assert rows_of(house.server, empty) == rows_of(house.server, name)
    (proof,) = bak.prove(house.profile, [dump], ProveOptions()).result().outcomes
    assert proof.state is JobState.OK, proof.error
    assert list(little_room.iterdir()) == []


@dataclass(frozen=True, slots=True)
class FillDisk:
    """Somebody else takes the room while the dump's bytes are under way."""

    folder: Path

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        if not is_manifest(exchange.recorded.key):
            with suppress(OSError), (self.folder / "of-another").open("ab", buffering=0) as file:
                while file.write(bytes(1 << 20)):
                    pass
        exchange.give(exchange.ask())


def test_room_that_another_takes_meanwhile_is_done_without(
    house: House, make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "enough"
    name = make_database()
    with small_disk(folder, "20m"), S3Proxy(str(house.target.endpoint)) as proxy:
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        house.target = replace(house.target, endpoint=proxy.url)
        dump = backed_up(house, name)
        proxy.fault("GetObject", FillDisk(folder), key=dump.stored.key, times=FOR_EVER)
        outcome = restored_from_bucket(house, dump.path, f"{name}_new")
        try:
            assert outcome.state is JobState.OK, outcome.error
            assert rows_of(house.server, f"{name}_new") == rows_of(house.server, name)
        finally:
            drop(house.server, f"{name}_new")
        assert [each.name for each in folder.iterdir()] == ["of-another"]


def test_what_does_not_fit_and_is_damaged_is_told_before_any_sql(
    house: House, little_room: Path, make_database: MakeDatabase
) -> None:
    dump = backed_up(house, make_database())
    body = bytearray(house.bucket.read(dump.stored.key, limit=100_000_000))
    body[-100] ^= 1
    house.bucket.write(dump.stored.key, bytes(body))
    steps: list[Step] = []
    house.checkpoint = lambda step, _subject: steps.append(step)
    outcome = restored_from_bucket(house, dump.path, "damaged")
    assert isinstance(outcome.error, PartsDiffer)
    assert outcome.error.parts == (3,)
    assert steps == []


def test_a_part_that_is_damaged_on_its_second_way_undoes_a_clean_restore(
    house: House, little_room: Path, make_database: MakeDatabase
) -> None:
    name = make_database()
    dump = backed_up(house, name)
    mark(house.server, name, "as it was")
    before = rows_of(house.server, name)
    with S3Proxy(str(house.target.endpoint)) as proxy:
        house.target = replace(house.target, endpoint=proxy.url)

        def harm(step: Step, _subject: str) -> None:
            if step is Step.HASHED:
                proxy.fault("GetObject", Corrupt(1000), key=dump.stored.key, nth=2, times=FOR_EVER)

        house.checkpoint = harm
        outcome = restored_from_bucket(house, dump.path, name, Mode.CLEAN)
    assert isinstance(outcome.error, PartsDiffer), outcome.error
    assert "rolled back" in outcome.error.left
    assert rows_of(house.server, name) == before


def test_a_part_that_is_damaged_on_its_second_way_never_reaches_pg_restore(
    house: House, little_room: Path, make_database: MakeDatabase
) -> None:
    name = make_database()
    dump = backed_up(house, name)
    with S3Proxy(str(house.target.endpoint)) as proxy:
        house.target = replace(house.target, endpoint=proxy.url)

        def harm(step: Step, _subject: str) -> None:
            if step is Step.SCRATCH:
                proxy.fault("GetObject", Corrupt(1000), key=dump.stored.key, times=FOR_EVER)

        house.checkpoint = harm
        outcome = restored_from_bucket(house, dump.path, f"{name}_new")
    assert isinstance(outcome.error, PartsDiffer), outcome.error
    assert outcome.error.parts == (1,)
    assert not [each for each in databases_of(house.server) if each.startswith(f"{name}_new")]
