"""Being there: a session that does nothing but show, by its application name, that a job is still at work.

It ends with our process, however that ends; so whoever finds a scratch database knows whether it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bak_tui.services.postgres.connection import Connector

_APPLICATIONS = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name <> ''"


@contextmanager
def present(connector: Connector, *, avoiding: frozenset[str]) -> Iterator[None]:
    """While inside, a session is open. That it was lost meanwhile is nobody's failure."""
    connection = connector.opened(avoiding=avoiding)
    try:
        yield
    finally:
        connection.close()


def applications(connector: Connector) -> frozenset[str]:
    """The application names of all sessions; others' are seen by everybody."""
    with connector.session() as connection:
        return frozenset(str(row[0]) for row in connection.execute(_APPLICATIONS))
