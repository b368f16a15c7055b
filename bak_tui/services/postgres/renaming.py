"""Databases get other names, all in one transaction or none: what *new*, *swap* and `undo` come down to.

`ALTER DATABASE … RENAME` locks the database's name and then waits five seconds for its sessions to go
(CountOtherDBBackends); whoever connects meanwhile waits for the lock. So sessions that are to be ended are
ended from beside it while it waits: those that connect again at once cannot get in between, and
ALLOW_CONNECTIONS is never touched, so that nothing needs to be put back whatever kills us.
(postgresql.org/docs/current/sql-alterdatabase.html; src/backend/commands/dbcommands.c, RenameDatabase)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bak_tui.core.errors import ServerError
from bak_tui.core.sessions import DatabaseInUse
from bak_tui.services.postgres.connection import Connector
from bak_tui.services.postgres.terminating import end_sessions, ending_sessions, sessions

if TYPE_CHECKING:
    from psycopg import Connection

_LOOK_EVERY = 0.1
_SETTLES = 15.0
"""Seconds in which a server that went away at the COMMIT is asked what became of it."""


_IS_THERE = "SELECT FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"

Backend = tuple[int, datetime]
"""A session: its process and when it began, for numbers are used again."""


@dataclass(frozen=True, slots=True)
class Rename:
    """One database's new name, and the comment it bears with it (None: none)."""

    name: str
    wished: str
    comment: str | None = None
    is_nobodys: bool = False
    """A scratch database: a session there is none of a person's (a pooler keeps some), and is ended."""
    is_template: bool = False
    """It becomes one with its name, not before: nobody can drop a template."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """Several databases that change their names together."""

    connector: Connector
    renames: Sequence[Rename]
    """In this order: a name must be free when its turn comes."""
    patience: float
    """Seconds that sessions are waited for."""
    terminates: bool = False
    """Sessions are ended instead."""
    check: Callable[[], None] = lambda: None
    """May raise Cancelled while nothing has happened yet."""

    def __call__(self) -> None:
        """All or nothing. Raises DatabaseInUse naming who is in the way.

        When the answer to the COMMIT is lost the server is asked afterwards what became of it; ServerError of
        kind `rename_unknown` when it does not come back, or when the session that hangs there does not end.
        """
        deadline = time.monotonic() + self.patience
        with self.connector.session(avoiding=self._names) as connection:
            bearers = self._bearers(connection, [each.name for each in self.renames])
            expected = dict(zip([each.wished for each in self.renames], bearers, strict=True))
            mine = _backend(connection)
            while True:
                if not self.terminates:
                    self._wait_for_sessions(connection, deadline)
                self.check()
                if self._attempt(connection, expected, mine):
                    return
                if time.monotonic() > deadline:
                    raise self._in_use(connection)

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(name for each in self.renames for name in (each.name, each.wished))

    def _attempt(self, connection: Connection, expected: dict[str, int | None], mine: Backend) -> bool:
        """The transaction; False when sessions were in the way and nothing was renamed."""
        import psycopg

        names = [each.name for each in self.renames]
        try:
            if self.terminates:
                with ending_sessions(self.connector, names, avoiding=self._names):
                    self._rename(connection)
            else:
                self._rename(connection)
        except (psycopg.errors.ObjectInUse, psycopg.errors.LockNotAvailable):
            return False
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation) as error:
            # The one where the name was seen to be taken, the other where both were just taking it.
            raise ServerError(
                f"another database got the name {' or '.join(expected)} meanwhile; nothing was renamed",
                hint="look with bak ls what has it, then start again",
                kind="name_taken",
            ) from error
        except psycopg.OperationalError:
            if not connection.broken or not self._was_done(expected, mine):
                raise
        return True

    def _rename(self, connection: Connection) -> None:
        from psycopg import sql

        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '10s'")
            for each in self.renames:
                old, new = sql.Identifier(each.name), sql.Identifier(each.wished)
                connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(old, new))
                connection.execute(
                    sql.SQL("COMMENT ON DATABASE {} IS {}").format(new, sql.Literal(each.comment))
                )
                if each.is_template:
                    connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(new))

    def _wait_for_sessions(self, connection: Connection, deadline: float) -> None:
        while any(sessions(connection, each.name) for each in self.renames):
            self.check()
            for each in self.renames:
                if each.is_nobodys:
                    end_sessions(connection, each.name)
            if time.monotonic() > deadline:
                raise self._in_use(connection)
            time.sleep(_LOOK_EVERY)

    @staticmethod
    def _bearers(connection: Connection, names: Sequence[str]) -> list[int | None]:
        """The oids of the databases that bear those names."""
        rows = connection.execute(
            "SELECT datname::text, oid::bigint FROM pg_database WHERE datname = ANY(%s)", (list(names),)
        )
        found: dict[str, int] = dict(rows.fetchall())
        return [found.get(name) for name in names]

    def _was_done(self, expected: dict[str, int | None], mine: Backend) -> bool:
        """Whether the transaction whose answer was lost had been committed.

        No is only certain when its session has ended: one that is stopped would commit as soon as it goes on.
        So it is ended, which undoes what it had not committed.
        """
        deadline = time.monotonic() + _SETTLES
        while True:
            failure: ServerError | None = None
            try:
                with self.connector.session(avoiding=self._names) as connection:
                    has_ended = not connection.execute(_IS_THERE, mine).fetchall()
                    if self._bearers(connection, list(expected)) == list(expected.values()):
                        return True
                    if has_ended:
                        return False
                    connection.execute("SELECT pg_terminate_backend(%s)", mine[:1])
            except ServerError as error:
                failure = error
            if time.monotonic() > deadline:
                raise self._unknown(expected, None if failure else mine) from failure
            time.sleep(_LOOK_EVERY)

    def _unknown(self, expected: dict[str, int | None], hanging: Backend | None) -> ServerError:
        """`hanging`: the session that does not end; None when the server itself does not answer."""
        names = " and ".join(expected)
        if hanging:
            return ServerError(
                f"process {hanging[0]} of {self.connector.server} hangs while {names} get their names;"
                " whether they will is not known",
                hint="end that process there, then look with bak ls",
                left="nothing was dropped",
                kind="rename_unknown",
            )
        return ServerError(
            f"{self.connector.server} went away while {names} got their names; whether they did is not known",
            hint="look with bak ls when it is back",
            left="nothing was dropped",
            kind="rename_unknown",
        )

    def _in_use(self, connection: Connection) -> DatabaseInUse:
        for each in self.renames:
            prepared = connection.execute(
                "SELECT gid FROM pg_prepared_xacts WHERE database = %s", (each.name,)
            ).fetchall()
            there = sessions(connection, each.name)
            if there or prepared:
                gids = [row[0] for row in prepared]
                return DatabaseInUse(each.name, there, gids, was_ended=self.terminates)
        return DatabaseInUse(self.renames[0].name, (), (), was_ended=self.terminates)


def _backend(connection: Connection) -> Backend:
    """The session itself."""
    row = connection.execute(
        "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    ).fetchone()
    if row is None:
        raise AssertionError("a session sees itself")
    return row
