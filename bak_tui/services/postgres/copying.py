"""Which tables sessions of one application name copy at this moment, and how far they are.

`pg_stat_progress_copy` came with PostgreSQL 14; to or from a pipe it knows what is done and no total
(postgresql.org/docs/current/progress-reporting.html, COPY Progress Reporting). Asked in the database itself:
elsewhere a relation has no name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.core.copies import RunningCopy

if TYPE_CHECKING:
    from psycopg import Connection

_SINCE = 140000
_COPIES = """
SELECT n.nspname::text, c.relname::text, p.bytes_processed, p.tuples_processed, c.reltuples::float8
FROM pg_stat_progress_copy p
JOIN pg_stat_activity a USING (pid)
JOIN pg_class c ON c.oid = p.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.application_name = %s AND p.datname = current_database() AND a.pid <> pg_backend_pid()
"""


def running_copies(connection: Connection, application_name: str) -> tuple[RunningCopy, ...] | None:
    """None where the server cannot tell at all."""
    if connection.info.server_version < _SINCE:
        return None
    return tuple(
        RunningCopy(f"{schema}.{name}", copied, rows, int(estimate) if estimate >= 1 else None)
        for schema, name, copied, rows, estimate in connection.execute(_COPIES, (application_name,))
    )
