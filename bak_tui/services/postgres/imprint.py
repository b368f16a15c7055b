"""Which objects a database has, as one short text: what is made again has another oid, whatever its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

_IMPRINT = """
SELECT md5(coalesce(string_agg(what, ',' ORDER BY what), '')) FROM (
  SELECT oid::text FROM pg_class WHERE oid >= 16384 AND relpersistence <> 't'
  UNION ALL SELECT oid::text FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT oid::text FROM pg_type WHERE oid >= 16384
  UNION ALL SELECT oid::text FROM pg_namespace WHERE oid >= 16384
  UNION ALL SELECT oid::text || ' ' || xmin::text FROM pg_largeobject_metadata
) AS objects (what)
"""
"""Oids from FirstNormalObjectId (access/transam.h) on; a large object keeps its own, so its row tells."""


def imprint(connection: Connection) -> str:
    """Of this session's database. Short-lived tables of other sessions change it, too."""
    row = connection.execute(_IMPRINT).fetchone()
    return str(row[0]) if row else ""
