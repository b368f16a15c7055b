"""Five small databases as a Gen3 data commons has them, made up and always the same.

Quick (about a second in all): they are there to be looked at, backed up and restored, not to be slow.
"""

from __future__ import annotations

from importlib import resources

from bak_tui.core.errors import ServerError
from bak_tui.core.profile import Server

DATABASES = ("arborist", "fence", "gecko", "indexd", "requestor")


def seed(server: Server) -> tuple[str, ...]:
    """Create and fill the databases on an empty server; returns their names. Raises ServerError."""
    import psycopg
    from psycopg import conninfo, sql

    password = {"password": server.password.reveal()} if server.password else {}
    reach = conninfo.make_conninfo("", **server.parameters(), **password)
    folder = resources.files("bak_tui.demo") / "seeds"
    try:
        with psycopg.connect(reach, dbname="postgres", autocommit=True) as connection:
            for name in DATABASES:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        for name in DATABASES:
            with psycopg.connect(reach, dbname=name) as connection:
                connection.execute((folder / f"{name}.sql").read_bytes())
    except psycopg.Error as error:
        raise ServerError(f"the demo's databases could not be made: {error}") from error
    return DATABASES
