"""A session in which rows are counted, and which another thread can interrupt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bak_tui.core.databases import Catalog, Counts
from bak_tui.services.postgres import counting
from bak_tui.services.postgres.connection import Connector, translated

if TYPE_CHECKING:
    from bak_tui.services.postgres.bounded import BoundedConnection

CATALOGUE = 60.0
"""Seconds for what is asked of the catalogue, besides waiting for a lock; only the count may take longer."""
_GIVING_UP = 10.0
"""Seconds that an interrupted count has to end; a backend that is stopped never does."""


class Counter:
    """Counts what `catalog` lists, in whatever transaction its session is."""

    def __init__(self, connection: BoundedConnection, connector: Connector) -> None:
        self._connection = connection
        self._connector = connector
        self.catalog: Catalog = counting.catalog(connection)

    @classmethod
    @contextmanager
    def opened(cls, connector: Connector, database: str, lock_timeout: float) -> Iterator[Counter]:
        """On a session of its own; a count may take long, a lock may not."""
        with connector.session(database) as connection:
            connection.execute("SET statement_timeout = 0")
            connection.execute(f"SET lock_timeout = '{int(lock_timeout * 1000)}ms'".encode())
            connection.patience = lock_timeout + CATALOGUE
            yield cls(connection, connector)

    def count(self, *, hashes_contents: bool = False) -> Counts:
        """Exact rows, on request also a hash of each table. Raises ServerError, also when interrupted."""
        import psycopg

        patience, self._connection.patience = self._connection.patience, None
        try:
            return counting.count(self._connection, self.catalog, hashes_contents=hashes_contents)
        except psycopg.Error as error:
            raise translated(error, self._connector.server) from error
        finally:
            self._connection.patience = patience

    def interrupt(self) -> None:
        """End a count that is under way, from any thread; a server that is gone counts no more either."""
        import psycopg

        self._connection.hurry(_GIVING_UP)
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=5)
