"""Backups that are what they say, and runs whose failures leave nothing."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg import sql

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode, UsageError
from bak_tui.core.jobs import JobState
from bak_tui.core.manifest import Manifest, parse_manifest
from bak_tui.core.outcomes import Report
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.backup.taking import Taken
from bak_tui.operations.bak import Bak
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.targets import RestoreOptions
from tests.children import dumping_children
from tests.faults.shims import shim
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, drop, fill, fill_bytes, mark, marked, sessions_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE, until

MIB = 1024 * 1024
UNCOMPRESSED = BackupOptions(compression="none", part_size=5 * MIB)


def back_up(bak: Bak, house: House, *names: str, options: BackupOptions | None = None) -> Report[Taken]:
    return bak.backup(house.profile, Selection(names), options or BackupOptions()).result()


def assert_nothing_left(house: House) -> None:
    assert house.keys() == set()
    assert house.bucket.open_uploads("") == ()
    until(lambda: not dumping_children())
    until(lambda: not sessions_of(house.server))


def test_a_backup_is_a_dump_and_a_manifest_under_one_timestamp(
    house: House, make_database: MakeDatabase
) -> None:
    first, second = make_database(), make_database()
    fill(house.server, first)
    moment = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
    report = back_up(house.bak(clock=lambda: moment), house, first, second)
    assert report.exit_code is ExitCode.DONE
    assert house.keys() == {
        f"{name}/{name}-20261123T120000Z.sql{suffix}"
        for name in (first, second)
        for suffix in ("", ".manifest.json")
    }


def test_the_manifest_says_what_was_dumped(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    fill(house.server, name)
    (taken,) = back_up(house.bak(), house, name).results
    manifest = read_manifest(house, taken)
    assert manifest == taken.manifest
    assert manifest.database == name
    assert {f"{table.schema_name}.{table.name}": table.rows for table in manifest.tables or []} == SAMPLE_ROWS
    assert [(view.name, view.rows) for view in manifest.materialized_views or []] == [("counted", 1)]
    assert manifest.large_objects is not None
    assert (manifest.large_objects.number, manifest.large_objects.bytes) == (1, 12)
    assert manifest.size == house.objects()[taken.path].size == sum(part.size for part in manifest.parts)
    assert manifest.compression == "gzip:1"
    assert set(manifest.checked) >= {"parts", "size", "manifest"}
    assert manifest.server.system_identifier
    archive = house.bucket.read(taken.path, limit=MIB)
    assert len(manifest.data_offsets or {}) == 4
    for number, at in (manifest.data_offsets or {}).items():
        assert archive[at + 1 : at + 6] == b"\0" + number.to_bytes(4, "little")
    assert manifest.requirements is not None
    assert manifest.requirements.locale is not None
    assert manifest.requirements.locale.encoding == "UTF8"


@pytest.mark.parametrize("note", ["x" * 1001, "\udcff"], ids=["long", "no text"])
def test_a_note_that_cannot_be_kept_is_refused_before_anything_is_asked(house: House, note: str) -> None:
    with pytest.raises(UsageError, match="the note"):
        back_up(house.bak(), house, options=BackupOptions(note=note))
    assert house.keys() == set()


def read_manifest(house: House, taken: Taken) -> Manifest:
    where = f"{taken.path}.manifest.json"
    return parse_manifest(house.bucket.read(where, limit=MIB), where)


def test_one_failing_database_does_not_stop_the_others(house: House, make_database: MakeDatabase) -> None:
    good, bad, also_good = make_database(), make_database(), make_database()
    for name in (good, also_good):
        fill(house.server, name)

    def break_one(step: Step, subject: str, /) -> None:
        if subject == bad and step is Step.SNAPSHOT:
            drop(house.server, bad)

    report = back_up(house.bak(checkpoint=break_one), house, good, bad, also_good)
    states = {outcome.subject: outcome.state for outcome in report.outcomes}
    assert states == {good: JobState.OK, bad: JobState.FAILED, also_good: JobState.OK}
    assert report.exit_code is ExitCode.PARTIAL
    assert not any(bad in key for key in house.objects())


@pytest.mark.parametrize("name", ["host=127.0.0.1 port=1", "-Fc", "dbname=postgres", "a/b ü'\"", "x" * 63])
@pytest.mark.fault("R36")
def test_a_database_is_backed_up_as_itself_whatever_its_name(
    house: House, make_database: MakeDatabase, name: str
) -> None:
    make_database(name)
    mark(house.server, name, f"I am {name}")
    bak = house.bak()
    (taken,) = back_up(bak, house, name).results
    assert taken.manifest.database == name
    dumps = bak.catalogue(house.target).inventory().dumps
    sources = bak.catalogue(house.target).sources(dumps)
    report = bak.restore(house.server, sources, RestoreOptions(into="hostile_restored")).result()
    try:
        assert report.exit_code is ExitCode.DONE
        assert marked(house.server, "hostile_restored") == f"I am {name}"
    finally:
        drop(house.server, "hostile_restored")


@pytest.mark.parametrize(
    ("victim", "kind", "code"),
    [("pg_dump", "dump_failed", ExitCode.FAILED), ("its connection", "server_lost", ExitCode.SERVER)],
)
@pytest.mark.fault("R01")
def test_a_dump_killed_half_way_leaves_nothing(
    house: House, make_database: MakeDatabase, victim: str, kind: str, code: ExitCode
) -> None:
    name = make_database()
    fill_bytes(house.server, name, 64)
    seen: list[set[str]] = []
    killed: list[int] = []
    reads = 0

    def kill(step: Step, _subject: str, /) -> None:
        nonlocal reads
        if step is not Step.STREAMING:
            return
        reads += 1
        seen.append(house.keys()) if reads % 10 == 0 else None
        # A read is a pipe's content at most (1 MiB): the dump is not yet half through.
        if reads == 30:
            killed.append(_kill(house, victim))

    report = back_up(house.bak(checkpoint=kill), house, name, options=UNCOMPRESSED)
    (outcome,) = report.outcomes
    assert killed == [1]
    assert outcome.error is not None
    assert (outcome.state, outcome.error.kind, outcome.exit_code) == (JobState.FAILED, kind, code)
    assert name in str(outcome.error)
    assert "Traceback" not in str(outcome.error)
    assert not any(seen), "nothing may be visible while it runs"
    assert_nothing_left(house)


def _kill(house: House, victim: str) -> int:
    """Kill pg_dump, or the backend that sends it rows; how many were there to kill."""
    if victim == "pg_dump":
        children = list(dumping_children())
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        return len(children)
    with open_connection(house.server, "postgres") as connection:
        return connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'bak-%' AND query LIKE 'COPY%' AND state = 'active'"
        ).rowcount


@pytest.mark.parametrize("step", [Step.PREFLIGHT, Step.SNAPSHOT, Step.STREAMING, Step.GATE, Step.COMPLETE])
def test_cancelling_leaves_nothing(house: House, make_database: MakeDatabase, step: Step) -> None:
    name = make_database()
    fill_bytes(house.server, name, 24)
    reached = threading.Event()
    go_on = threading.Event()

    def stop_here(at: Step, _subject: str, /) -> None:
        if at is step and not reached.is_set():
            reached.set()
            go_on.wait(PATIENCE)

    bak = house.bak(checkpoint=stop_here)
    job = bak.backup(house.profile, Selection((name,)), UNCOMPRESSED)
    assert reached.wait(PATIENCE)
    bak.engine.cancel(job)
    assert job.status.state == "CANCELLING"
    go_on.set()
    assert job.wait(PATIENCE)
    assert job.status.state == "CANCELLED"
    assert job.status.outcome.endswith("; nothing was left")
    assert_nothing_left(house)


@pytest.mark.fault("R20")
def test_a_second_backup_of_the_same_database_is_told_who_holds_the_lock(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    first, second = house.bak(), house.bak()
    with first._with.postgres(house.server, "bak-first").snapshot(name):
        (outcome,) = back_up(second, house, name).outcomes
    assert outcome.exit_code is ExitCode.LOCKED
    assert "bak-first" in str(outcome.error)
    assert_nothing_left(house)


def test_what_is_dropped_while_it_is_dumped_is_told(house: House, make_database: MakeDatabase) -> None:
    """Tables are held; of a view pg_dump finds the definition as it is now, or none."""
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE VIEW v AS SELECT 1 AS one")

    def drop_it(step: Step, _subject: str, /) -> None:
        if step is Step.SNAPSHOT:
            with open_connection(house.server, name) as connection:
                connection.execute("DROP VIEW v")

    (outcome,) = back_up(house.bak(checkpoint=drop_it), house, name).outcomes
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.exit_code) == ("changed", ExitCode.FAILED), outcome.error
    assert outcome.error.hint == "it may have been dropped or changed while it was being dumped: start again"
    assert_nothing_left(house)


@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
@pytest.mark.fault("R68")
def test_a_function_that_is_dropped_before_pg_dump_reads_it_ends_the_backup(
    house: House, make_database: MakeDatabase, form: FormatWish
) -> None:
    """It would be dumped without its arguments and its result, and no restore would come to its end."""
    name = make_database()
    with open_connection(house.server, name) as connection:
        for function in ("f(a int)", "g(a int)"):
            connection.execute(f"CREATE FUNCTION {function} RETURNS int LANGUAGE sql AS 'SELECT 1'".encode())

    def drop_it(step: Step, _subject: str, /) -> None:
        if step is Step.SNAPSHOT:
            with open_connection(house.server, name) as connection:
                connection.execute("DROP FUNCTION IF EXISTS g(int)")

    bak = house.bak(checkpoint=drop_it)
    (outcome,) = back_up(bak, house, name, options=BackupOptions(format=form)).outcomes
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.exit_code) == ("changed", ExitCode.FAILED), outcome.error
    assert f"public.g of {name} was dropped while it was being dumped" in outcome.error.message
    assert_nothing_left(house)
    (again,) = back_up(bak, house, name, options=BackupOptions(format=form)).outcomes
    assert again.state is JobState.OK, again.error


@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
def test_what_pg_dump_leaves_out_is_warned_of_and_kept(
    house: House, make_database: MakeDatabase, form: FormatWish
) -> None:
    """Subscriptions are dumped for a superuser alone; a backup's role need be none."""
    name, role = make_database(), f"bak_{secrets.token_hex(6)}"
    far = "CREATE SUBSCRIPTION {} CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false)"
    quoted = sql.Identifier(role)
    with open_connection(house.server, name) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(quoted, sql.Literal(role)))
        connection.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(quoted))
        connection.execute(sql.SQL(far).format(quoted))
        house.server = replace(house.server, user=role, password=Secret(role))
        try:
            (outcome,) = back_up(house.bak(), house, name, options=BackupOptions(format=form)).outcomes
        finally:
            for statement in ("ALTER SUBSCRIPTION {} SET (slot_name = NONE)", "DROP SUBSCRIPTION {}"):
                connection.execute(sql.SQL(statement).format(quoted))
            connection.execute(sql.SQL("DROP ROLE {}").format(quoted))
    left_out = "pg_dump: subscriptions not dumped because current user is not a superuser"
    assert (outcome.state, outcome.warnings) == (JobState.WARN, (left_out,)), outcome.error
    assert outcome.result is not None
    assert left_out in outcome.result.manifest.warnings


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        pytest.param("exit 0", "empty_dump", marks=pytest.mark.fault("R06")),
        pytest.param('"$REAL" "$@"; exit 1', "dump_failed", marks=pytest.mark.fault("R07")),
        ("echo this is no archive", "bad_dump"),
        ('"$REAL" "$@" | head -c -1', "bad_dump"),
        ('"$REAL" "$@" | head -c 4000', "bad_dump"),
        ('"$REAL" "$@" | head -c 300; kill -9 $$', "dump_failed"),
    ],
)
def test_the_gate_keeps_out_what_pg_dump_did_not_finish(
    house: House, make_database: MakeDatabase, tmp_path: Path, script: str, kind: str
) -> None:
    name = make_database()
    fill(house.server, name)
    bak = house.bak(bindir=shim(tmp_path / "bin", house.bindir, script))
    (outcome,) = back_up(bak, house, name).outcomes
    assert outcome.error is not None
    assert outcome.error.kind == kind
    assert outcome.exit_code is ExitCode.FAILED
    assert_nothing_left(house)


def test_an_archive_of_an_unknown_format_is_backed_up_and_the_manifest_says_what_it_lacks(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    skip = "dd bs=1 count=6 2>/dev/null; dd bs=1 count=1 of=/dev/null 2>/dev/null; printf '\\021'; cat"
    bak = house.bak(bindir=shim(tmp_path / "bin", house.bindir, f'"$REAL" "$@" | {{ {skip}; }}'))
    (taken,) = back_up(bak, house, name).results
    assert taken.manifest.offsets is None
    assert "data offsets are not known: its format version 1.17 is not known here" in taken.manifest.warnings
    assert taken.rows == 1007


@pytest.mark.fault("R09")
def test_a_role_that_may_not_read_a_table_fails_before_anything_is_sent(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE ROLE weak LOGIN PASSWORD 'weak'")
        connection.execute("GRANT SELECT ON users TO weak")
    house.server = replace(house.server, user="weak", password=Secret("weak"))
    (outcome,) = back_up(house.bak(), house, name).outcomes
    assert outcome.exit_code is ExitCode.FAILED
    assert "odd schema.Odd [table]" in str(outcome.error)
    assert house.keys() == set()


def test_with_a_folder_the_local_copies_stay_and_are_what_was_uploaded(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    (tmp_path / "older.sql").write_bytes(b"PGDMP from another day")
    (taken,) = back_up(house.bak(), house, name, options=BackupOptions(folder=tmp_path)).results
    assert (tmp_path / taken.path).read_bytes() == house.bucket.read(taken.path, limit=MIB)
    assert house.keys() == {taken.path, f"{taken.path}.manifest.json"}
    assert (tmp_path / taken.path).stat().st_mode & 0o777 == 0o600


def test_a_session_lost_between_gate_and_commit_leaves_no_dump(
    house: House, make_database: MakeDatabase
) -> None:
    """Who lost the snapshot cannot vouch for the dump, however whole it is: FAILED, never listed."""
    name = make_database()
    fill(house.server, name)

    def lose(step: Step, _subject: str, /) -> None:
        if step is not Step.GATE:
            return
        with open_connection(house.server, "postgres") as connection:
            query = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
            pids = [row[0] for row in connection.execute(query, (name,)).fetchall()]
            assert pids
            connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (pids,))
            # The server ends them in its own time: the fault has hit only when they are gone.
            remaining = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
            until(lambda: connection.execute(remaining, (pids,)).fetchone() == (0,))

    (outcome,) = back_up(house.bak(checkpoint=lose), house, name).outcomes
    assert outcome.state is JobState.FAILED
    assert outcome.error is not None
    assert outcome.error.exit_code is ExitCode.SERVER
    assert_nothing_left(house)


def test_excluding_everything_is_an_error_not_a_success(house: House) -> None:
    with pytest.raises(UsageError, match="no database is left"):
        house.bak().backup(house.profile, Selection(excluded=("*",)), BackupOptions()).result()


def test_cancelling_works_while_the_bucket_does_not_answer(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        house.target = replace(house.target, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        bak = house.bak()
        job = bak.backup(house.profile, Selection((name,)), BackupOptions())
        until(lambda: any(task.phase == "preparing" for task in job.status.tasks))
        bak.engine.cancel(job)
        assert job.wait(PATIENCE)
    assert job.status.state == "CANCELLED"


def test_what_clients_are_to_speak_keeps_nothing_from_being_dumped_and_restored(
    house: House, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = make_database()
    mark(house.server, name, "10 € на хлеб")
    with open_connection(house.server, name) as connection:
        connection.execute(f"ALTER DATABASE {name} SET client_encoding = 'LATIN1'".encode())
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN2")
    bak = house.bak()
    (taken,) = back_up(bak, house, name).outcomes
    assert taken.state is JobState.OK, taken.sentence
    dumps = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    (outcome,) = bak.restore(house.server, dumps, RestoreOptions(into="spoken")).result().outcomes
    try:
        assert outcome.state is JobState.OK, outcome.sentence
        monkeypatch.delenv("PGCLIENTENCODING")
        with open_connection(house.server, "spoken") as connection:
            connection.execute("SET client_encoding = 'UTF8'")
            assert connection.execute("SELECT said FROM marker").fetchall() == [("10 € на хлеб",)]
    finally:
        drop(house.server, "spoken")
