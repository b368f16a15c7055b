"""The snapshot: what is counted in it is exactly what was there, and only one backup holds it at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from bak_tui.core.databases import Counts, LargeObjects, Locale
from bak_tui.core.errors import ExitCode, ServerError
from bak_tui.core.profile import Server
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.postgres import Instance
from bak_tui.services.postgres.counter import Counter
from bak_tui.services.postgres.counting import together
from tests import samples
from tests.counts import counts_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.postgres.conftest import MakeRole, ask, run
from tests.waiting import until


@pytest.fixture
def database(make_database: MakeDatabase) -> str:
    return make_database()


def counted(instance: Instance, database: str) -> Counts:
    """Counted in a snapshot; what `counts` says outside of one must be the same."""
    with instance.snapshot(database) as snapshot:
        counts = snapshot.count()
    assert counts == counts_of(instance, database)
    return counts


# -- counting ----------------------------------------------------------------------------------------------


def test_rows_are_those_of_the_snapshot_whatever_is_written_after(
    each_server: Server, make_database: MakeDatabase
) -> None:
    name = make_database(server=each_server)
    samples.fill(each_server, name)
    expected = {("public", "users"): 500, ("public", "grants"): 500, ("odd schema", "Odd [table]"): 7}
    with Instance(each_server).snapshot(name) as snapshot:
        run(
            each_server,
            name,
            "DELETE FROM grants",
            "INSERT INTO users (name) SELECT 'new' FROM generate_series(1, 10)",
            "CREATE TABLE later AS SELECT 1 AS a",
            "SELECT lo_create(0)",
        )
        counts = snapshot.count()
    assert counts.tables == expected
    assert counts.rows == 1007
    assert counts.materialized_views == {("public", "counted"): 1}
    assert counts.large_objects == LargeObjects(1, 12)


@pytest.mark.parametrize(
    ("statements", "tables", "views"),
    [
        (
            [
                "CREATE TABLE p (a int) PARTITION BY RANGE (a)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (a)",
                "CREATE TABLE p2a PARTITION OF p2 DEFAULT",
                "INSERT INTO p SELECT * FROM generate_series(0, 14)",
            ],
            {"p1": 10, "p2a": 5},
            {},
        ),
        (
            [
                "CREATE TABLE parent (a int)",
                "CREATE TABLE child () INHERITS (parent)",
                "INSERT INTO parent VALUES (1), (2)",
                "INSERT INTO child VALUES (3), (4), (5)",
            ],
            {"parent": 2, "child": 3},
            {},
        ),
        (["CREATE UNLOGGED TABLE u AS SELECT generate_series(1, 4)"], {"u": 4}, {}),
        (
            [
                "CREATE MATERIALIZED VIEW filled AS SELECT generate_series(1, 3) AS a",
                "CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS a WITH NO DATA",
            ],
            {},
            {"filled": 3},
        ),
        (["CREATE VIEW v AS SELECT 1", "CREATE SEQUENCE s", "CREATE TYPE c AS (a int)"], {}, {}),
        (["CREATE TABLE t AS SELECT repeat(i::text, 9999) AS a FROM generate_series(1, 2) i"], {"t": 2}, {}),
        (['CREATE TABLE "odd ""table"" %s" AS SELECT 1 AS a'], {'odd "table" %s': 1}, {}),
    ],
    ids=["partitions", "inheritance", "unlogged", "materialised", "no tables", "toast", "odd name"],
)
def test_what_holds_rows_of_its_own_is_counted(
    server: Server,
    instance: Instance,
    database: str,
    statements: list[str],
    tables: dict[str, int],
    views: dict[str, int],
) -> None:
    run(server, database, *statements)
    counts = counted(instance, database)
    assert counts.tables == {("public", name): rows for name, rows in tables.items()}
    assert counts.materialized_views == {("public", name): rows for name, rows in views.items()}


def test_each_of_many_tables_has_its_own_rows_and_small_ones_are_asked_for_together(
    server: Server, instance: Instance, database: str
) -> None:
    big = "CREATE TABLE t077_big AS SELECT repeat(md5(i::text), 60) AS a FROM generate_series(1, 9000) i"
    small = "CREATE TABLE t%1$s AS SELECT i FROM generate_series(1, %1$s) i"
    many = f"DO $$ BEGIN FOR n IN 100..320 LOOP EXECUTE format('{small}', n); END LOOP; END $$"
    run(server, database, many, big)
    expected = {("public", f"t{number}"): number for number in range(100, 321)} | {
        ("public", "t077_big"): 9000
    }
    assert counted(instance, database).tables == expected
    with instance.snapshot(database) as snapshot:
        groups = list(together(snapshot.catalog.tables))
    assert [len(each) for each in groups] == [1, 100, 100, 21]
    assert [table for each in groups for table in each] == list(snapshot.catalog.tables)


def test_temporary_and_foreign_tables_and_those_of_extensions_are_not_counted(
    server: Server, instance: Instance, database: str
) -> None:
    run(
        server,
        database,
        "CREATE TABLE mine AS SELECT 1 AS a",
        "CREATE TABLE theirs AS SELECT 1 AS a",
        "CREATE EXTENSION pg_trgm",
        "ALTER EXTENSION pg_trgm ADD TABLE theirs",
        "CREATE FOREIGN DATA WRAPPER nothing",
        "CREATE SERVER away FOREIGN DATA WRAPPER nothing",
        "CREATE FOREIGN TABLE afar (a int) SERVER away",
    )
    with open_connection(server, database) as other:
        other.execute("CREATE TEMP TABLE passing AS SELECT 1 AS a")
        assert counted(instance, database).tables == {("public", "mine"): 1}


def test_large_objects_count_by_number_and_by_where_each_ends(
    server: Server, instance: Instance, database: str
) -> None:
    assert counted(instance, database).large_objects == LargeObjects(0, 0)
    run(
        server,
        database,
        "SELECT lo_from_bytea(0, repeat('x', 5000)::bytea)",
        "SELECT lo_create(0)",
        # A hole of a megabyte, which pg_dump reads (and pg_restore writes) as zeros.
        "SELECT lo_put(lo_create(4711), 1048576, 'end'::bytea)",
    )
    assert counted(instance, database).large_objects == LargeObjects(3, 5000 + 1048576 + 3)


def test_a_catalog_tells_what_tables_weigh(server: Server, instance: Instance, database: str) -> None:
    run(server, database, "CREATE TABLE big AS SELECT repeat('x', 100) FROM generate_series(1, 1000)")
    with instance.snapshot(database) as snapshot:
        (table,) = snapshot.catalog.tables
        assert table.qualified == "public.big"
        assert table.size == snapshot.catalog.size
        assert table.size == ask(server, database, "SELECT pg_table_size('big')")


def test_a_snapshot_has_a_name_a_time_and_a_server(instance: Instance, database: str) -> None:
    before = datetime.now(UTC)
    with instance.snapshot(database) as snapshot:
        assert snapshot.name
        assert abs((snapshot.taken - before).total_seconds()) < 60
        assert snapshot.identity == instance.identity()


def test_another_session_may_adopt_it_only_as_long_as_it_is_held(
    server: Server, instance: Instance, database: str
) -> None:
    adopt = "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '{}'"
    with instance.snapshot(database) as snapshot:
        run(server, database, adopt.format(snapshot.name))
        name = snapshot.name
    with pytest.raises(Exception, match="snapshot"):
        run(server, database, adopt.format(name))


def test_a_sites_time_outs_do_not_end_it(
    server: Server, make_database: MakeDatabase, make_role: MakeRole
) -> None:
    name, limited = make_database(), make_role()
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"):
        run(server, "postgres", f"ALTER ROLE {limited.user} SET {setting} = '50ms'")
    run(server, name, "CREATE FUNCTION slow() RETURNS int LANGUAGE sql AS 'SELECT pg_sleep(0.2); SELECT 1'")
    instance = Instance(limited, lock_timeout=5)
    with instance.snapshot(name) as snapshot:
        ask(server, name, "SELECT slow()")
        assert snapshot.count().rows == 0
        for setting in ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"):
            assert snapshot._connection.execute(f"SHOW {setting}".encode()).fetchone() == ("0",)
        assert snapshot._connection.execute("SHOW lock_timeout").fetchone() == ("5s",)


def test_a_count_ends_when_it_is_interrupted(server: Server, instance: Instance, database: str) -> None:
    run(server, database, "CREATE TABLE t AS SELECT generate_series(1, 10)")
    failures: list[BaseException] = []

    def count(counter: Counter) -> None:
        try:
            counter.count()
        except ServerError as error:
            failures.append(error)

    with instance.counting(database) as counter, closing(open_connection(server, database)) as blocker:
        blocker.execute("BEGIN")
        blocker.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        counting = threading.Thread(target=count, args=(counter,))
        counting.start()
        waits = (
            "SELECT count(*) FROM pg_stat_activity"
            f" WHERE datname = '{database}' AND application_name = 'bak-test' AND wait_event_type = 'Lock'"
        )
        until(lambda: ask(server, "postgres", waits) == 1)
        counter.interrupt()
        counting.join(10)
        assert not counting.is_alive()
        counter.interrupt()
    assert len(failures) == 1
    counter.interrupt()


def test_interrupting_when_the_server_is_gone_hurts_nobody() -> None:
    told: list[str] = []

    def outlive(postgres: EmbeddedPostgres) -> None:
        with Instance(postgres.server).snapshot("postgres") as snapshot:
            postgres.crash()
            snapshot.interrupt()
            told.append("interrupted")
            snapshot.count()

    with EmbeddedPostgres.start() as postgres, pytest.raises(ServerError):
        outlive(postgres)
    assert told == ["interrupted"]


# -- what may not be read ----------------------------------------------------------------------------------


def test_no_table_is_emptied_or_rewritten_before_it_is_counted(
    server: Server, instance: Instance, make_database: MakeDatabase
) -> None:
    name = make_database()
    run(server, name, "CREATE TABLE t AS SELECT generate_series(1, 5) AS id")
    with instance.snapshot(name) as snapshot:
        for change in ("TRUNCATE t", "ALTER TABLE t ALTER id TYPE bigint"):
            with pytest.raises(psycopg.errors.LockNotAvailable):
                run(server, name, "SET lock_timeout = '100ms'", change)
        assert snapshot.count().tables == {("public", "t"): 5}
    run(server, name, "TRUNCATE t")


REPLACING = {
    "emptied and filled": ("TRUNCATE t", "INSERT INTO t SELECT generate_series(1, 9)"),
    "rewritten": ("ALTER TABLE t ALTER id TYPE bigint", "INSERT INTO t SELECT generate_series(6, 9)"),
    "made anew": ("DROP TABLE t", "CREATE TABLE t AS SELECT generate_series(1, 9) AS id"),
    "another's name": (
        "CREATE TABLE u AS SELECT generate_series(1, 9) AS id",
        "DROP TABLE t",
        "ALTER TABLE u RENAME TO t",
    ),
}


@pytest.mark.parametrize("how", REPLACING)
@pytest.mark.fault("R68")
def test_a_table_that_is_being_replaced_when_the_snapshot_is_taken_is_not_seen_empty(
    server: Server, instance: Instance, make_database: MakeDatabase, how: str
) -> None:
    """Who waits for its lock with the snapshot taken would see neither what was there nor what is."""
    name = make_database()
    run(server, name, "CREATE TABLE t AS SELECT generate_series(1, 5) AS id", "CREATE TABLE other (id int)")
    found: list[Counts] = []

    def take() -> None:
        with instance.snapshot(name) as snapshot:
            found.append(snapshot.count())

    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 't'::regclass"
    with closing(open_connection(server, name)) as loading:
        for statement in ("BEGIN", *REPLACING[how]):
            loading.execute(statement.encode())
        taking = threading.Thread(target=take)
        taking.start()
        until(lambda: ask(server, name, waits) >= 1)
        loading.execute("COMMIT")
        taking.join()
    assert [counts.tables[("public", "t")] for counts in found] == [9]


# -- encodings ---------------------------------------------------------------------------------------------


def in_encoding(instance: Instance, encoding: str, use: Callable[[str], None]) -> None:
    name = f"bak_{encoding.lower()}"
    instance.create_database(name, Locale(encoding, "libc", "C", "C"), "x")
    try:
        use(name)
    finally:
        instance.drop_database(name)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_databases_of_other_encodings_are_counted(server: Server, instance: Instance, encoding: str) -> None:
    word = "日本" if encoding == "EUC_JP" else "caf\u00e9"

    def use(name: str) -> None:
        with open_connection(server, name) as connection:
            connection.execute("SET client_encoding = 'UTF8'")
            connection.execute(f'CREATE TABLE "{word}" (a text)'.encode())
            connection.execute(f"INSERT INTO \"{word}\" VALUES ('{word}')".encode())
        assert counted(instance, name).tables == {("public", word): 1}

    in_encoding(instance, encoding, use)


def test_a_tables_name_that_is_no_utf8_is_told_in_one_sentence(server: Server, instance: Instance) -> None:
    def use(name: str) -> None:
        with open_connection(server, name) as connection:
            connection.execute(b'CREATE TABLE "caf\xe9" (a int)')
        with pytest.raises(ServerError, match=f"a name in {name} on .* is not UTF-8") as caught:
            counts_of(instance, name)
        assert (caught.value.exit_code, caught.value.kind) == (ExitCode.SERVER, "encoding")

    in_encoding(instance, "SQL_ASCII", use)


def test_a_roles_name_that_is_no_utf8_hides_no_other(server: Server, instance: Instance) -> None:
    def use(name: str) -> None:
        with open_connection(server, name) as connection:
            connection.execute(b'CREATE ROLE "m\xfcller"')
            try:
                assert "postgres" in instance.offer().roles
            finally:
                connection.execute(b'DROP ROLE "m\xfcller"')

    in_encoding(instance, "SQL_ASCII", use)


def test_the_default_server_is_asked_through_the_environment(
    server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.host
    assert server.port
    assert server.password
    monkeypatch.setenv("PGHOST", server.host)
    monkeypatch.setenv("PGPORT", server.port)
    monkeypatch.setenv("PGPASSWORD", server.password.reveal())
    left_open = replace(server, host=None, port=None, password=None)
    assert counts_of(Instance(left_open), database).rows == 0


@pytest.mark.parametrize("style", ["German, DMY", "SQL, MDY", "Postgres, DMY"])
def test_a_database_with_another_date_style_is_held_like_any_other(
    embedded_postgres: EmbeddedPostgres, make_database: MakeDatabase, style: str
) -> None:
    name = make_database()
    with open_connection(embedded_postgres.server, "postgres") as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET datestyle = {}").format(sql.Identifier(name), sql.Literal(style))
        )
    with Instance(embedded_postgres.server).snapshot(name) as snapshot:
        assert snapshot.taken.tzinfo is not None
