"""Whether a session is one's own: a pooler in between may give each statement another.

PgBouncer and its like answer with a process id of their own making; PostgreSQL with that of the session
(https://www.postgresql.org/docs/current/protocol-message-formats.html, BackendKeyData). Where they differ,
two sessions at once tell the pool's mode: pooled by session (pool_mode = session) each has a server process
of its own, pooled by transaction or statement both are given the same one, or the first finds itself in
another a moment later. Then what is set for a session (its search path, its time-outs) would stay with
strangers' sessions, a lock would be held by nobody, and a snapshot could end at any time: nothing is set.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from psycopg import Connection, Error

from bak_tui.core.errors import ServerError
from bak_tui.core.profile import Server

_PROCESS = b"SELECT pg_catalog.pg_backend_pid()"
_own: set[tuple[str, int, str, str]] = set()
"""Host, port, role and database where a session was one's own: that does not change within a run."""


def require_own_session(connection: Connection, server: Server, another: Callable[[], Connection]) -> None:
    """Raise ServerError, kind `pooled`, before anything is set in it. `another` opens one more."""
    info = connection.info
    place = (info.host, info.port, info.user, info.dbname)
    if place in _own:
        return
    here = _process_of(connection)
    if here != info.backend_pid and _is_shared(connection, here, another):
        connection.close()
        raise ServerError(
            f"{server} is a connection pooler that shares its sessions (pool_mode transaction or statement):"
            " a backup and a restore need sessions of their own",
            hint="connect to PostgreSQL itself, by its own host and port; or through a pool with"
            " pool_mode = session",
            kind="pooled",
        )
    _own.add(place)


def _is_shared(connection: Connection, here: int, another: Callable[[], Connection]) -> bool:
    # A pool of one session lets a second one wait: then the first is its own.
    with suppress(Error), another() as other:
        return _process_of(other) == here or _process_of(connection) != here
    return _process_of(connection) != here


def _process_of(connection: Connection) -> int:
    row = connection.execute(_PROCESS).fetchone()
    return int(row[0]) if row else 0
