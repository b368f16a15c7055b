"""Snapshots that are refused: what may not be read, what somebody else holds, what changes meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest

from bak_tui.core.databases import LargeObjects, Table
from bak_tui.core.errors import DumpFailed, ExitCode, LockHeld
from bak_tui.core.profile import Server
from bak_tui.services.postgres import Instance, counting
from tests.counts import counts_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.postgres.conftest import MakeRole, run
from tests.services.postgres.test_snapshot import database

__all__ = ["database"]


def refused(server: Server, database: str) -> DumpFailed:
    with pytest.raises(DumpFailed) as caught, Instance(server).snapshot(database):
        pass
    return caught.value


def test_a_table_that_may_not_be_read_is_named(server: Server, database: str, make_role: MakeRole) -> None:
    limited = make_role()
    run(server, database, "CREATE TABLE open (a int)", 'CREATE TABLE "secret one" (a int)')
    run(server, database, "GRANT SELECT ON open TO PUBLIC")
    error = refused(limited, database)
    assert (error.kind, error.exit_code) == ("not_readable", ExitCode.FAILED)
    assert "public.secret one" in error.message
    run(server, database, 'GRANT SELECT ON "secret one" TO PUBLIC')
    with Instance(limited).snapshot(database) as snapshot:
        assert len(snapshot.catalog.tables) == 2


def test_a_schema_that_may_not_be_used_counts_as_not_readable(
    server: Server, database: str, make_role: MakeRole
) -> None:
    run(server, database, "CREATE SCHEMA closed", "CREATE TABLE closed.t (a int)")
    run(server, database, "GRANT SELECT ON closed.t TO PUBLIC")
    assert "closed.t" in refused(make_role(), database).message


def test_row_security_that_would_hide_rows_is_refused(
    server: Server, database: str, make_role: MakeRole
) -> None:
    run(server, database, "CREATE TABLE filtered AS SELECT 1 AS a", "GRANT SELECT ON filtered TO PUBLIC")
    run(server, database, "ALTER TABLE filtered ENABLE ROW LEVEL SECURITY")
    error = refused(make_role(), database)
    assert error.kind == "row_security"
    assert "public.filtered" in error.message
    for allowed in (server, make_role("BYPASSRLS")):
        assert counts_of(Instance(allowed), database).tables == {("public", "filtered"): 1}


def test_large_objects_of_others_are_counted_without_their_bytes(
    server: Server, database: str, make_role: MakeRole
) -> None:
    run(server, database, "SELECT lo_from_bytea(0, 'x')")
    assert counts_of(Instance(make_role()), database).large_objects == LargeObjects(1, None)


# -- one at a time -----------------------------------------------------------------------------------------


def held_up(server: Server, database: str) -> LockHeld:
    with pytest.raises(LockHeld) as caught, Instance(server).snapshot(database):
        pass
    return caught.value


def test_a_second_backup_of_the_same_database_is_told_who_holds_it(
    server: Server, database: str, make_database: MakeDatabase
) -> None:
    with Instance(server, application_name="bak-first").snapshot(database):
        error = held_up(server, database)
        assert (error.kind, error.exit_code) == ("locked", ExitCode.LOCKED)
        assert f"{database} is running (bak-first from 127.0.0.1" in error.message
        with Instance(server).snapshot(make_database()) as other:
            assert other.name
    with Instance(server).snapshot(database) as again:
        assert again.name


def test_a_role_that_may_not_see_the_holder_is_told_what_can_be_told(
    server: Server, database: str, make_role: MakeRole
) -> None:
    with Instance(server).snapshot(database):
        error = held_up(make_role(), database)
    assert error.message == f"another backup of {database} is running"


def test_an_advisory_lock_of_somebody_else_is_no_backup(
    server: Server, instance: Instance, database: str
) -> None:
    oid = f"(SELECT oid::int FROM pg_database WHERE datname = '{database}')"
    with open_connection(server, database) as other:
        other.execute(f"SELECT pg_advisory_lock(7, {oid})".encode())
        with instance.snapshot(database) as snapshot:
            assert snapshot.name


# -- changes meanwhile -------------------------------------------------------------------------------------


def test_a_database_that_changes_whenever_a_snapshot_is_taken_is_told_as_that(
    server: Server, instance: Instance, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = make_database()
    run(server, name, "CREATE TABLE t AS SELECT generate_series(1, 5) AS id")
    hold = counting.hold

    def late(connection: psycopg.Connection, tables: Sequence[Table]) -> None:
        run(server, name, "TRUNCATE t")
        hold(connection, tables)

    monkeypatch.setattr(counting, "hold", late)
    with pytest.raises(DumpFailed, match=r"public\.t emptied or rewritten.*5 times"), instance.snapshot(name):
        pass
    monkeypatch.undo()
    with instance.snapshot(name) as snapshot:
        assert snapshot.count().tables == {("public", "t"): 0}
