"""How many workers restore one database, and why: by the server's cores, and by what the dump holds.

PostgreSQL tells its cores to few roles. Else this machine's are taken, and that is said: of a server on this
machine they are the same. `max_worker_processes` and the like say what somebody has set, not what is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from bak_tui.core.manifest import Manifest
from bak_tui.core.parts import MIB
from bak_tui.core.plan import Mode
from bak_tui.core.wording import plural, size
from bak_tui.operations.ports import Postgres

_MOST = 16
"""More than these wait for each other, and take sessions from others."""
_LITTLE = 4 * MIB
"""Bytes in tables that one worker restores as quickly as two, which cost 35 ms of processor: measured."""


@dataclass(frozen=True, slots=True)
class Workers:
    """How many, and why, in words."""

    number: int
    why: str
    is_asked: bool = False
    """The user said how many."""

    def __str__(self) -> str:
        return f"{plural(self.number, 'worker')} in the database: {self.why}"


def asked_or_by_cores(asked: int | None, instance: Postgres, databases_at_once: int) -> Workers:
    """As many as were asked for; else the server's cores, shared by databases that are restored at once."""
    if asked is not None:
        return Workers(asked, "as asked", is_asked=True)
    told = instance.cores()
    cores = told or os.cpu_count() or 1
    whose = "the server has" if told else "this machine has, the server's are not told:"
    number = max(1, min(cores, _MOST) // databases_at_once)
    return Workers(number, f"{whose} {plural(cores, 'core')}")


def for_dump(most: Workers, mode: Mode, manifest: Manifest | None) -> Workers:
    """Those, or one where more can do nothing, or are not worth their sessions."""
    if mode is Mode.CLEAN:
        return Workers(1, "one transaction has one session")
    held = _held(manifest)
    if most.is_asked or most.number == 1 or held is None or held >= _LITTLE:
        return most
    return Workers(1, f"for {size(held)} of tables more would take as long")


def _held(manifest: Manifest | None) -> int | None:
    """Bytes in tables and large objects, as the dumped server had them; None where nobody wrote it down."""
    if manifest is None or manifest.tables is None:
        return None
    objects = manifest.large_objects.bytes if manifest.large_objects else None
    return sum(table.bytes for table in manifest.tables) + (objects or 0)
