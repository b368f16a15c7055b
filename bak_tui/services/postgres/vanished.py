"""Functions that went while they were dumped.

pg_dump takes what there is from its snapshot, but a function's arguments and result as they are now: of one
that was dropped in between it writes a definition without them, and no error
(src/bin/pg_dump/pg_dump.c, dumpFunc). Such an archive is whole, and cannot be restored.
"""

from __future__ import annotations

from bak_tui.services.postgres.connection import Connector

_VANISHED = """
SELECT n.nspname::text, p.proname::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND pg_get_function_arguments(p.oid) IS NULL
ORDER BY n.nspname, p.proname LIMIT 5
"""
"""`pg_proc` as the snapshot has it; the function is asked what there is now."""


def vanished_functions(connector: Connector, database: str, snapshot: str) -> tuple[str, ...]:
    """Those that the held `snapshot` shows and that are no more; the first five. Raises ServerError."""
    from psycopg import sql

    with connector.session(database) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        rows = connection.execute(_VANISHED).fetchall()
        connection.execute("ROLLBACK")
    return tuple(f"{schema}.{name}" for schema, name in rows)
