"""A database with one of every kind of object, and what it is when it comes back.

name = make_database(); fill_with_every_object(server, name)
assert dump_of(bindir, server, restored) == dump_of(bindir, server, name)
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from psycopg import sql

from bak_tui.core.profile import Server
from bak_tui.services.pgtools.child import connection_string
from tests.servers.fixtures import open_connection

_OBJECTS = Path(__file__).with_suffix(".sql")
_DATABASE = (
    "ALTER DATABASE {} SET work_mem = '7MB'",
    'ALTER DATABASE {} SET search_path = every, "Odd ""schema", public',
    "ALTER DATABASE {} SET every.placeholder = 'it''s, \"quoted\"'",
    "ALTER ROLE every_reader IN DATABASE {} SET statement_timeout = '90s'",
    "ALTER DATABASE {} CONNECTION LIMIT 77",
    "REVOKE ALL ON DATABASE {} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {} TO every_reader",
    'GRANT TEMPORARY ON DATABASE {} TO "every odd ""role""" WITH GRANT OPTION',
    "COMMENT ON DATABASE {} IS 'the one with everything; it''s \"commented\"'",
    "ALTER DATABASE {} OWNER TO every_owner",
)
"""What pg_dump leaves out without `-C`."""

ROLES = {"every_owner", "every_reader", 'every odd "role"'}
KINDS = {
    "ACCESS METHOD",
    "ACL",
    "AGGREGATE",
    "BLOBS",
    "CAST",
    "CHECK CONSTRAINT",
    "COLLATION",
    "COMMENT",
    "CONSTRAINT",
    "CONVERSION",
    "DEFAULT",
    "DEFAULT ACL",
    "DOMAIN",
    "EVENT TRIGGER",
    "EXTENSION",
    "FK CONSTRAINT",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "FUNCTION",
    "INDEX",
    "INDEX ATTACH",
    "MATERIALIZED VIEW",
    "MATERIALIZED VIEW DATA",
    "OPERATOR",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "POLICY",
    "PROCEDURAL LANGUAGE",
    "PROCEDURE",
    "PUBLICATION",
    "PUBLICATION TABLE",
    "PUBLICATION TABLES IN SCHEMA",
    "ROW SECURITY",
    "RULE",
    "SCHEMA",
    "SEQUENCE",
    "SEQUENCE OWNED BY",
    "SEQUENCE SET",
    "SERVER",
    "SHELL TYPE",
    "STATISTICS",
    "TABLE",
    "TABLE ATTACH",
    "TABLE DATA",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "TRANSFORM",
    "TRIGGER",
    "TYPE",
    "USER MAPPING",
    "VIEW",
}
"""Every kind of entry that an archive of pg_dump 15 to 18 can have, but SECURITY LABEL, SUBSCRIPTION and what
a version calls its large objects (src/bin/pg_dump/pg_dump_sort.c has all)."""
EXTENSIONS = {"btree_gist", "citext", "file_fdw", "hstore", "pg_trgm", "postgres_fdw"}


def fill_with_every_object(server: Server, database: str) -> None:
    """Everything of `every_object.sql`, and settings, owner, ACL and comment of the database itself."""
    with open_connection(server, database) as connection:
        connection.execute(_OBJECTS.read_bytes())
        for statement in _DATABASE:
            connection.execute(sql.SQL(statement).format(sql.Identifier(database)))


def dump_of(bindir: Path, server: Server, database: str) -> list[str]:
    """What `pg_dump` says of it as SQL, line by line, without what no two dumps share.

    Rows, positions of sequences and large objects (with owner, grants and comment) too: `--schema-only` has
    none of them.
    """
    password = server.password.reveal() if server.password else ""
    done = subprocess.run(
        [bindir / "pg_dump", f"--dbname={connection_string(server, database, 'test')}"],
        env={**os.environ, "PGPASSWORD": password, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    # \\restrict bears a random key from 15.14 and 18.0 on.
    return [line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def properties_of(server: Server, database: str) -> dict[str, object]:
    """What belongs to the database itself: owner, ACL, limit, comment, settings."""
    with open_connection(server, "postgres") as connection:
        row = connection.execute(
            "SELECT pg_get_userbyid(datdba), datacl::text[], datconnlimit,"
            " shobj_description(oid, 'pg_database'),"
            " (SELECT array_agg(setrole::regrole::text || ' ' || setconfig::text ORDER BY setrole)"
            "  FROM pg_db_role_setting WHERE setdatabase = d.oid)"
            " FROM pg_database d WHERE datname = %s",
            (database,),
        ).fetchone()
    owner, acl, limit, comment, settings = row or (None, None, None, None, None)
    return {
        "owner": owner,
        "acl": None if acl is None else sorted(acl),
        "limit": limit,
        "comment": comment,
        "settings": settings,
    }
