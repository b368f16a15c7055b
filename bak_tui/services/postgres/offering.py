"""What a server has of the things that dumps ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bak_tui.core.databases import Locale
from bak_tui.core.fitting import Offer

if TYPE_CHECKING:
    from psycopg import Connection

_LOCALES = """
SELECT collcollate::text FROM pg_collation WHERE collcollate IS NOT NULL
UNION SELECT to_jsonb(c) ->> 'colllocale' FROM pg_collation c
UNION SELECT to_jsonb(c) ->> 'colliculocale' FROM pg_collation c
UNION SELECT datcollate::text FROM pg_database
UNION SELECT to_jsonb(d) ->> 'datlocale' FROM pg_database d
"""
"""`to_jsonb` lets one question do for every version: the columns came with 15 and 17."""


def offer(connection: Connection, locale: Locale | None = None) -> Offer:
    """Roles, extensions that could be created, tablespaces and locales.

    pg_collation has the locales that were there at initdb. One that is asked for, `locale`, is tried.
    """

    def names(question: str) -> frozenset[str]:
        return frozenset(row[0] for row in connection.execute(question.encode()) if row[0] is not None)

    def shared(question: str) -> frozenset[str]:
        """Names that were given in databases of any encoding: one of other bytes hides none of the others."""
        found = connection.execute(question.encode())
        return frozenset(bytes(row[0]).decode("utf-8", "surrogateescape") for row in found)

    return Offer(
        roles=shared("SELECT namesend(rolname) FROM pg_roles"),
        extensions=dict(
            connection.execute("SELECT name::text, default_version FROM pg_available_extensions").fetchall()
        ),
        tablespaces=shared("SELECT namesend(spcname) FROM pg_tablespace"),
        locales=names(_LOCALES) | _tried(connection, locale),
        settings=names("SELECT lower(name) FROM pg_settings") if _sees_settings(connection) else None,
        is_superuser=connection.info.parameter_status("is_superuser") == "on",
    )


def _tried(connection: Connection, locale: Locale | None) -> frozenset[str]:
    """The names of a libc locale that the server's system has, in pg_collation or not; nothing is left."""
    import psycopg
    from psycopg import sql

    if locale is None or locale.provider != "libc":
        return frozenset()
    statement = sql.SQL(
        "CREATE COLLATION pg_temp.bak_probe (PROVIDER = libc, LC_COLLATE = {}, LC_CTYPE = {})"
    )
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement.format(sql.Literal(locale.collate), sql.Literal(locale.ctype)))
    except psycopg.DatabaseError:
        if connection.broken:
            raise
        return frozenset()  # it has not, or this role may not try
    return frozenset({locale.collate, locale.ctype})


def _sees_settings(connection: Connection) -> bool:
    """Some settings are hidden from those who are not in pg_read_all_settings."""
    row = connection.execute("SELECT pg_has_role('pg_read_all_settings', 'USAGE')").fetchone()
    return bool(row and row[0])
