"""The contents of a table as one number, whatever the order of its rows and whoever asks.

Each row's text is hashed and the hashes are summed. How values are written as text hangs on settings, so they
are pinned, here and there alike; a database's own (`ALTER DATABASE … SET`) would otherwise speak along.
About 0.9 µs a row. The hash is the server's: equal on machines of one byte order, from 11 on.
A row is written by `record_out`: a cast to text may be a function that the table's owner has made.
(postgresql.org/docs/current/runtime-config-client.html; src/common/hashfn.c; sql-createcast.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.core.databases import Table

if TYPE_CHECKING:
    from psycopg import Connection

_PINNED = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "3",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "search_path": "pg_catalog",
    "xmloption": "content",
}


def pin(connection: Connection) -> None:
    """For the rest of this session. Everything asked for afterwards must be named with its schema."""
    for name, value in _PINNED.items():
        connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))


def rows_and_hash(connection: Connection, table: Table) -> tuple[int, str]:
    """Exact rows and `<encoding>/<sum>`: the text is hashed as the server keeps it."""
    from psycopg import sql

    row = connection.execute(
        sql.SQL(
            "SELECT count(*),"
            ' coalesce(sum(hashtextextended(textin(record_out(t.*)) COLLATE "C", 0)::numeric), 0)::text'
            " FROM ONLY {} AS t"
        ).format(sql.Identifier(table.schema, table.name))
    ).fetchone()
    rows, total = row or (0, "0")
    return int(rows), _written(connection, total)


def hash_of_none(connection: Connection) -> str:
    """That of a table without rows."""
    return _written(connection, "0")


def _written(connection: Connection, total: str) -> str:
    return f"{connection.info.parameter_status('server_encoding')}/{total}"
