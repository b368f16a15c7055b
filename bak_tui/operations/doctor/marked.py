"""Databases of our own making on a server: scratch databases that a killed run left, and kept ones.

They are known by the mark in their COMMENT, whichever machine made them. A scratch database is nobody's data
and is dropped on demand; a kept one is somebody's until they drop it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from bak_tui.core.databases import KEPT_WAYS
from bak_tui.core.foreign import visible
from bak_tui.core.marks import Mark, mark_of
from bak_tui.core.wording import size
from bak_tui.operations.ports import Postgres


@dataclass(frozen=True, slots=True)
class MarkedDatabase:
    """A database that bears our mark."""

    name: str
    size: int | None
    """Bytes; None when they may not be asked."""
    mark: Mark
    is_busy: bool
    """A session of the job that made it is there: it is being worked on."""

    @property
    def is_leftover(self) -> bool:
        """Whether nobody needs it any more."""
        return not self.mark.is_kept and not self.is_busy

    @property
    def sentence(self) -> str:
        """What it is and what may be done with it."""
        since = f"{self.mark.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        what = f"{visible(self.name)}, {size(self.size)}"
        if self.mark.is_kept:
            return f"{what}: was {visible(self.mark.database)} until {since}; {KEPT_WAYS}"
        if self.is_busy:
            return f"{what}: {visible(self.mark.database)} is being restored into it since {since}"
        return f"{what}: left by a run of {since} that was killed; bak doctor --clean drops it"


def marked_databases(instance: Postgres) -> list[MarkedDatabase]:
    """All of them, newest first."""
    sizes = {each.name: each.size for each in instance.databases()}
    busy = instance.applications()
    marks = ((name, mark_of(name, comment)) for name, comment in instance.comments().items())
    found = [
        MarkedDatabase(name, sizes.get(name), mark, mark.job in busy)
        for name, mark in marks
        if mark is not None
    ]
    return sorted(found, key=lambda each: each.mark.at, reverse=True)


def is_unmarked(instance: Postgres, name: str) -> bool:
    """Whether it is there, as empty and without a comment as a run that is killed meanwhile leaves it."""
    there = {database.name for database in instance.databases()}
    return name in there and instance.comments().get(name) is None and instance.is_empty(name)
