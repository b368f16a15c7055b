"""Sessions on a database: who they are, and ending them for as long as it takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bak_tui.core.errors import ServerError
from bak_tui.core.sessions import DatabaseSession
from bak_tui.services.postgres.connection import Connector

if TYPE_CHECKING:
    from psycopg import Connection

_SESSIONS = """
SELECT pid, coalesce(usename::text, ''), coalesce(application_name, ''), coalesce(host(client_addr), ''),
       coalesce(state, '')
FROM pg_stat_activity
WHERE datname = %s AND pid <> pg_backend_pid()
  AND coalesce(backend_type, '') NOT IN ('autovacuum worker', 'parallel worker')
ORDER BY pid
"""
"""Autovacuum gives way by itself. A role that may not look into others' sessions sees no backend_type."""

_AGAIN_AFTER = 0.05


def sessions(connection: Connection, database: str) -> tuple[DatabaseSession, ...]:
    """Who is connected to it, without this session and autovacuum."""
    return tuple(DatabaseSession(*row) for row in connection.execute(_SESSIONS, (database,)))


@contextmanager
def ending_sessions(
    connector: Connector, databases: Sequence[str], *, avoiding: frozenset[str]
) -> Iterator[None]:
    """While inside, a session beside the caller's ends all others on `databases`, again and again.

    Those it may not end stay: who waits for them will name them.
    """
    done = threading.Event()

    def end() -> None:
        try:
            with connector.session(avoiding=avoiding) as connection:
                while not done.wait(_AGAIN_AFTER):
                    for database in databases:
                        end_sessions(connection, database)
        except ServerError:
            return  # It is gone; the caller's own session hears of it, too.

    ender = threading.Thread(target=end, name="bak-terminate", daemon=True)
    ender.start()
    try:
        yield
    finally:
        done.set()
        ender.join()


def end_sessions(connection: Connection, database: str) -> None:
    """All that may be ended; each is gone a moment later."""
    import psycopg

    for session in sessions(connection, database):
        try:
            connection.execute("SELECT pg_terminate_backend(%s)", (session.pid,))
        except psycopg.errors.InsufficientPrivilege:
            continue
