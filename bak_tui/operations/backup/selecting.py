"""Which databases of a server a run takes: templates, our own and closed ones only when they are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bak_tui.core.databases import Database
from bak_tui.core.errors import ServerError, UsageError
from bak_tui.core.selection import Selection


@dataclass(frozen=True)
class Selected:
    """What a selection means on this server."""

    databases: tuple[Database, ...]
    closed: tuple[str, ...]
    """Named, and they take no connections."""
    notes: tuple[str, ...]
    """On each that was left out: closed, a template, or of our own making."""


def select(databases: Sequence[Database], selection: Selection) -> Selected:
    """Which of a server's `databases` are backed up.

    Raises UsageError when nothing is left, ServerError when all that is left takes no connections.
    """
    by_name = {database.name: database for database in databases}
    meant = [by_name[name] for name in selection.among(by_name)]
    chosen = [
        database
        for database in meant
        if not (database.is_ours or database.is_template) or database.name in selection.names
    ]
    if not chosen:
        raise UsageError("no database is left to back up", hint="check --exclude; bak ls lists them all")
    closed = [database.name for database in chosen if not database.accepts_connections]
    if len(closed) == len(chosen):
        raise no_connections(*closed)
    aside = [database for database in meant if database not in chosen]
    named = [name for name in closed if name in selection.names]
    notes = (
        *(f"{name} was left out: it takes no connections" for name in closed if name not in named),
        *(f"{each.name} was left out: {each.aside}; name it to take it" for each in aside),
    )
    is_open = tuple(database for database in chosen if database.accepts_connections)
    return Selected(is_open, tuple(named), notes)


def no_connections(*names: str) -> ServerError:
    """What those databases fail with that this role may not connect to, or nobody."""
    return ServerError(
        f"{', '.join(names)} {'takes' if len(names) == 1 else 'take'} no connections from this role",
        hint="check datallowconn and the CONNECT privilege",
        kind="refused",
    )
