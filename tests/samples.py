"""Databases with something in them, made by plain SQL."""

from __future__ import annotations

from psycopg import sql

from bak_tui.core.profile import Server
from tests.servers.fixtures import open_connection

_SAMPLE = """
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, extra jsonb);
CREATE TABLE grants (user_id int REFERENCES users, what text, UNIQUE (user_id, what));
CREATE SCHEMA "odd schema";
CREATE TABLE "odd schema"."Odd [table]" (id int, "a""b" text);
CREATE VIEW named AS SELECT name FROM users;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users;
INSERT INTO users (name, extra) SELECT 'u' || i, jsonb_build_object('n', i) FROM generate_series(1, 500) i;
INSERT INTO grants SELECT i, 'read' FROM generate_series(1, 500) i;
INSERT INTO "odd schema"."Odd [table]" SELECT i, 'ü' FROM generate_series(1, 7) i;
REFRESH MATERIALIZED VIEW counted;
SELECT lo_from_bytea(0, 'large object'::bytea);
"""

SAMPLE_ROWS = {"public.users": 500, "public.grants": 500, "odd schema.Odd [table]": 7}


def fill(server: Server, database: str) -> None:
    """Tables, a foreign key, views, a sequence, an odd schema and a large object."""
    with open_connection(server, database) as connection:
        connection.execute(_SAMPLE.encode())


def fill_bytes(server: Server, database: str, megabytes: int) -> None:
    """One table, `bulk`, of that many MB that do not compress in the server."""
    with open_connection(server, database) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bulk (id int, data text)")
        connection.execute("ALTER TABLE bulk ALTER data SET STORAGE EXTERNAL")
        connection.execute(
            "INSERT INTO bulk SELECT i, repeat(md5(i::text), 31250) FROM generate_series(1, %s) i",
            (megabytes,),
        )


def mark(server: Server, database: str, text: str) -> None:
    """A table `marker` with one row, by which a database is recognised again."""
    with open_connection(server, database) as connection:
        connection.execute("CREATE TABLE marker (said text)")
        connection.execute("INSERT INTO marker VALUES (%s)", (text,))


def marked(server: Server, database: str) -> str:
    """What `mark` wrote."""
    with open_connection(server, database) as connection:
        row = connection.execute("SELECT said FROM marker").fetchone()
    return str(row[0]) if row else ""


def rows_of(server: Server, database: str) -> dict[str, int]:
    """Rows by `schema.table`, counted by plain SQL."""
    with open_connection(server, database) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        counts = {}
        for schema, table in tables:
            statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            row = connection.execute(statement).fetchone()
            counts[f"{schema}.{table}"] = row[0] if row else -1
    return counts


def databases_of(server: Server) -> set[str]:
    """Every database's name."""
    with open_connection(server, "postgres") as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def oid_of(server: Server, database: str) -> int:
    """What tells it from every other one, whatever it is called."""
    with open_connection(server, "postgres") as connection:
        row = connection.execute(
            "SELECT oid::bigint FROM pg_database WHERE datname = %s", (database,)
        ).fetchone()
    return int(row[0]) if row else 0


def sessions_of(server: Server) -> list[str]:
    """The application names of sessions that are ours."""
    with open_connection(server, "postgres") as connection:
        rows = connection.execute(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'bak%'"
        ).fetchall()
    return [row[0] for row in rows]


def drop(server: Server, database: str) -> None:
    """Drop it, whoever is connected."""
    with open_connection(server, "postgres") as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )
