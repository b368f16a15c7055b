"""A database of our own making dropped, whoever is still there and whatever it is subscribed to.

A restored subscription is switched off, and names the replication slot of the database it was dumped from.
It is let go without a word to its publisher: that slot is the original's, who goes on using it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bak_tui.services.postgres.connection import Connector

if TYPE_CHECKING:
    from psycopg import Connection

_LONG = 600
"""Seconds for dropping a database, which a server does file by file."""
_LEAVING = 10.0
"""Seconds for sessions to go by themselves."""

_SUBSCRIPTIONS = """
SELECT subname::text FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = %s ORDER BY subname
"""


_IS_TEMPLATE = "SELECT FROM pg_database WHERE datname = %s AND datistemplate"


def drop_database(connector: Connector, name: str, *, has_original: bool) -> None:
    """Drop `name` if it is there. Raises ServerError.

    `has_original`: it is a copy of another, so that its subscriptions are nobody's. A database that was in
    use itself has slots of its own at its publishers, which keep their WAL: PostgreSQL refuses.
    """
    from psycopg import sql

    with connector.session() as connection:
        connection.limit(_LONG)
        if has_original and (subscriptions := connection.execute(_SUBSCRIPTIONS, (name,)).fetchall()):
            _let_go(connector, name, [row[0] for row in subscriptions])
        wait_for_sessions(connection, name)
        if connection.execute(_IS_TEMPLATE, (name,)).fetchall():  # as no template can be dropped
            connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
        force = sql.SQL(" WITH (FORCE)" if connection.info.server_version >= 130000 else "")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)) + force)


def wait_for_sessions(connection: Connection, database: str, seconds: float = _LEAVING) -> None:
    """A child that was just killed leaves its session for a moment."""
    deadline = time.monotonic() + seconds
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    while time.monotonic() < deadline:
        row = connection.execute(question, (database,)).fetchone()
        if not row or not row[0]:
            return
        time.sleep(0.05)


def _let_go(connector: Connector, database: str, subscriptions: list[str]) -> None:
    """postgresql.org/docs/current/sql-dropsubscription.html: without a slot name nobody is connected to."""
    from psycopg import sql

    with connector.session(database) as connection:
        for name in subscriptions:
            subscription = sql.Identifier(name)
            for statement in (
                "ALTER SUBSCRIPTION {} DISABLE",
                "ALTER SUBSCRIPTION {} SET (slot_name = NONE)",
                "DROP SUBSCRIPTION {}",
            ):
                connection.execute(sql.SQL(statement).format(subscription))
