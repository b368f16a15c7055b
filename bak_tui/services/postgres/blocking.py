"""Who keeps a dump from reading: ACCESS EXCLUSIVE is the one lock that a reader waits for.

(postgresql.org/docs/current/explicit-locking.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.core.errors import DumpFailed
from bak_tui.core.sessions import DatabaseSession

if TYPE_CHECKING:
    from psycopg import Connection

_NAMED = 3
_HOLDERS = """
SELECT DISTINCT ON (l.granted, a.pid)
       a.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, ''),
       coalesce(host(a.client_addr), ''), coalesce(a.state, ''),
       left(regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), 80), l.relation::regclass::text
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.relation >= 16384
ORDER BY l.granted DESC, a.pid
"""
"""Also those that only wait for it: whoever comes later waits behind them."""


def lock_timeout(connection: Connection, database: str, seconds: float) -> DumpFailed:
    """The error that tells who was in the way, as far as they still are. The session is on `database`."""
    rows = connection.execute(_HOLDERS.encode()).fetchall()
    who = [f"{DatabaseSession(*row[:5])} on {row[6]}: {row[5]}" for row in rows]
    more = f" and {len(who) - _NAMED} more" if len(who) > _NAMED else ""
    told = f"; held by {'; '.join(who[:_NAMED])}{more}" if who else "; whoever held it has let go since"
    return DumpFailed(
        f"a table of {database} stayed locked for {seconds:g} s{told}",
        hint="wait for that session to end its transaction, then start again",
        left="nothing was left behind",
        kind="lock_timeout",
    )
