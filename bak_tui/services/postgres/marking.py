"""The comments of databases: where the marks of scratch and kept databases are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

_COMMENTS = """
SELECT namesend(d.datname), textsend(shobj_description(d.oid, 'pg_database'))
FROM pg_database d
WHERE d.datname NOT IN ('template0', 'template1') AND shobj_description(d.oid, 'pg_database') IS NOT NULL
"""
"""As bytes: a comment that was given in another encoding must not hide the others."""


def read_comments(connection: Connection) -> dict[str, str]:
    """Every database's comment but those of the server's own two templates, by name."""
    return {
        bytes(name).decode("utf-8", "surrogateescape"): bytes(comment).decode("utf-8", "replace")
        for name, comment in connection.execute(_COMMENTS)
    }
