"""What a database holds, and exactly how much of it: asked in whatever transaction the caller holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bak_tui.core.databases import Catalog, Counts, LargeObjects, ServerIdentity, Table
from bak_tui.core.dump_format import Shape
from bak_tui.services.postgres.hashing import hash_of_none, pin, rows_and_hash
from bak_tui.services.postgres.reading import COUNTED, check_readable

if TYPE_CHECKING:
    from psycopg import Connection

_RELATIONS = """
SELECT n.nspname::text, c.relname::text, pg_table_size(c.oid), c.relkind = 'm',
       c.relpersistence = 'u' AND pg_is_in_recovery()
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""
"""Ordinary tables and partition leaves (`r`), materialised views (`m`)."""

_ROW_ESTIMATES = """
SELECT n.nspname::text, c.relname::text, c.reltuples::float8
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""

_REPLACED = """
SELECT n.nspname::text, c.relname::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND nullif(c.relfilenode, 0) IS DISTINCT FROM pg_relation_filenode(c.oid)
ORDER BY n.nspname, c.relname LIMIT 5
"""
"""`pg_class` as this snapshot has it, held against what the function says, which is what holds now."""

_WANDERING = """
SELECT ln.nspname::text, l.relname::text, pn.nspname::text, p.relname::text
FROM pg_partitioned_table t
JOIN pg_class p ON p.oid = t.partrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
CROSS JOIN pg_partition_tree(t.partrelid) AS tree
JOIN pg_class l ON l.oid = tree.relid JOIN pg_namespace ln ON ln.oid = l.relnamespace
WHERE tree.isleaf AND t.partstrat = 'h'
  AND EXISTS (SELECT FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod
              WHERE o.oid = ANY(t.partclass) AND o.opcname = 'enum_ops' AND a.amname = 'hash')
ORDER BY tree.level
"""
"""An enum's value hashes by its oid, which is another in every database: pg_dump has such rows inserted
through the partitioned table (src/bin/pg_dump/pg_dump.c, forcePartitionRootLoad), and they find other
partitions. The outermost table that does so comes last."""
_WANDERING_SINCE = 120000

_LARGE_OBJECT_BYTES = """
SELECT coalesce(sum(size), 0)::bigint
FROM (SELECT max(pageno * (current_setting('block_size')::bigint / 4) + length(data)) AS size
      FROM pg_largeobject GROUP BY loid) AS sizes
"""
"""Where each ends, not what its pages (LOBLKSIZE bytes) hold: a hole is restored as zeros."""


_HELD_AT_ONCE = 1000
_MOST = 100
_SMALL = 16 * 1024 * 1024
"""Tables, and bytes, counted in one statement: one that can be interrupted soon, and locks few at once."""


def identity(connection: Connection) -> ServerIdentity:
    """Which server this session is on."""
    import psycopg

    version = connection.execute("SELECT current_setting('server_version')").fetchone()
    try:
        control = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        control = None
    return ServerIdentity(
        version=str(version[0]) if version else "",
        version_num=connection.info.server_version,
        system_identifier=str(control[0]) if control else None,
        host=connection.info.host,
        port=connection.info.port,
    )


def catalog(connection: Connection) -> Catalog:
    """What is counted. Raises DumpFailed naming the tables this role may not read whole."""
    check_readable(connection, COUNTED)
    tables: list[Table] = []
    views: list[Table] = []
    for schema, name, size, is_view, is_hollow in connection.execute(_RELATIONS):
        found = Table(schema, name, 0 if is_hollow else size or 0, is_hollow)
        (views if is_view else tables).append(found)
    return Catalog(tuple(tables), tuple(views), _wandering(connection))


def _wandering(connection: Connection) -> dict[tuple[str, str], tuple[str, str]]:
    """`pg_partition_tree` came with 12."""
    if connection.info.server_version < _WANDERING_SINCE:
        return {}
    return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(_WANDERING)}


def hold(connection: Connection, tables: Sequence[Table]) -> None:
    """Lock them as readers do until the transaction ends: nobody truncates or rewrites them meanwhile.

    Both show an older snapshot an empty table, and a count may come after pg_dump has let go of its locks
    (postgresql.org/docs/current/mvcc-caveats.html).
    """
    from psycopg import sql

    for begin in range(0, len(tables), _HELD_AT_ONCE):
        names = [
            sql.SQL("ONLY {}").format(sql.Identifier(table.schema, table.name))
            for table in tables[begin : begin + _HELD_AT_ONCE]
        ]
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(names)))


def replaced(connection: Connection) -> tuple[str, ...]:
    """Tables whose rows the transaction's snapshot does not show, though it was taken before: emptied,
    rewritten or made anew by what was committed between the snapshot and the lock; the first five.

    To be asked when they are held (postgresql.org/docs/current/mvcc-caveats.html).
    """
    return tuple(f"{schema}.{name}" for schema, name in connection.execute(_REPLACED))


def shape(connection: Connection) -> Shape:
    """The tables' sizes and the number of large objects; nothing is counted."""
    tables = tuple(table.size for table in catalog(connection).tables)
    return Shape(tables, _number_of_large_objects(connection))


def count(
    connection: Connection,
    counted: Catalog,
    *,
    hashes_contents: bool = False,
    begin: Callable[[int], None] = lambda _size: None,
) -> Counts:
    """Exact rows (`FROM ONLY`: children are counted as themselves).

    `begin` is told before each statement how many bytes it reads.
    """
    hollow = [table for table in counted.tables if table.is_hollow]
    asked = [table for table in counted.tables if not table.is_hollow]
    tables, hashes = {}, {}
    if hashes_contents:
        pin(connection)
        for table in asked:
            begin(table.size)
            name = (table.schema, table.name)
            tables[name], hashes[name] = rows_and_hash(connection, table)
        hashes |= {(table.schema, table.name): hash_of_none(connection) for table in hollow}
    else:
        tables = _rows(connection, asked, begin)
    tables |= {(table.schema, table.name): 0 for table in hollow}
    views = _rows(connection, counted.materialized_views, begin)
    row = connection.execute("SELECT pg_table_size('pg_largeobject')").fetchone()
    begin(row[0] if row else 0)
    return Counts(
        tables=tables,
        materialized_views=views,
        large_objects=large_objects(connection),
        hashes=hashes,
        wandering=counted.wandering,
    )


def row_estimates(connection: Connection) -> dict[tuple[str, str], int | None]:
    """`reltuples` of everything that would be counted; -1 (before 14: 0) is: never analysed."""
    return {
        (schema, name): int(rows) if rows >= 0 else None
        for schema, name, rows in connection.execute(_ROW_ESTIMATES)
    }


def large_objects(connection: Connection) -> LargeObjects:
    """Their number, and their bytes where the role may read them."""
    readable = connection.execute("SELECT has_table_privilege('pg_largeobject', 'SELECT')").fetchone()
    size: int | None = None
    if readable and readable[0]:
        row = connection.execute(_LARGE_OBJECT_BYTES).fetchone()
        size = row[0] if row else 0
    return LargeObjects(_number_of_large_objects(connection), size)


def _number_of_large_objects(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone()
    return int(row[0]) if row else 0


def _rows(
    connection: Connection, tables: Sequence[Table], begin: Callable[[int], None]
) -> dict[tuple[str, str], int]:
    """The rows of each; many small ones are asked for in one statement, for the way there and back."""
    from psycopg import sql

    one = sql.SQL("(SELECT count(*) FROM ONLY {})")
    rows: dict[tuple[str, str], int] = {}
    for group in together(tables):
        begin(sum(table.size for table in group))
        counts = [one.format(sql.Identifier(table.schema, table.name)) for table in group]
        found = connection.execute(sql.SQL("SELECT ") + sql.SQL(", ").join(counts)).fetchone() or ()
        rows |= {(table.schema, table.name): int(n) for table, n in zip(group, found, strict=True)}
    return rows


def together(tables: Iterable[Table]) -> Iterator[list[Table]]:
    """The tables in order, as many at once as are small together."""
    waiting: list[Table] = []
    size = 0
    for table in tables:
        if waiting and (len(waiting) == _MOST or size + table.size > _SMALL):
            yield waiting
            waiting, size = [], 0
        waiting.append(table)
        size += table.size
    if waiting:
        yield waiting
