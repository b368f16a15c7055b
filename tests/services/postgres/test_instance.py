"""A server's databases: listed, found empty, made, renamed, dropped."""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from types import MappingProxyType

import pytest

from bak_tui.core.databases import Locale
from bak_tui.core.errors import ServerError
from bak_tui.core.profile import Server
from bak_tui.core.requirements import Requirements
from bak_tui.services.postgres import Instance, Rename
from bak_tui.services.postgres.connection import Connector
from bak_tui.services.postgres.creation import creation_statement
from bak_tui.services.postgres.unobserved import unobserved
from tests import samples
from tests.counts import counts_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.postgres.conftest import MakeRole, ask, run

HOSTILE = [
    "host=127.0.0.1 port=1",
    "-Fc",
    "--help",
    "dbname=postgres",
    'it\'s "quoted" \\ %s',
    "Zürich 名前 😀",
    "x" * 63,
    "é" * 31,
    "new\nline",
    "../../etc",
    "[red]x[/]",
    "\x1b]0;owned\x07",
    "; DROP DATABASE postgres; --",
]


# -- listing -----------------------------------------------------------------------------------------------


def test_a_database_is_told_with_all_its_fields(each_server: Server, make_database: MakeDatabase) -> None:
    name = make_database(server=each_server)
    samples.mark(each_server, name, "x")
    found = {database.name: database for database in Instance(each_server).databases()}
    database = found[name]
    oid = ask(each_server, name, "SELECT oid::bigint FROM pg_database WHERE datname = current_database()")
    assert (database.oid, database.owner, database.accepts_connections) == (oid, each_server.user, True)
    assert database.size == ask(each_server, name, "SELECT pg_database_size(current_database())")
    assert database.locale.encoding == "UTF8"
    assert database.locale.provider == "libc"
    assert database.locale.collate == ask(
        each_server, name, "SELECT datcollate FROM pg_database WHERE datname = current_database()"
    )
    assert database.locale.locale is None
    assert list(found) == sorted(found, key=lambda each: each.encode())
    assert {"template0", "template1"}.isdisjoint(found)


def test_the_server_says_who_it_is(each_server: Server) -> None:
    identity = Instance(each_server).identity()
    assert identity.version == ask(each_server, "postgres", "SHOW server_version")
    assert str(identity.version_num) == ask(each_server, "postgres", "SHOW server_version_num")
    assert identity.major == identity.version_num // 10000
    assert (identity.host, str(identity.port)) == (each_server.host, each_server.port)
    assert (identity.system_identifier or "").isdecimal()


def test_a_database_that_may_not_be_connected_to_is_listed_as_such(
    server: Server, make_database: MakeDatabase, make_role: MakeRole
) -> None:
    closed, forbidden, limited = make_database(), make_database(), make_role()
    run(server, "postgres", f"ALTER DATABASE {closed} ALLOW_CONNECTIONS false")
    run(server, "postgres", f"REVOKE CONNECT ON DATABASE {forbidden} FROM PUBLIC")
    ours = {database.name: database for database in Instance(server).databases()}
    theirs = {database.name: database for database in Instance(limited).databases()}
    assert (ours[closed].accepts_connections, ours[forbidden].accepts_connections) == (False, True)
    assert (theirs[closed].accepts_connections, theirs[forbidden].accepts_connections) == (False, False)
    assert theirs[forbidden].size is None
    assert ours[forbidden].size is not None


def test_a_name_that_is_no_utf8_hides_no_other(server: Server, instance: Instance) -> None:
    latin = f"bak_{secrets.token_hex(4)}"
    instance.create_database(latin, Locale("LATIN1", "libc", "C", "C"), "x")
    strange = f"é_{latin}"
    try:
        run(server, latin, "SET client_encoding = 'UTF8'", f'CREATE DATABASE "{strange}"')
        listed = {database.name: database for database in instance.databases()}
        name = strange.encode("latin-1").decode("utf-8", "surrogateescape")
        assert {"postgres", latin, name} <= set(listed)
        assert (listed[latin].accepts_connections, listed[name].accepts_connections) == (True, False)
        with pytest.raises(ServerError) as caught:
            instance.is_empty(name)
        assert caught.value.kind == "encoding"
    finally:
        with open_connection(server, latin) as connection:
            connection.execute("SET client_encoding = 'UTF8'")
            connection.execute(f'DROP DATABASE IF EXISTS "{strange}"'.encode())
        instance.drop_database(latin)


# -- empty or not ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "is_empty"),
    [
        ("SELECT 1", True),
        ("CREATE SCHEMA s", True),
        ("CREATE EXTENSION pg_trgm", True),
        ("CREATE SCHEMA s; CREATE EXTENSION hstore SCHEMA s", True),
        ("CREATE TABLE t ()", False),
        ("CREATE SCHEMA s; CREATE TABLE s.t ()", False),
        ("CREATE VIEW v AS SELECT 1", False),
        ("CREATE SEQUENCE s", False),
        ("CREATE MATERIALIZED VIEW m AS SELECT 1 WITH NO DATA", False),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", False),
        ("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'", False),
        ("CREATE TYPE e AS ENUM ('a')", False),
        ("CREATE DOMAIN d AS text", False),
        ("CREATE TYPE c AS (a int)", False),
        ("CREATE TYPE r AS RANGE (subtype = float8)", False),
        ("SELECT lo_create(0)", False),
        ("CREATE EXTENSION pg_trgm; CREATE TABLE t ()", False),
    ],
)
def test_a_database_is_empty_when_nothing_in_it_is_the_users_own(
    server: Server, instance: Instance, make_database: MakeDatabase, statement: str, is_empty: bool
) -> None:
    name = make_database()
    run(server, name, *statement.split("; "))
    assert instance.is_empty(name) is is_empty


# -- made, renamed, dropped --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_can_be_made_renamed_and_dropped(server: Server, instance: Instance, name: str) -> None:
    scratch = f"bak_{secrets.token_hex(6)}"
    before = samples.databases_of(server)
    instance.create_database(scratch, None, f"for {name}")
    comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = "
    assert ask(server, "postgres", f"{comment}'{scratch}'") == f"for {name}"
    instance.rename([Rename(scratch, name)])
    try:
        assert samples.databases_of(server) == before | {name}
        assert instance.is_empty(name)
        assert counts_of(instance, name).rows == 0
        assert ask(server, name, f"{comment}current_database()") is None
        with instance.snapshot(name) as snapshot:
            assert snapshot.catalog.tables == ()
    finally:
        instance.drop_database(name)
    assert samples.databases_of(server) == before
    instance.drop_database(name)


def test_renaming_waits_for_a_session_that_is_about_to_go(
    server: Server, instance: Instance, make_database: MakeDatabase
) -> None:
    name = make_database()
    session = open_connection(server, name)
    leaver = threading.Timer(0.3, session.close)
    leaver.start()
    instance.rename([Rename(name, f"{name}_x")])
    leaver.join()
    assert f"{name}_x" in samples.databases_of(server)
    instance.drop_database(f"{name}_x")


def test_dropping_ends_whoever_is_still_there(
    server: Server, instance: Instance, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bak_tui.services.postgres.dropping.wait_for_sessions", lambda _on, _name: None)
    name = make_database()
    with open_connection(server, name) as session:
        instance.drop_database(name)
        assert name not in samples.databases_of(server)
        session.close()


def test_sessions_are_waited_for_by_name(server: Server, instance: Instance) -> None:
    instance.wait_until_gone("bak-nobody")
    name = "bak-still-there"
    with (
        Instance(server, application_name=name)._connector.session(),
        pytest.raises(ServerError, match=f"{name} are still there"),
    ):
        instance.wait_until_gone(name, seconds=0.1)
    instance.wait_until_gone("bak-still-there")


@pytest.mark.parametrize(
    "locale",
    [
        Locale("UTF8", "libc", "C", "C"),
        Locale("LATIN1", "libc", "C", "C"),
        Locale("SQL_ASCII", "libc", "C", "C"),
        Locale("EUC_JP", "libc", "C", "C"),
    ],
)
def test_a_database_comes_back_with_its_locale(each_server: Server, locale: Locale) -> None:
    instance = Instance(each_server)
    name = f"bak_{secrets.token_hex(6)}"
    instance.create_database(name, locale, "x")
    try:
        made = {database.name: database.locale for database in instance.databases()}
        assert made[name] == locale
    finally:
        instance.drop_database(name)


def test_a_builtin_locale_comes_back_where_there_is_one(instance: Instance) -> None:
    locale = Locale("UTF8", "builtin", "C", "C", "C.UTF-8")
    name = f"bak_{secrets.token_hex(6)}"
    instance.create_database(name, locale, "x")
    try:
        assert {database.name: database.locale for database in instance.databases()}[name] == locale
    finally:
        instance.drop_database(name)


def test_an_icu_locale_comes_back_where_the_server_has_icu(
    system_postgres: object, each_server: Server
) -> None:
    locale = Locale("UTF8", "icu", "C", "C", "de-DE")
    instance, name = Instance(each_server), f"bak_{secrets.token_hex(6)}"
    has_icu = ask(each_server, "postgres", "SELECT count(*) FROM pg_collation WHERE collprovider = 'i'") > 5
    if not has_icu:
        with pytest.raises(ServerError, match="ICU is not supported"):
            instance.create_database(name, locale, "x")
        return
    instance.create_database(name, locale, "x")
    try:
        assert {database.name: database.locale for database in instance.databases()}[name] == locale
    finally:
        instance.drop_database(name)


def test_a_locale_that_the_server_has_not_is_refused_and_nothing_made(
    server: Server, instance: Instance
) -> None:
    name = f"bak_{secrets.token_hex(6)}"
    with pytest.raises(ServerError):
        instance.create_database(name, Locale("UTF8", "libc", "xx_XX.utf8", "xx_XX.utf8"), "x")
    assert name not in samples.databases_of(server)


@pytest.mark.parametrize(
    ("version", "locale", "words"),
    [
        (180006, None, ""),
        (130000, Locale("UTF8", "libc", "C", "C"), " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"),
        (
            150000,
            Locale("UTF8", "icu", "C", "C", "de"),
            " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER 'icu' ICU_LOCALE 'de'",
        ),
        (
            160000,
            Locale("UTF8", "icu", "C", "C", "de", "&V << w <<< W"),
            " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER 'icu' ICU_LOCALE 'de'"
            " ICU_RULES '&V << w <<< W'",
        ),
        (
            170000,
            Locale("UTF8", "builtin", "C", "C", "C.UTF-8"),
            " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER 'builtin' BUILTIN_LOCALE 'C.UTF-8'",
        ),
        (
            180000,
            Locale("x' OR '1", "libc", "C", "C"),
            " ENCODING 'x'' OR ''1' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER 'libc'",
        ),
    ],
)
def test_every_version_is_spoken_to_in_its_own_words(version: int, locale: Locale | None, words: str) -> None:
    said = creation_statement('a"b', locale, version).as_string(None)
    assert said == f'CREATE DATABASE "a""b" TEMPLATE template0{words}'


def test_what_was_restored_is_counted_in_one_snapshot_whoever_writes_meanwhile(
    server: Server, instance: Instance, make_database: MakeDatabase
) -> None:
    name = make_database()
    samples.fill(server, name)
    with instance.counting(name) as counter:
        samples.mark(server, name, "written meanwhile")
        with open_connection(server, name) as connection:
            connection.execute("INSERT INTO users (name) VALUES ('new')")
            connection.execute("DELETE FROM grants")
        counts = counter.count()
    assert {".".join(table): rows for table, rows in counts.tables.items()} == samples.SAMPLE_ROWS


def test_a_site_whose_transactions_may_not_last_is_counted_all_the_same(
    server: Server, instance: Instance, make_database: MakeDatabase
) -> None:
    name = make_database()
    with open_connection(server, name) as connection:
        connection.execute("CREATE TABLE slow AS SELECT 1 AS a")
        connection.execute(f'ALTER DATABASE "{name}" SET transaction_timeout = 200'.encode())
        connection.execute(f'ALTER DATABASE "{name}" SET idle_in_transaction_session_timeout = 200'.encode())
    with instance.counting(name) as counter:
        with open_connection(server, "postgres") as connection:
            connection.execute("SELECT pg_sleep(0.4)")
        assert counter.count().tables == {("public", "slow"): 1}


def test_who_counts_is_noticed_by_no_login_trigger_and_keeps_the_options_given(
    server: Server, make_database: MakeDatabase
) -> None:
    name = make_database()
    with open_connection(server, name) as connection:
        connection.execute("CREATE TABLE visits (who text)")
        connection.execute(
            "CREATE FUNCTION visit() RETURNS event_trigger LANGUAGE plpgsql"
            " AS 'BEGIN INSERT INTO public.visits VALUES (session_user); END'"
        )
        connection.execute("CREATE EVENT TRIGGER visited ON login EXECUTE FUNCTION visit()")
    given = replace(server, extra=MappingProxyType({**server.extra, "options": "-c work_mem=77kB"}))
    instance = Instance(given)
    with instance.counting(name) as counter:
        assert counter.count().tables == {("public", "visits"): 0}
    quiet = unobserved(Connector(given), name)
    assert quiet.server.extra["options"] == "-c work_mem=77kB -c event_triggers=off"
    assert unobserved(Connector(given), "postgres").server is given


def test_a_database_of_our_own_making_speaks_english_until_it_is_somebodys(each_server: Server) -> None:
    assert settings_of_a_new_one(each_server, each_server) == (["lc_messages=C"], [])


def test_who_may_not_say_what_it_speaks_makes_one_all_the_same(server: Server, make_role: MakeRole) -> None:
    assert settings_of_a_new_one(server, make_role("CREATEDB")) == ([], [])


def settings_of_a_new_one(server: Server, creator: Server) -> tuple[list[str], list[str]]:
    """What it is set to when it was made, and when it is to be somebody's; but for event triggers."""
    instance, name = Instance(creator), f"bak_{secrets.token_hex(6)}"
    question = (
        "SELECT coalesce((SELECT array_remove(setconfig, 'event_triggers=off') FROM pg_db_role_setting s"
        f" JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = '{name}'), '{{}}')"
    )
    instance.create_database(name, None, "x")
    try:
        before = ask(server, "postgres", question)
        instance.apply(name, Requirements(), owner=True, privileges=True)
        return before, ask(server, "postgres", question)
    finally:
        instance.drop_database(name)
