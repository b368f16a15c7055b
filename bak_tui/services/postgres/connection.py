"""Connections, and psycopg's errors in the user's words.

Names reach libpq only as keyword parameters (psycopg escapes them), never as a conninfo string of ours:
a database called `host=evil` is just a database.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bak_tui.core.errors import BakError, PasswordNeeded, ServerError, UsageError
from bak_tui.core.profile import Server

if TYPE_CHECKING:
    from psycopg import Error

    from bak_tui.services.postgres.bounded import BoundedConnection

_MAINTENANCE = ("postgres", "template1")
_HINTS = {
    "25006": "it is a standby, or default_transaction_read_only is on for it, this role or this database",
}
"""What to look at, by the server's SQLSTATE, where its own sentence does not tell."""


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
        except psycopg.Error as error:
            raise translated(error, self.server) from error
        except UnicodeError as error:
            raise ServerError(
                f"a name in {database or 'the databases list'} on {self.server} is not UTF-8",
                hint="rename it there; names in SQL_ASCII and LATIN databases can hold such bytes",
                kind="encoding",
            ) from error

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
                absent = "does not exist" in str(error) or "permission denied for database" in str(error)
                if not absent or index == len(candidates) - 1:
                    raise
        raise AssertionError("candidates are never empty")

    def _open(self, database: str) -> BoundedConnection:
        import psycopg
        from psycopg.conninfo import make_conninfo

        from bak_tui.services.postgres.bounded import BoundedConnection

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
            connection = BoundedConnection.connect(make_conninfo("", **parameters), autocommit=True)
        except (psycopg.ProgrammingError, TypeError) as error:
            raise UsageError(f"the connection's parameters make no sense: {str(error).strip()}") from error
        connection.limit(self.statement_timeout, grace=self.grace)
        # psycopg reads no other style; PGDATESTYLE, the role or the database may have set one.
        connection.execute("SET datestyle = 'ISO'")
        return connection


def translated(error: Error, server: Server) -> BakError:
    """psycopg's error as ours: what the server (or libpq) said, on one line."""
    from bak_tui.services.postgres.bounded import NoAnswer
    from bak_tui.services.postgres.certificate import untrusted

    said = " ".join((error.diag.message_primary or str(error)).split())
    lowered = said.lower()
    if "no password supplied" in lowered:
        open_file = _passed_over(server)
        return PasswordNeeded(
            f"{server} wants a password",
            hint=f"{open_file} was passed over, because others may read it: chmod 600 {open_file}"
            if open_file
            else "give --password-file or --password-command, set PGPASSWORD, or write ~/.pgpass",
        )
    if isinstance(error, NoAnswer):
        return ServerError(
            f"PostgreSQL at {server} took the question and gave {said}",
            hint="it is stopped or overloaded, or the network swallows its answers; look there and try again",
            kind="silent",
        )
    if error.sqlstate is None and (unsafe := untrusted(said, server)) is not None:
        return unsafe
    if error.sqlstate is None and "FATAL: " in said:
        return ServerError(
            f"{server} refused: {said.rpartition('FATAL: ')[2]}",
            hint="check database, user, password and the server's pg_hba.conf",
            kind="refused",
        )
    if error.sqlstate is None:
        return ServerError(
            f"cannot reach PostgreSQL at {server}: {said}",
            hint="check host, port and network: bak doctor shows where each came from",
            kind="unreachable",
        )
    return ServerError(
        f"PostgreSQL at {server} refused: {said}",
        hint=_HINTS.get(error.sqlstate, ""),
        kind=f"sqlstate_{error.sqlstate}",
    )


def _passed_over(server: Server) -> Path | None:
    """The password file that libpq does not read for its mode; it says so on stderr only."""
    named = server.parameters().get("passfile") or os.environ.get("PGPASSFILE")
    path = Path(named) if named else Path.home() / ".pgpass"
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    return path if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO) else None
