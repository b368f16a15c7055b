"""What sessions of one application name do at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.core.activity import Activity
from bak_tui.core.sessions import DatabaseSession

if TYPE_CHECKING:
    from psycopg import Connection

_ACTIVITY = """
SELECT a.pid, coalesce(a.state, ''), coalesce(a.wait_event_type, ''), coalesce(a.query_start::text, ''),
       i.phase, i.blocks_done, i.tuples_done, {copied}, pg_blocking_pids(a.pid)
FROM pg_stat_activity a
LEFT JOIN pg_stat_progress_create_index i ON i.pid = a.pid
{copies}
WHERE a.application_name = %s AND a.pid <> pg_backend_pid()
ORDER BY a.pid
"""
_COPIED = ("c.bytes_processed, c.tuples_processed", "LEFT JOIN pg_stat_progress_copy c ON c.pid = a.pid")
_BLOCKER = """
SELECT pid, coalesce(usename::text, ''), coalesce(application_name, ''), coalesce(host(client_addr), ''),
       coalesce(state, ''), left(regexp_replace(coalesce(query, ''), '\\s+', ' ', 'g'), 80)
FROM pg_stat_activity WHERE pid = ANY(%s) ORDER BY pid
"""
_WORK = frozenset({"", "IO", "LWLock", "BufferPin"})
"""Wait events of a session that works: none, the disk, or what is held for a moment. Not `Client` (it waits
for pg_restore), `Lock`, `Timeout` (pg_sleep) or `IPC` (its parallel workers count for themselves)."""


def activity(connection: Connection, application_name: str) -> Activity:
    """Of the sessions of that name, this one excepted. pg_stat_progress_copy came with 14."""
    copied, copies = _COPIED if connection.info.server_version >= 140000 else ("NULL, NULL", "")
    question = _ACTIVITY.format(copied=copied, copies=copies)
    rows = connection.execute(question.encode(), (application_name,)).fetchall()
    blocking = {pid for row in rows for pid in row[-1]} - {row[0] for row in rows}
    return Activity(
        marks=tuple(tuple(row[:-1]) for row in rows),
        is_working=any(state == "active" and wait in _WORK for _, state, wait, *_ in rows),
        blockers=_blockers(connection, sorted(blocking)),
    )


def _blockers(connection: Connection, pids: list[int]) -> tuple[str, ...]:
    if not pids:
        return ()
    rows = connection.execute(_BLOCKER, (pids,)).fetchall()
    known = {row[0]: f"{DatabaseSession(*row[:5])}: {row[5]}" for row in rows}
    return tuple(known.get(pid, f"{pid or 'a prepared transaction'}") for pid in pids)
