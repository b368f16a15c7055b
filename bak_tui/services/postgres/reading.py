"""What this role may not read whole, found out before a byte is sent: a filtered dump is no backup.

pg_dump itself would notice most of it, but one thing after the other, and some only half-way.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from bak_tui.core.errors import DumpFailed

if TYPE_CHECKING:
    from psycopg import Connection

COUNTED = ("r", "m")
"""Whose rows are counted: tables, materialised views."""
DUMPED = (*COUNTED, "p", "S")
"""What pg_dump reads or locks besides: partitioned parents and sequences."""
_NAMED = 10

_HIDDEN = """
SELECT n.nspname || '.' || c.relname,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind::text = ANY(%s) AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  AND (NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
       OR c.relkind = 'r' AND row_security_active(c.oid))
ORDER BY n.nspname, c.relname
"""

_HIDDEN_OBJECTS = """
SELECT count(*) FROM pg_largeobject_metadata m JOIN pg_roles me ON me.rolname = current_user
WHERE NOT me.rolsuper AND NOT current_setting('lo_compat_privileges')::bool AND NOT {readable}
"""
_READABLE = """
(pg_has_role(m.lomowner, 'USAGE') OR EXISTS (
  SELECT FROM aclexplode(m.lomacl) a WHERE a.privilege_type = 'SELECT'
  AND CASE a.grantee WHEN 0 THEN true ELSE pg_has_role(a.grantee, 'USAGE') END))
"""
"""`has_largeobject_privilege` came with 18 (postgresql.org/docs/18/functions-info.html)."""


def check_readable(connection: Connection, kinds: Collection[str]) -> None:
    """Raise DumpFailed naming the relations of these kinds that this role may not read, or not whole."""
    hidden = connection.execute(_HIDDEN, (list(kinds),)).fetchall()
    if unreadable := [name for name, is_readable in hidden if not is_readable]:
        raise DumpFailed(
            f"this role may not read {_listed(unreadable)}",
            hint="grant it SELECT there, or pg_read_all_data",
            kind="not_readable",
        )
    if hidden:
        raise DumpFailed(
            f"row security would hide rows of {_listed([name for name, _ in hidden])} from this role",
            hint="back up as the table's owner, a superuser, or a role with BYPASSRLS",
            kind="row_security",
        )


def check_large_objects(connection: Connection) -> None:
    """Raise DumpFailed when there are large objects that this role may not read."""
    is_asked = connection.info.server_version >= 180000
    readable = "has_largeobject_privilege(m.oid, 'SELECT')" if is_asked else _READABLE
    row = connection.execute(_HIDDEN_OBJECTS.format(readable=readable).encode()).fetchone()
    if row and row[0]:
        raise DumpFailed(
            f"this role may not read {row[0]} of the large objects",
            hint="back up as their owner or a superuser, or leave them readable to it",
            kind="not_readable",
        )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
