"""Sessions that no login trigger of their database notices.

One that writes down who came (the documentation's own example) puts a row into what was restored
with every session of ours, and its counts were others than the dump's. Who may not switch such triggers off
is noticed: they are a superuser's. In a database of our own making none fires: see `own_settings`.
(postgresql.org/docs/current: event-trigger-database-login-example.html, runtime-config-client.html)
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from bak_tui.services.postgres.connection import Connector

_SINCE = 170000
_MAY_BE_SILENCED = """
SELECT has_parameter_privilege('event_triggers', 'SET') FROM pg_database
WHERE dathasloginevt AND datname = %s
"""


def unobserved(connector: Connector, database: str) -> Connector:
    """`connector`, or for a database with login triggers one whose sessions there they do not notice."""
    with connector.session() as connection:
        if connection.info.server_version < _SINCE:
            return connector
        if connection.execute(_MAY_BE_SILENCED, (database,)).fetchone() != (True,):
            return connector
        # Wherever they come from (a URI, PGOPTIONS, a service file): ours stand in their place.
        given = connection.info.get_parameters().get("options", "")
    options = f"{given} -c event_triggers=off".strip()
    extra = MappingProxyType({**connector.server.extra, "options": options})
    return replace(connector, server=replace(connector.server, extra=extra))
