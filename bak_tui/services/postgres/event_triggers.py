"""Event triggers (from 17 on also of logins) that must not fire while a database is restored and counted.

A login trigger that writes down who came (the documentation's own example) puts a row into what was restored
with every session of ours and of pg_restore's, and its counts were others than the dump's. Who may not
switch such triggers off is noticed: they are a superuser's.
(postgresql.org/docs/current: event-trigger-database-login-example.html, runtime-config-client.html)
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bak_tui.services.postgres.connection import Connector

if TYPE_CHECKING:
    from psycopg import Connection

_SINCE = 170000
_MAY_SET = "SELECT has_parameter_privilege('event_triggers', 'SET')"
_MAY_BE_SILENCED = f"{_MAY_SET} FROM pg_database WHERE dathasloginevt AND datname = %s"


def silence(connection: Connection, database: str) -> None:
    """In a database of our own making none fires, whoever connects, until `wake`."""
    if connection.info.server_version >= _SINCE and connection.execute(_MAY_SET).fetchone() == (True,):
        _alter(connection, database, "SET event_triggers = off")


def wake(connection: Connection, database: str) -> None:
    """Undo `silence`: it is about to be somebody's."""
    if connection.info.server_version >= _SINCE and connection.execute(_MAY_SET).fetchone() == (True,):
        _alter(connection, database, "RESET event_triggers")


def unobserved(connector: Connector, database: str) -> Connector:
    """`connector`, or for a database with login triggers one whose sessions there they do not notice."""
    with connector.session() as connection:
        if connection.info.server_version < _SINCE:
            return connector
        if connection.execute(_MAY_BE_SILENCED, (database,)).fetchone() != (True,):
            return connector
        # Wherever they come from (a URI, PGOPTIONS, a service file): ours stand in their place.
        given = connection.info.get_parameters().get("options", "")
    options = f"{given} -c event_triggers=off".strip()
    extra = MappingProxyType({**connector.server.extra, "options": options})
    return replace(connector, server=replace(connector.server, extra=extra))


def _alter(connection: Connection, database: str, what: str) -> None:
    from psycopg import sql

    connection.execute(sql.SQL("ALTER DATABASE {} ").format(sql.Identifier(database)) + sql.SQL(what))
