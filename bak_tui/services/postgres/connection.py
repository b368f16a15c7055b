"""Sessions on a server; what goes wrong in them is translated.

Names reach libpq only as keyword parameters (psycopg escapes them), never as a conninfo string of ours:
a database called `host=evil` is just a database. Nor do questions reach what its owners have made: they are
answered out of pg_catalog, whatever the database, the role or PGOPTIONS says of the search path. Else a
superuser's backup would call a function of anybody's (wiki.postgresql.org, CVE-2018-1058).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bak_tui.core.errors import ServerError, UsageError
from bak_tui.core.profile import Server
from bak_tui.services.postgres.translate import is_about, translated

if TYPE_CHECKING:
    from bak_tui.services.postgres.bounded import BoundedConnection

_MAINTENANCE = ("postgres", "template1")
_TIME_OUTS = {
    "idle_in_transaction_session_timeout": 0,
    "idle_session_timeout": 140000,
    "transaction_timeout": 170000,
}
"""Those that a role or a database may have set, by the version that brought them: they would end a snapshot
that is held, or a CREATE DATABASE that takes its time. We have limits of our own."""


@dataclass(frozen=True, slots=True)
class Connector:
    """Opens autocommit sessions on one server."""

    server: Server
    application_name: str = "bak"
    connect_timeout: int = 10
    """Seconds, unless PGCONNECT_TIMEOUT or the URI says otherwise."""
    statement_timeout: int = 60
    """Seconds for a question; a snapshot sets its own to 0."""
    grace: float = 10.0
    """Seconds more until a server that says nothing at all is given up."""

    @contextmanager
    def session(
        self, database: str | None = None, *, avoiding: frozenset[str] = frozenset()
    ) -> Iterator[BoundedConnection]:
        """A session on `database`, or on a maintenance database. Errors inside are translated.

        `avoiding` names databases that no session may be on, because they get another name.
        """
        import psycopg

        try:
            with self._connect(database, avoiding) as connection:
                yield connection
        except (psycopg.errors.CharacterNotInRepertoire, UnicodeError) as error:
            raise ServerError(
                f"a name in {database or 'the databases list'} on {self.server} is not UTF-8",
                hint="rename it there; names in SQL_ASCII and LATIN databases can hold such bytes",
                kind="encoding",
            ) from error
        except psycopg.Error as error:
            raise translated(error, self.server) from error

    def opened(self, *, avoiding: frozenset[str]) -> BoundedConnection:
        """A session on a maintenance database that the caller closes."""
        import psycopg

        try:
            return self._connect(None, avoiding)
        except psycopg.Error as error:
            raise translated(error, self.server) from error

    def _connect(self, database: str | None, avoiding: frozenset[str]) -> BoundedConnection:
        import psycopg

        wanted = database or self.server.maintenance_db
        known = (wanted,) if wanted and wanted not in avoiding else _MAINTENANCE
        candidates = [name for name in known if name not in avoiding]
        for index, name in enumerate(candidates):
            try:
                return self._open(name)
            except psycopg.OperationalError as error:
                if index == len(candidates) - 1 or not is_about(str(error), name):
                    raise
        raise AssertionError("candidates are never empty")

    def _open(self, database: str) -> BoundedConnection:
        import psycopg
        from psycopg.conninfo import make_conninfo

        from bak_tui.services.postgres.bounded import BoundedConnection
        from bak_tui.services.postgres.pooling import require_own_session

        parameters: dict[str, str | int] = dict(self.server.parameters())
        if "PGCONNECT_TIMEOUT" not in os.environ:
            parameters.setdefault("connect_timeout", self.connect_timeout)
        password = self.server.password
        if password is not None:
            parameters["password"] = password.reveal()
        parameters |= {
            "dbname": database,
            "application_name": self.application_name,
            # Whatever the database's encoding: names come back as str, also from SQL_ASCII.
            "client_encoding": "UTF8",
        }
        try:
            # Not as keywords to connect(): a URI may name one of psycopg's own, such as `row_factory`.
            told = make_conninfo("", **parameters)
            connection = BoundedConnection.connect(told, autocommit=True)
        except (psycopg.ProgrammingError, TypeError) as error:
            raise UsageError(f"the connection's parameters make no sense: {str(error).strip()}") from error
        with ExitStack() as on_failure:  # a session that is refused here is held by nobody
            on_failure.callback(connection.close)
            require_own_session(connection, self.server, partial(BoundedConnection.briefly, told))
            connection.limit(self.statement_timeout, grace=self.grace)
            # psycopg reads no other style; PGDATESTYLE, the role or the database may have set one.
            settings = "SET datestyle = 'ISO'; SET search_path = pg_catalog"
            zero = (name for name, since in _TIME_OUTS.items() if connection.info.server_version >= since)
            connection.execute("; ".join((settings, *(f"SET {name} = 0" for name in zero))).encode())
            on_failure.pop_all()
        return connection
