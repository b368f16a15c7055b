"""Rows of a database, through the service's own counting."""

from __future__ import annotations

from bak_tui.core.databases import Counts
from bak_tui.services.postgres import Instance


def counts_of(instance: Instance, database: str) -> Counts:
    """Exact rows of `database` as it is now."""
    with instance.counting(database) as counter:
        return counter.count()
