"""What of a server's databases the role may read: the catalogue is asked, as by a backup that begins."""

from __future__ import annotations

from collections.abc import Sequence

from bak_tui.core.databases import Database
from bak_tui.core.errors import BakError
from bak_tui.core.wording import plural
from bak_tui.operations.doctor.examining import Finding
from bak_tui.operations.ports import Postgres

_MOST_ASKED = 50
"""Databases: each takes a session of its own."""
_MOST_NAMED = 3


def may_read(instance: Postgres, databases: Sequence[Database]) -> Finding:
    """Of those that are backed up when all are meant. Nothing is raised: what may not be read is told."""
    meant = [database.name for database in databases if not database.aside]
    asked = meant[:_MOST_ASKED]
    told = [said for said in (_hidden(instance, name) for name in asked) if said]
    others = f"; {len(meant) - len(asked):,} more were not asked" if len(meant) > len(asked) else ""
    if told:
        return Finding("may read", _first(told) + others, needs_look=True)
    every = "all of " if not others else ""
    return Finding("may read", f"{every}{plural(len(asked), 'database')}{others}")


def _first(told: Sequence[str]) -> str:
    more = f"; and {plural(len(told) - _MOST_NAMED, 'more database')}" if len(told) > _MOST_NAMED else ""
    return "; ".join(told[:_MOST_NAMED]) + more


def _hidden(instance: Postgres, database: str) -> str:
    """What of it this role may not read, and what to do; empty when it may read it whole."""
    try:
        instance.check_readable(database)
    except BakError as error:
        return f"{database}: {error}" + (f"; {error.hint}" if error.hint else "")
    return ""
