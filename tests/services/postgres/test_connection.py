"""Connections that fail: the right kind, one line, no secret."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import psycopg
import pytest

from bak_tui.core.errors import BakError, ExitCode, PasswordNeeded, ServerError, UsageError
from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.services.postgres import Instance
from bak_tui.services.postgres.translate import is_about, translated
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.postgres.conftest import MakeRole, ask, run

CANARY = "hunter2canary"


@pytest.fixture(autouse=True)
def _no_password_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGPASSWORD", "PGSERVICE", "PGHOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")


@pytest.fixture
def closed_port() -> Iterator[str]:
    """A port on which nothing listens, held so that nobody else can."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield str(probe.getsockname()[1])


def failure(server: Server, database: str | None = None) -> BakError:
    instance = Instance(server)
    ask_it = instance.databases if database is None else partial(instance.is_empty, database)
    with pytest.raises(BakError) as caught:
        ask_it()
    error = caught.value
    assert CANARY not in error.message + error.hint
    assert error.message.isprintable()
    assert "\\n" not in error.message
    assert error.__cause__ is not None
    return error


def test_a_wrong_password_is_refused(server: Server) -> None:
    error = failure(replace(server, password=Secret(CANARY)))
    assert (error.kind, error.exit_code) == ("wrong_password", ExitCode.SERVER)
    assert "password authentication failed" in error.message
    assert str(server) in error.message
    assert "check user and password" in error.hint


def test_a_role_that_is_not_there_is_refused(server: Server) -> None:
    assert failure(replace(server, user="nobody", password=Secret(CANARY))).kind == "wrong_password"


def test_no_password_is_asked_for(server: Server) -> None:
    error = failure(replace(server, password=None))
    assert isinstance(error, PasswordNeeded)
    assert (error.kind, error.exit_code) == ("password_needed", ExitCode.SERVER)


def test_a_port_where_nothing_listens_is_unreachable(server: Server, closed_port: str) -> None:
    error = failure(replace(server, port=closed_port, password=Secret(CANARY)))
    assert (error.kind, error.exit_code) == ("unreachable", ExitCode.SERVER)
    assert error.message == f"cannot reach PostgreSQL at 127.0.0.1:{closed_port}: Connection refused"
    assert "nothing listens there" in error.hint


def test_a_server_that_only_variables_name_is_named_by_the_address_that_was_tried(
    server: Server, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unnamed = Server(user=server.user, password=Secret(CANARY))
    monkeypatch.setenv("PGPORT", closed_port)
    for host, said in (
        ("127.0.0.1", f"at the default server, 127.0.0.1:{closed_port}: Connection refused"),
        ("no-such-host.invalid", f"at the default server, no-such-host.invalid:{closed_port}: "),
        ("/nonexistent", f"at the default server, /nonexistent/.s.PGSQL.{closed_port}"),
    ):
        monkeypatch.setenv("PGHOST", host)
        error = failure(unnamed)
        assert said in error.message
        assert "None" not in error.message
    monkeypatch.setenv("PGHOST", str(server.host))
    monkeypatch.setenv("PGPORT", str(server.port))
    wrong = failure(unnamed)
    assert wrong.message.startswith(f"the default server, {server.host}:{server.port} refused: password")
    assert isinstance(failure(replace(unnamed, password=None)), PasswordNeeded)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "/nonexistent"])
def test_a_host_that_is_not_there_is_unreachable(server: Server, host: str) -> None:
    error = failure(replace(server, host=host, password=Secret(CANARY)))
    assert error.kind == "unreachable"
    assert host in error.message


def test_a_server_that_is_silent_is_given_up(server: Server) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = str(silent.getsockname()[1])
        error = failure(replace(server, port=port, extra={"connect_timeout": "2"}))
    assert error.kind == "unreachable"
    assert "timeout" in error.message


def test_a_database_that_is_not_there_is_refused(server: Server) -> None:
    error = failure(server, "no such database")
    assert error.kind == "refused"
    assert error.message.endswith('refused: database "no such database" does not exist')


@pytest.mark.parametrize("name", ["host=127.0.0.1 port=1", "postgresql://elsewhere/x", "dbname=postgres"])
def test_a_name_never_leads_elsewhere(server: Server, name: str) -> None:
    assert f'database "{name}" does not exist' in failure(server, name).message


@pytest.mark.parametrize("name", ["nonsense", "autocommit", "conninfo", "row_factory", "prepare_threshold"])
def test_a_parameter_that_libpq_does_not_know_is_a_usage_error(server: Server, name: str) -> None:
    assert isinstance(failure(replace(server, extra={name: "0"})), UsageError)


ROLES = {
    "NOLOGIN": ("is not permitted to log in", "LOGIN"),
    "CONNECTION LIMIT 0": ("too many connections for role", "CONNECTION LIMIT"),
}


@pytest.mark.parametrize("limit", ROLES)
def test_a_role_that_may_not_come_in_is_told_with_what_to_do(
    server: Server, make_role: MakeRole, limit: str
) -> None:
    said, hint = ROLES[limit]
    role = make_role()
    run(server, "postgres", f"ALTER ROLE {role.user} {limit}")
    error = failure(role)
    assert (error.kind, said in error.message, hint in error.hint) == ("refused", True, True), error.hint


DATABASES = {
    "ALTER DATABASE {0} ALLOW_CONNECTIONS false": (
        "not currently accepting connections",
        "ALLOW_CONNECTIONS",
    ),
    "REVOKE CONNECT ON DATABASE {0} FROM public": ("permission denied for database", "CONNECT"),
}


@pytest.mark.parametrize("change", DATABASES)
def test_a_database_that_may_not_be_entered_is_told_with_what_to_do(
    server: Server, make_role: MakeRole, make_database: MakeDatabase, change: str
) -> None:
    said, hint = DATABASES[change]
    name = make_database()
    run(server, "postgres", change.format(name))
    error = failure(make_role(), name)
    assert (error.kind, said in error.message, hint in error.hint) == ("refused", True, True), error.hint


ATTEMPT = 'connection failed: connection to server at "h", port 5432 failed: '
SAID = {
    "in Russian": (ATTEMPT + 'ВАЖНО:  роль "x" не существует', "h refused: роль", "user, password"),
    "twice": (
        f"{ATTEMPT}FATAL:  no pg_hba.conf entry, SSL encryption\n"
        f"{ATTEMPT[19:]}FATAL:  no pg_hba.conf entry, no encryption",
        "h refused: no pg_hba.conf entry, no encryption",
        "sslmode=require",
    ),
    "of a name": (
        ATTEMPT + 'FATAL:  database "no encryption" does not exist',
        "h refused: database",
        "renamed",
    ),
    "no route": (ATTEMPT + "No route to host\n\tIs the server running?", "at h: No route to host", "network"),
    "midway": (
        "consuming input failed: server closed the connection unexpectedly\n\tThis probably means",
        "the connection to PostgreSQL at h broke: server closed the connection unexpectedly",
        "try again",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_libpq_says_is_cut_to_one_sentence(case: str) -> None:
    raw, said, hint = SAID[case]
    error = translated(psycopg.OperationalError(raw), Server(host="h"))
    assert said in error.message
    assert error.message.endswith(said) or case in {"in Russian", "of a name"}
    assert hint in error.hint


def test_a_question_that_the_server_refuses_is_told_with_its_state(server: Server) -> None:
    with pytest.raises(ServerError) as caught:
        Instance(server).create_database("postgres", None, "x")
    assert caught.value.kind == "sqlstate_42P04"


def test_a_server_that_only_reads_is_told_with_what_may_make_it_so(server: Server) -> None:
    reading = replace(server, extra={"options": "-c default_transaction_read_only=on"})
    with pytest.raises(ServerError) as caught:
        Instance(reading).create_database("never_made", None, "x")
    assert caught.value.kind == "sqlstate_25006"
    assert "default_transaction_read_only" in caught.value.hint


def test_template1_answers_where_there_is_no_postgres(server: Server, make_database: MakeDatabase) -> None:
    other = make_database()
    run(server, other, "ALTER DATABASE postgres RENAME TO not_postgres")
    try:
        assert "not_postgres" in {database.name for database in Instance(server).databases()}
    finally:
        run(server, other, "ALTER DATABASE not_postgres RENAME TO postgres")


def test_the_maintenance_database_is_the_one_named(server: Server, make_database: MakeDatabase) -> None:
    name = make_database()
    with Instance(replace(server, maintenance_db=name))._connector.session() as connection:
        assert connection.info.dbname == name
    assert failure(replace(server, maintenance_db="gone")).kind == "refused"


def test_a_session_is_bounded_and_named(server: Server) -> None:
    with Instance(server, application_name="bak-7")._connector.session() as connection:
        for question, answer in (
            ("SHOW statement_timeout", "1min"),
            ("SHOW application_name", "bak-7"),
            ("SHOW client_encoding", "UTF8"),
        ):
            row = connection.execute(question.encode()).fetchone()
            assert row == (answer,)


def test_a_session_ended_by_the_server_is_told(server: Server) -> None:
    def outlive(instance: Instance) -> None:
        with instance._connector.session() as connection:
            ask(server, "postgres", f"SELECT pg_terminate_backend({connection.info.backend_pid}, 5000)")
            connection.execute("SELECT 1")

    with pytest.raises(ServerError) as caught:
        outlive(Instance(server))
    assert caught.value.kind in {"unreachable", "sqlstate_57P01"}
    assert "terminating connection" in caught.value.message


def test_only_a_role_that_may_creates_databases(server: Server, make_role: MakeRole) -> None:
    assert Instance(server).may_create_databases()
    assert Instance(make_role("CREATEDB")).may_create_databases()
    assert not Instance(make_role()).may_create_databases()


@pytest.mark.parametrize(
    ("said", "is_said"),
    [
        ('FATAL:  database "postgres" does not exist', True),
        ("FATAL:  Datenbank »postgres« existiert nicht", True),
        ('致命的エラー:  データベース"postgres"は存在しません', True),
        ('FATAL:  permission denied for database "postgres"', True),
        ('FATAL:  database "postgres" is not currently accepting connections', True),
        ('FATAL:  password authentication failed for user "postgres"', False),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "u", database "postgres"', False),
        ('FATAL:  role "u" is not permitted to log in', False),
        ("Connection refused\n\tIs the server running on that host?", False),
    ],
)
def test_another_maintenance_database_is_tried_where_the_first_is_not_to_be_had(
    said: str, is_said: bool
) -> None:
    raw = f'connection failed: connection to server at "postgres" (10.0.0.1), port 5432 failed: {said}'
    assert is_about(raw, "postgres") is is_said


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("FATAL:  Passwort-Authentifizierung für Benutzer »postgres« fehlgeschlagen", "wrong_password"),
        ('致命的エラー:  ユーザー"postgres"のパスワード認証に失敗しました', "wrong_password"),
        ("FATAL:  Datenbank »shop« existiert nicht", "refused"),
        ("FATAL:  tut mir leid, schon zu viele Verbindungen", "refused"),
        ('FATAL:  role "postgres" is not permitted to log in', "refused"),
    ],
)
def test_a_refused_password_is_known_whatever_language_the_server_speaks(
    server: Server, said: str, kind: str
) -> None:
    with pytest.raises(psycopg.OperationalError) as caught:
        open_connection(replace(server, password=Secret("wrong")), "shop")
    error = caught.value
    assert (error.pgconn and error.pgconn.used_password) is True
    error.args = (f'connection failed: connection to server at "h", port 5432 failed: {said}',)
    told = translated(error, server)
    assert told.kind == kind
    assert ("check user and password" in told.hint) is (kind == "wrong_password")
