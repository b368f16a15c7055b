"""A session in which rows are counted, and which another thread can interrupt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bak_tui.core.databases import Catalog, Counts
from bak_tui.services.postgres import counting
from bak_tui.services.postgres.connection import Connector
from bak_tui.services.postgres.translate import translated

if TYPE_CHECKING:
    from bak_tui.services.postgres.bounded import BoundedConnection

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
CATALOGUE = 60.0
"""Seconds for what is asked of the catalogue, besides waiting for a lock; only the count may take longer."""
_GIVING_UP = 10.0
"""Seconds that an interrupted count has to end; a backend that is stopped never does."""

_NO_VIEWS = """
SELECT set_config(name, 'view, foreign-table', false) FROM pg_settings
WHERE name = 'restrict_nonsystem_relation_kind'
"""
"""As pg_dump does: who puts a view of theirs in a table's place runs no function as us (CVE-2024-7348)."""

_AT_LEAST = 600.0
"""Seconds for one table's count, however small …"""
_SLOWEST = 1024 * 1024
"""… and bytes a second: what reads slower is taken for stopped."""


class Counter:
    """Counts what `catalog` lists, in whatever transaction its session is."""

    def __init__(self, connection: BoundedConnection, connector: Connector) -> None:
        self._connection = connection
        self._connector = connector
        self._is_interrupted = False
        self.catalog: Catalog = counting.catalog(connection)

    @classmethod
    @contextmanager
    def opened(cls, connector: Connector, database: str, lock_timeout: float) -> Iterator[Counter]:
        """On a session of its own, and in one snapshot: others may be writing to what was restored."""
        with connector.session(database) as connection:
            let_it_last(connection, lock_timeout)
            connection.execute(BEGIN)
            yield cls(connection, connector)

    def count(self, *, hashes_contents: bool = False) -> Counts:
        """Exact rows, on request also a hash of each table. Raises ServerError, also when interrupted."""
        import psycopg

        patience = self._connection.patience
        try:
            return counting.count(
                self._connection, self.catalog, hashes_contents=hashes_contents, begin=self._allow
            )
        except psycopg.Error as error:
            raise translated(error, self._connector.server) from error
        finally:
            self._connection.patience = patience

    def _allow(self, size: int) -> None:
        """So many bytes are read next: a server that works is far faster, one that is stopped never ends."""
        if not self._is_interrupted:
            self._connection.patience = _AT_LEAST + size / _SLOWEST

    def interrupt(self) -> None:
        """End a count that is under way, from any thread; a server that is gone counts no more either."""
        import psycopg

        self._is_interrupted = True
        self._connection.hurry(_GIVING_UP)
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=5)


def let_it_last(connection: BoundedConnection, lock_timeout: float) -> None:
    """No statement is ended for its length; only waiting for a lock is bounded, in seconds."""
    connection.execute("SET statement_timeout = 0")
    connection.execute(f"SET lock_timeout = '{int(lock_timeout * 1000)}ms'".encode())
    connection.patience = lock_timeout + CATALOGUE
    # Rows that are filtered are rows that are not counted: fail instead.
    connection.execute("SET row_security = off")
    connection.execute(_NO_VIEWS)
