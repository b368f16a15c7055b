"""Being there: a session that does nothing but show, by its application name, that a job is still at work.

It ends with our process, however that ends; so whoever finds a scratch database knows whether it is needed.
Sessions that have lost their process may stay for a while: they are waited for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bak_tui.core.errors import ServerError
from bak_tui.services.postgres.connection import Connector

if TYPE_CHECKING:
    from psycopg import Connection

_APPLICATIONS = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name <> ''"
_THEIRS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND pid <> pg_backend_pid()"
_AGAIN_AFTER = 0.05


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


def wait_until_gone(connection: Connection, application_name: str, seconds: float) -> None:
    """Return when no session of that name is left; raise ServerError, kind `stays`, when one stays."""
    deadline = time.monotonic() + seconds
    while True:
        row = connection.execute(_THEIRS, (application_name,)).fetchone()
        if not row or not row[0]:
            return
        if time.monotonic() > deadline:
            raise ServerError(
                f"sessions of {application_name} are still there after {seconds:.0f} s", kind="stays"
            )
        time.sleep(_AGAIN_AFTER)
