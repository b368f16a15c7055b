"""What a server has of the things that dumps ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def offer(connection: Connection) -> Offer:
    """Roles, extensions that could be created, tablespaces and locales."""

    def names(question: str) -> frozenset[str]:
        return frozenset(row[0] for row in connection.execute(question.encode()) if row[0] is not None)

    return Offer(
        roles=names("SELECT rolname::text FROM pg_roles"),
        extensions=dict(
            connection.execute("SELECT name::text, default_version FROM pg_available_extensions").fetchall()
        ),
        tablespaces=names("SELECT spcname::text FROM pg_tablespace"),
        locales=names(_LOCALES),
        settings=names("SELECT lower(name) FROM pg_settings") if _sees_settings(connection) else None,
    )


def _sees_settings(connection: Connection) -> bool:
    """Some settings are hidden from those who are not in pg_read_all_settings."""
    row = connection.execute("SELECT pg_has_role('pg_read_all_settings', 'USAGE')").fetchone()
    return bool(row and row[0])
