"""A held snapshot: what pg_dump dumps and what we count are then the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from bak_tui.core.databases import ServerIdentity
from bak_tui.core.errors import DumpFailed, LockHeld
from bak_tui.core.requirements import Requirements
from bak_tui.services.postgres import counting
from bak_tui.services.postgres.blocking import lock_timeout
from bak_tui.services.postgres.connection import Connector
from bak_tui.services.postgres.counter import BEGIN, Counter, let_it_last
from bak_tui.services.postgres.reading import DUMPED, check_large_objects, check_readable
from bak_tui.services.postgres.requirements import read_requirements

if TYPE_CHECKING:
    from psycopg import Connection

    from bak_tui.services.postgres.bounded import BoundedConnection

_LOCK_CLASS = 0x62616B  # "bak": our fixed class of advisory locks; the object is the database's oid
_TRIES = 5
"""Snapshots, where tables are emptied or rewritten just then: a load that has ended does it no more."""


class Snapshot(Counter):
    """A `REPEATABLE READ READ ONLY` transaction, exported, holding the database's backup lock.

    Other sessions (pg_dump `--snapshot`) may adopt `name` as long as it is held.
    """

    def __init__(self, connection: BoundedConnection, connector: Connector) -> None:
        self.identity: ServerIdentity = counting.identity(connection)
        connection.execute(BEGIN)
        row = connection.execute("SELECT pg_export_snapshot(), now()").fetchone()
        if row is None:
            raise AssertionError("pg_export_snapshot() gives one row")
        self.name: str = row[0]
        self.taken: datetime = row[1]
        check_readable(connection, DUMPED)
        check_large_objects(connection)
        super().__init__(connection, connector)
        counting.hold(connection, self.catalog.tables)
        self.replaced: tuple[str, ...] = counting.replaced(connection)
        """Tables that it shows empty, though they are not: then it is good for nothing."""
        self.requirements: Requirements = read_requirements(connection)

    @classmethod
    @contextmanager
    def held(cls, connector: Connector, database: str, patience: float) -> Iterator[Snapshot]:
        """Open, lock, export; everything is given back on leaving. Raises LockHeld.

        A table's lock is waited for `patience` seconds; then DumpFailed tells who holds it. So it does where
        tables are emptied, rewritten or dropped whenever a snapshot is taken.
        """
        import psycopg

        with connector.session(database) as connection:
            let_it_last(connection, patience)
            _lock(connection, database)
            try:
                snapshot = cls._settled(connection, connector, database)
            except psycopg.errors.LockNotAvailable as error:
                with connector.session(database) as looking:
                    raise lock_timeout(looking, database, patience) from error
            yield snapshot

    @classmethod
    def _settled(cls, connection: BoundedConnection, connector: Connector, database: str) -> Snapshot:
        """One that shows what all its tables hold: what was being replaced is waited for, then it is anew."""
        import psycopg

        for _ in range(_TRIES):
            try:
                snapshot = cls(connection, connector)
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
                changed = error.diag.message_primary or "a table was dropped"
            else:
                if not snapshot.replaced:
                    return snapshot
                changed = f"{', '.join(snapshot.replaced)} emptied or rewritten"
            connection.execute("ROLLBACK")
        raise DumpFailed(
            f"{database} is being changed: {changed}, each of the {_TRIES} times that a snapshot was taken",
            hint="back it up when no load and no migration runs",
            left="nothing was left behind; the database itself is untouched",
            kind="changing",
        )


def _lock(connection: Connection, database: str) -> None:
    row = connection.execute(
        "SELECT pg_try_advisory_lock(%s, (oid::bigint - (oid::bigint >> 31 << 32))::int)"
        " FROM pg_database WHERE datname = current_database()",
        (_LOCK_CLASS,),
    ).fetchone()
    if row and row[0]:
        return
    holder = connection.execute(
        "SELECT a.application_name, a.client_addr::text, a.backend_start::timestamptz(0)::text"
        " FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE l.locktype = 'advisory' AND l.classid::bigint = %s AND l.granted AND a.datname = %s",
        (_LOCK_CLASS, database),
    ).fetchone()
    # Of another role's session a role without pg_read_all_stats is told nothing.
    who = ""
    if holder and holder[2]:
        who = f" ({holder[0]} from {holder[1] or 'a local socket'}, since {holder[2]})"
    raise LockHeld(
        f"another backup of {database} is running{who}",
        hint="wait for it to end; the lock goes with its session",
    )
