"""Five databases as a Gen3 data commons has them, made up and always the same.

Each is one SQL file that reads how much it is to make from the setting `demo.scale`: at 1 all five take
about a second, at `LARGE` they hold about 50 MB (beside the 7 MB of any empty one). The setting lasts as
long as the connection and is in no dump.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import TYPE_CHECKING

from bak_tui.core.errors import ServerError
from bak_tui.core.profile import Server

if TYPE_CHECKING:
    from psycopg import Connection

DATABASES = ("arborist", "fence", "gecko", "indexd", "requestor")
GIVEN_UP = "sheepdog"
"""A sixth one, which the demo backs up and drops."""
LARGE = 30
_AT_ONCE = 2


def seed(server: Server, names: Sequence[str] = DATABASES, *, scale: int = 1) -> tuple[str, ...]:
    """Create and fill databases which the server does not have; returns their names. Raises ServerError."""
    import psycopg

    def fill(name: str) -> None:
        with _connect(server, name) as connection:
            connection.execute("SELECT set_config('demo.scale', %s, false)", (str(scale),))
            connection.execute((resources.files("bak_tui.demo") / "seeds" / f"{name}.sql").read_bytes())

    try:
        _each(server, "CREATE DATABASE {}", names)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="bak-seed") as pool:
            list(pool.map(fill, names))
    except psycopg.Error as error:
        raise ServerError(f"the demo's databases could not be made: {error}") from error
    return tuple(names)


def drop(server: Server, names: Sequence[str]) -> None:
    """Remove databases. Raises ServerError."""
    import psycopg

    try:
        _each(server, "DROP DATABASE {} WITH (FORCE)", names)
    except psycopg.Error as error:
        raise ServerError(f"the demo's databases could not be dropped: {error}") from error


def _each(server: Server, statement: str, names: Sequence[str]) -> None:
    from psycopg import sql

    with _connect(server, "postgres") as connection:
        connection.autocommit = True
        for name in names:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _connect(server: Server, database: str) -> Connection[tuple[object, ...]]:
    import psycopg
    from psycopg import conninfo

    password = {"password": server.password.reveal()} if server.password else {}
    reach = conninfo.make_conninfo("", **server.parameters(), **password)
    return psycopg.connect(reach, dbname=database)
