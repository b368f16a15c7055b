"""Restores that cannot hurt, and the word they end with."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bak_tui.core.comparison import CountsDiffer
from bak_tui.core.errors import ConfirmationNeeded, ExitCode, UsageError
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Report
from bak_tui.core.plan import Mode
from bak_tui.core.selection import Selection
from bak_tui.core.wording import plural
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.run import newest_of_each
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.archive import read_contents
from bak_tui.services.jobs import Task
from bak_tui.services.jobs.task import CancelSwitch
from bak_tui.services.pgtools import Toolbox
from bak_tui.services.postgres import Instance
from tests.children import dumping_children
from tests.faults.shims import restoring_shim
from tests.holding import HeldAt
from tests.operations.conftest import House
from tests.samples import (
    SAMPLE_ROWS,
    databases_of,
    drop,
    fill,
    fill_bytes,
    mark,
    marked,
    rows_of,
    sessions_of,
)
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE, until


def now() -> datetime:
    return datetime.now(UTC)


def on(day: int) -> Callable[[], datetime]:
    """A clock that stands at a day of November."""
    return lambda: datetime(2026, 11, day, tzinfo=UTC)


def dump_of(house: House, name: str, folder: Path, clock: Callable[[], datetime] = now) -> Path:
    """A local dump of `name`, made by the real thing."""
    options = BackupOptions(folder=folder, compression="none")
    (taken,) = house.bak(clock=clock).dump(house.server, Selection((name,)), options).result().results
    return folder / taken.path


def restore(bak: Bak, house: House, folder: Path, **options: object) -> Report[Restored]:
    dumps, _ = bak.folder_dumps(folder, Selection())
    return bak.restore(house.server, dumps, RestoreOptions(**options)).result()  # type: ignore[arg-type]  # by name


def scratch_of(house: House, name: str) -> set[str]:
    return {database for database in databases_of(house.server) if database.startswith(f"{name}__new_")}


@pytest.fixture
def source(house: House, make_database: MakeDatabase) -> str:
    name = make_database()
    fill(house.server, name)
    return name


def test_a_missing_database_is_created_with_every_row(house: House, source: str, tmp_path: Path) -> None:
    dump_of(house, source, tmp_path)
    drop(house.server, source)
    report = restore(house.bak(), house, tmp_path, jobs=2)
    (result,) = report.results
    assert report.exit_code is ExitCode.DONE
    assert (result.database, result.mode) == (source, Mode.NEW)
    assert rows_of(house.server, source) == SAMPLE_ROWS
    assert result.comparison is not None
    assert result.comparison.matches
    assert not scratch_of(house, source)
    with open_connection(house.server, source) as connection:
        comment = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert comment == (None,)


@pytest.mark.parametrize("name", ["template0", "template1"])
def test_the_servers_own_templates_are_no_targets(
    house: House, source: str, tmp_path: Path, name: str
) -> None:
    dump_of(house, source, tmp_path)
    with pytest.raises(UsageError, match="the server's own template"):
        restore(house.bak(), house, tmp_path, into=name)


def test_as_many_rows_with_other_contents_are_told_when_they_were_hashed(
    house: House, source: str, tmp_path: Path
) -> None:
    options = BackupOptions(folder=tmp_path, hashes_contents=True)
    (taken,) = house.bak().dump(house.server, Selection((source,)), options).result().results
    (result,) = restore(house.bak(), house, tmp_path, into=f"{source}_r").results
    drop(house.server, f"{source}_r")
    assert "all counts and contents match" in result.sentence
    where = tmp_path / f"{taken.path}.manifest.json"
    manifest = json.loads(where.read_text())
    manifest["tables"][0]["content_hash"] = "UTF8/1"
    where.write_text(json.dumps(manifest))
    (outcome,) = restore(house.bak(), house, tmp_path, into=f"{source}_r").outcomes
    assert isinstance(outcome.error, CountsDiffer)
    assert "not the same contents" in outcome.error.message
    assert f"{source}_r" not in databases_of(house.server)


def test_an_empty_database_is_filled(
    house: House, source: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dump_of(house, source, tmp_path)
    target = make_database()
    (result,) = restore(house.bak(), house, tmp_path, into=target).results
    assert result.mode is Mode.EXISTING
    assert rows_of(house.server, target) == SAMPLE_ROWS


def test_a_database_that_holds_something_is_refused_and_untouched(
    house: House, source: str, tmp_path: Path
) -> None:
    dump_of(house, source, tmp_path)
    mark(house.server, source, "written after the dump")
    with pytest.raises(ConfirmationNeeded, match="not empty"):
        restore(house.bak(), house, tmp_path)
    assert marked(house.server, source) == "written after the dump"


def test_every_target_is_checked_before_the_first_is_touched(
    house: House, source: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    missing = make_database()
    fill(house.server, missing)
    for name in (missing, source):
        dump_of(house, name, tmp_path)
    drop(house.server, missing)
    with pytest.raises(ConfirmationNeeded):
        restore(house.bak(), house, tmp_path)
    assert missing not in databases_of(house.server)


def test_into_names_one_target_only(
    house: House, source: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    for name in (source, make_database()):
        dump_of(house, name, tmp_path)
    with pytest.raises(UsageError, match="--into"):
        restore(house.bak(), house, tmp_path, into="one")


@pytest.mark.parametrize("name", ["", "x" * 64, "ü" * 32])
def test_a_name_postgresql_would_cut_is_refused(house: House, source: str, tmp_path: Path, name: str) -> None:
    dump_of(house, source, tmp_path)
    with pytest.raises(UsageError, match="cannot be called"):
        restore(house.bak(), house, tmp_path, into=name)


def test_a_fetched_copy_is_told_where_each_tables_data_begins(
    house: House, source: str, tmp_path: Path
) -> None:
    bak = house.bak()
    (taken,) = bak.backup(house.profile, Selection((source,)), BackupOptions()).result().results
    (dump,) = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    task = Task(source, CancelSwitch(), lambda: None)
    copy = dump.proven_file(FolderPlace(tmp_path), Toolbox(str(house.bindir)).sets[0], task)
    with copy.open("rb") as file:
        entries = read_contents(file, copy.name).entries
    found = {entry.dump_id: entry.offset for entry in entries if entry.has_data}
    assert found == taken.manifest.data_offsets
    assert len(found) == 4
    assert task.warnings == ()


def test_the_copy_a_restore_reads_is_not_forced_onto_the_disk(
    house: House, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bak = house.bak()
    bak.backup(house.profile, Selection((source,)), BackupOptions()).result()
    dumps = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    synced: list[str] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", note)
    bak.restore(house.server, dumps, RestoreOptions(into=f"{source}_new")).result()
    assert rows_of(house.server, f"{source}_new") == SAMPLE_ROWS
    drop(house.server, f"{source}_new")
    assert synced == []


def test_counts_that_differ_are_a_failure_and_nothing_is_put_in_place(
    house: House, source: str, tmp_path: Path
) -> None:
    path = dump_of(house, source, tmp_path)
    manifest = path.with_name(path.name + ".manifest.json")
    fields = json.loads(manifest.read_text())
    next(table for table in fields["tables"] if table["name"] == "users")["rows"] = 501
    manifest.write_text(json.dumps(fields))
    (outcome,) = restore(house.bak(), house, tmp_path, into="differing").outcomes
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert isinstance(outcome.error, CountsDiffer)
    pair = outcome.error.comparison.pairs[0]
    assert (pair.name, pair.expected, pair.restored) == ("public.users", 501, 500)
    assert not scratch_of(house, "differing")
    assert "differing" not in databases_of(house.server)


def test_without_a_number_the_workers_are_the_servers_cores_and_that_is_said(
    house: House, source: str, tmp_path: Path
) -> None:
    with open_connection(house.server, source) as connection:
        connection.execute("CREATE TABLE large AS SELECT i, md5(i::text) FROM generate_series(1, 100000) i")
    dump_of(house, source, tmp_path)
    bak = house.bak()
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    job = bak.restore(house.server, dumps, RestoreOptions(into="by_cores", jobs=None))
    try:
        assert job.result().exit_code is ExitCode.DONE
    finally:
        drop(house.server, "by_cores")
    cores = Instance(house.server).cores()
    assert cores
    assert [line.text for line in job.log if "in the database: " in line.text] == [
        f"{plural(cores, 'worker')} in the database: the server has {plural(cores, 'core')}"
    ]


@pytest.mark.fault("R35")
def test_cancelling_half_way_drops_the_scratch_database(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill_bytes(house.server, name, 48)
    dump_of(house, name, tmp_path)
    made = threading.Event()
    bak = house.bak(checkpoint=lambda step, _: made.set() if step is Step.SCRATCH else None)
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    job = bak.restore(house.server, dumps, RestoreOptions(into="cancelled"))
    assert made.wait(PATIENCE)
    until(dumping_children)
    bak.engine.cancel(job)
    assert job.wait(PATIENCE)
    assert job.status.state is JobState.CANCELLED
    assert job.status.outcome.endswith("; nothing was left")
    assert not scratch_of(house, "cancelled")
    assert "cancelled" not in databases_of(house.server)
    until(lambda: not dumping_children())
    until(lambda: not sessions_of(house.server))


def test_of_several_dumps_the_newest_is_taken_and_said(house: House, source: str, tmp_path: Path) -> None:
    for day in (1, 3, 2):
        dump_of(house, source, tmp_path, clock=on(day))
    dumps, _ = house.bak().folder_dumps(tmp_path, Selection())
    chosen, notes = newest_of_each(dumps)
    assert len(dumps) == 3
    newest = max(dumps, key=lambda dump: dump.taken)
    assert [dump.name for dump in chosen] == [newest.name]
    assert "newest of 3" in notes[0]


def test_two_dumps_for_one_target_are_refused(house: House, source: str, tmp_path: Path) -> None:
    for day in (1, 2):
        dump_of(house, source, tmp_path, clock=on(day))
    drop(house.server, source)
    with pytest.raises(UsageError, match="both become"):
        restore(house.bak(), house, tmp_path)


def test_what_a_restore_that_was_killed_had_brought_back_is_counted_before_it_is_dropped(
    house: House, source: str, tmp_path: Path
) -> None:
    """Every table is there and none has its rows when pg_restore is killed."""
    dump_of(house, source, tmp_path / "dumps")
    script = """case "$*" in *--dbname*) "$REAL" --section=pre-data "$@" && kill -9 $$;; esac
exec "$REAL" "$@" """
    bak = house.bak(bindir=restoring_shim(tmp_path / "bin", house.bindir, script))
    (outcome,) = restore(bak, house, tmp_path / "dumps", into="killed").outcomes
    assert isinstance(outcome.error, HarmfulComplaints)
    assert "killed by signal 9" in outcome.error.message
    comparison = outcome.error.comparison
    assert comparison
    assert {pair.name: pair.expected for pair in comparison.tables} == SAMPLE_ROWS
    assert {pair.restored for pair in comparison.tables} == {0}
    assert comparison.missing == sum(SAMPLE_ROWS.values())
    assert comparison.differences.startswith("3 of 3 tables do not hold what was backed up: 1,007 rows are")
    assert "killed" not in databases_of(house.server)
    assert not scratch_of(house, "killed")


def test_cancelling_works_while_rows_are_compared(house: House, source: str, tmp_path: Path) -> None:
    dump_of(house, source, tmp_path)
    held = HeldAt(Step.RESTORED)
    bak = house.bak(checkpoint=held)
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    job = bak.restore(house.server, dumps, RestoreOptions(into="compared"))
    assert held.reached.wait(PATIENCE)
    (scratch,) = scratch_of(house, "compared")
    with open_connection(house.server, scratch) as blocker:
        blocker.autocommit = False
        blocker.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        held.go_on.set()
        until(lambda: any(task.phase == "comparing" for task in job.status.tasks))
        bak.engine.cancel(job)
        # The session that blocks is ours, not the restore's: it must go before the scratch database can.
        blocker.rollback()
    assert job.wait(PATIENCE)
    assert job.status.state is JobState.CANCELLED
    assert not scratch_of(house, "compared")


def test_a_scratch_database_that_cannot_be_marked_is_not_left(
    house: House, source: str, tmp_path: Path
) -> None:
    dump_of(house, source, tmp_path)
    with pytest.raises(UsageError, match="cannot be called"):
        restore(house.bak(), house, tmp_path, into="g\udcff")
    assert not [name for name in databases_of(house.server) if "__new_" in name]


def test_a_row_written_after_the_backup_survives_a_restore_beside_it(
    house: House, source: str, tmp_path: Path
) -> None:
    dump_of(house, source, tmp_path)
    mark(house.server, source, "later")
    (outcome,) = restore(house.bak(), house, tmp_path, into=f"{source}_beside").outcomes
    try:
        assert outcome.state is JobState.OK
        assert marked(house.server, source) == "later"
        assert rows_of(house.server, f"{source}_beside") == SAMPLE_ROWS
    finally:
        drop(house.server, f"{source}_beside")


@pytest.mark.parametrize("has_manifest", [True, False], ids=["with-manifest", "without"])
def test_workers_begin_with_the_largest_table_although_the_backup_was_a_stream(
    house: House, make_database: MakeDatabase, *, has_manifest: bool
) -> None:
    name = make_database()
    sizes = {"a": 10, "b": 40_000, "c": 4_000, "d": 400}
    with open_connection(house.server, name) as connection:
        for table, rows in sizes.items():
            filling = f"CREATE TABLE {table} AS SELECT md5(i::text) FROM generate_series(1, {rows}) i"
            connection.execute(filling.encode())
    bak = house.bak()
    assert bak.backup(house.profile, Selection((name,)), BackupOptions()).result().exit_code is ExitCode.DONE
    catalogue = bak.catalogue(house.target)
    (dump,) = catalogue.inventory().dumps
    if not has_manifest:
        house.bucket.delete([f"{dump.path}.manifest.json"])
        (dump,) = catalogue.inventory().dumps
    into = f"{name}_again"
    job = bak.restore(house.server, catalogue.sources([dump]), RestoreOptions(into=into, jobs=2))
    (outcome,) = job.result().outcomes
    drop(house.server, into)
    assert outcome.error is None
    begun = [line.text for line in job.log if "launching item" in line.text and "TABLE DATA" in line.text]
    assert [text.split()[-1] for text in begun] == sorted(sizes, key=lambda table: -sizes[table])
