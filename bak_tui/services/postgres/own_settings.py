"""What a database of our own making is set to while it is restored and counted; nothing of it stays.

* No event trigger fires: one of logins (from 17 on) that writes down who came would put a row into it with
  every session of ours and of pg_restore's.
* The server speaks English in it: what pg_restore is told is sorted by its words.

Each is set where this role may say so.
(postgresql.org/docs/current: runtime-config-client.html; functions-info.html, has_parameter_privilege)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

_SETTINGS = {"lc_messages": ("C", 0), "event_triggers": ("off", 170000)}
"""Each with the version that brought it."""
_PRIVILEGES_SINCE = 150000


def set_as_ours(connection: Connection, database: str) -> None:
    """From now on, whoever connects to it."""
    from psycopg import sql

    for name in _settable(connection):
        setting = sql.SQL("ALTER DATABASE {} SET {} = {}")
        value = sql.Literal(_SETTINGS[name][0])
        connection.execute(setting.format(sql.Identifier(database), sql.Identifier(name), value))


def set_as_anybodys(connection: Connection, database: str) -> None:
    """It is about to be somebody's."""
    from psycopg import sql

    for name in _settable(connection):
        resetting = sql.SQL("ALTER DATABASE {} RESET {}")
        connection.execute(resetting.format(sql.Identifier(database), sql.Identifier(name)))


def _settable(connection: Connection) -> Iterator[str]:
    version = connection.info.server_version
    is_superuser = connection.info.parameter_status("is_superuser") == "on"
    for name, (_, since) in _SETTINGS.items():
        if version >= since and (is_superuser or _may_set(connection, name, version)):
            yield name


def _may_set(connection: Connection, name: str, version: int) -> bool:
    if version < _PRIVILEGES_SINCE:
        return False
    return connection.execute("SELECT has_parameter_privilege(%s, 'SET')", (name,)).fetchone() == (True,)
