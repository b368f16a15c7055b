"""One server: its databases, whether one is empty, and scratch databases made, renamed and dropped."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from bak_tui.core.activity import Activity
from bak_tui.core.copies import RunningCopy
from bak_tui.core.databases import Database, Locale, ServerDisk, ServerIdentity
from bak_tui.core.dump_format import Shape
from bak_tui.core.errors import DumpFailed
from bak_tui.core.fitting import Offer
from bak_tui.core.profile import Server
from bak_tui.core.requirements import Requirements
from bak_tui.core.sessions import DatabaseSession
from bak_tui.services.postgres import counting
from bak_tui.services.postgres.activity import activity
from bak_tui.services.postgres.applying import apply_requirements
from bak_tui.services.postgres.blocking import lock_timeout
from bak_tui.services.postgres.connection import Connector
from bak_tui.services.postgres.copying import running_copies
from bak_tui.services.postgres.cores import server_cores
from bak_tui.services.postgres.counter import Counter
from bak_tui.services.postgres.creation import creation_statement
from bak_tui.services.postgres.databases import databases, is_empty
from bak_tui.services.postgres.dropping import drop_database
from bak_tui.services.postgres.imprint import imprint
from bak_tui.services.postgres.marking import read_comments
from bak_tui.services.postgres.offering import offer
from bak_tui.services.postgres.own_settings import set_as_anybodys, set_as_ours
from bak_tui.services.postgres.presence import applications, present, wait_until_gone
from bak_tui.services.postgres.reading import DUMPED, check_large_objects, check_readable
from bak_tui.services.postgres.renaming import Rename, Renaming
from bak_tui.services.postgres.requirements import read_requirements
from bak_tui.services.postgres.snapshot import Snapshot
from bak_tui.services.postgres.terminating import sessions
from bak_tui.services.postgres.unobserved import unobserved
from bak_tui.services.postgres.vanished import vanished_functions
from bak_tui.services.postgres.whereabouts import server_disk

_COURTESY = 3
"""Seconds for a question that nothing depends on."""
_LONG = 600
"""Seconds for making a database, which a server does file by file."""


class Instance:
    """One PostgreSQL server as the operations see it. Every call opens and closes its own session."""

    def __init__(self, server: Server, *, application_name: str = "bak", lock_timeout: float = 60.0) -> None:
        self.server = server
        self.application_name = application_name
        self.lock_timeout = lock_timeout
        self._connector = Connector(server, application_name)

    def identity(self) -> ServerIdentity:
        """Version and whereabouts, as the server tells them."""
        with self._connector.session() as connection:
            return counting.identity(connection)

    def tls_version(self) -> str | None:
        """`TLSv1.3`; None when the session is not encrypted."""
        with self._connector.session() as connection:
            row = connection.execute(
                "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"
            ).fetchone()
        return str(row[0]) if row else None

    def databases(self) -> tuple[Database, ...]:
        """Every database but the server's own two templates, by name."""
        with self._connector.session() as connection:
            return databases(connection)

    def may_create_databases(self) -> bool:
        with self._connector.session() as connection:
            row = connection.execute(
                "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        return bool(row and row[0])

    def create_roles(self, names: Collection[str]) -> None:
        """Make those that are missing, without login: only ever on a server that is ours."""
        from psycopg import sql

        with self._connector.session() as connection:
            there = {row[0] for row in connection.execute("SELECT rolname::text FROM pg_roles")}
            for name in sorted(set(names) - there):
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))

    def owns(self, database: str) -> bool:
        """Whether this role may do to it what its owner may."""
        with self._connector.session() as connection:
            row = connection.execute(
                "SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = %s", (database,)
            ).fetchone()
        return bool(row and row[0])

    def is_empty(self, database: str) -> bool:
        """No relation, function, type or large object of the user's own in it."""
        with self._connector.session(database) as connection:
            return is_empty(connection)

    def check_readable(self, database: str) -> None:
        """Raise DumpFailed naming what of it this role may not dump; nothing of it is read."""
        with self._connector.session(database) as connection:
            check_readable(connection, DUMPED)
            check_large_objects(connection)

    def shape(self, database: str) -> Shape:
        """How its content is spread over tables."""
        with self._connector.session(database) as connection:
            return counting.shape(connection)

    def snapshot(self, database: str) -> AbstractContextManager[Snapshot]:
        """Hold a snapshot of `database`; see `Snapshot`."""
        return Snapshot.held(self._connector, database, self.lock_timeout)

    def vanished_functions(self, database: str, snapshot: str) -> tuple[str, ...]:
        """Functions that a held snapshot shows and that are no more; see `vanished`."""
        return vanished_functions(self._connector, database, snapshot)

    def lock_timeout_of(self, database: str) -> DumpFailed:
        """The error that tells who keeps a table of `database` locked now."""
        with self._connector.session(database) as connection:
            return lock_timeout(connection, database, self.lock_timeout)

    def counting(self, database: str) -> AbstractContextManager[Counter]:
        """A session to count the rows of `database` in, as it is now."""
        return Counter.opened(unobserved(self._connector, database), database, self.lock_timeout)

    def create_database(
        self, name: str, locale: Locale | None, comment: str, tablespace: str | None = None
    ) -> None:
        """Create `name` from template0 with that locale, there (None: the server's), marked by `comment`.

        It has settings of ours, where this role may say so, until `apply` has made it somebody's.
        """
        import psycopg
        from psycopg import sql

        with self._connector.session() as connection:
            connection.limit(_LONG)
            connection.execute(creation_statement(name, locale, connection.info.server_version, tablespace))
            remark = sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(name), sql.Literal(comment)
            )
            try:
                connection.execute(remark)
                set_as_ours(connection, name)
            except psycopg.Error:
                # Without its mark nobody would know it again as ours.
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
                raise

    def rename(
        self,
        renames: Sequence[Rename],
        *,
        patience: float = 10.0,
        terminates: bool = False,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """All of `renames` in one transaction, or none; see `Renaming`."""
        Renaming(self._connector, renames, patience, terminates, check)()

    def present(self, *avoiding: str) -> AbstractContextManager[None]:
        """While inside, a session shows that we are at work; on none of the databases `avoiding`."""
        return present(self._connector, avoiding=frozenset(avoiding))

    def applications(self) -> frozenset[str]:
        """The application names of all sessions on the server."""
        return applications(self._connector)

    def sessions(self, database: str) -> tuple[DatabaseSession, ...]:
        """Who is connected to it now."""
        with self._connector.session(avoiding=frozenset({database})) as connection:
            return sessions(connection, database)

    def copies(self, database: str, application_name: str) -> tuple[RunningCopy, ...] | None:
        """How far sessions of that name are in copying tables; None where the server cannot tell."""
        quick = replace(self._connector, connect_timeout=_COURTESY, statement_timeout=_COURTESY, grace=1.0)
        looking = replace(quick, application_name=f"{application_name}-look")
        with looking.session(database) as connection:
            return running_copies(connection, application_name)

    def activity(self, application_name: str) -> Activity:
        """What sessions of that name do now: by it slow is told from stuck."""
        with self._connector.session() as connection:
            return activity(connection, application_name)

    def offer(self, locale: Locale | None = None) -> Offer:
        """What it has of the things that dumps ask for; `locale` is one that is asked for by name."""
        with self._connector.session() as connection:
            return offer(connection, locale)

    def disk(self) -> ServerDisk:
        """What is free where its databases lie, as far as that can be known."""
        with self._connector.session() as connection:
            return server_disk(connection)

    def cores(self) -> int | None:
        """Processors that the server may use; None where it does not tell this role."""
        with self._connector.session() as connection:
            return server_cores(connection)

    def requirements(self, database: str) -> Requirements:
        """What `database` itself is like now; see `read_requirements`."""
        with self._connector.session(database) as connection:
            return read_requirements(connection)

    def apply(self, database: str, wanted: Requirements, *, owner: bool, privileges: bool) -> tuple[str, ...]:
        """Give `database` those settings, privileges and owner; what was refused, a sentence each."""
        with self._connector.session() as connection:
            set_as_anybodys(connection, database)
            return apply_requirements(connection, database, wanted, owner=owner, privileges=privileges)

    def row_estimates(self, database: str) -> dict[tuple[str, str], int | None]:
        """Rows by (schema, name) as the planner guesses them; None for a table it knows nothing of."""
        with self._connector.session(database) as connection:
            return counting.row_estimates(connection)

    def imprint(self, database: str) -> str:
        """Equal as long as none of its objects was made, dropped, or made again."""
        with self._connector.session(database) as connection:
            return imprint(connection)

    def comments(self) -> dict[str, str]:
        """The comments of all databases that have one, by name: some of them are our marks."""
        with self._connector.session() as connection:
            return read_comments(connection)

    def drop_database(self, name: str, *, has_original: bool = True) -> None:
        """Drop `name` if it is there. Only ever called for databases we have made ourselves.

        `has_original` is false for one that somebody was working with; see `drop_database`.
        """
        drop_database(self._connector, name, has_original=has_original)

    def wait_until_gone(self, application_name: str, seconds: float = 10.0) -> None:
        """Return when no session of that name is left; raise ServerError, kind `stays`, when one stays."""
        with self._connector.session() as connection:
            wait_until_gone(connection, application_name, seconds)
