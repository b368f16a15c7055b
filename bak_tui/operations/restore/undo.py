"""`undo`: a database that a swap put aside gets its name back; the one that replaced it is kept in turn.

A kept database is known by the mark in its COMMENT, never by its name alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bak_tui.core.errors import UsageError
from bak_tui.core.foreign import visible
from bak_tui.core.marks import KEPT_LABEL
from bak_tui.core.names import derived_name, free_moment
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Server
from bak_tui.core.sessions import DatabaseSession
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.doctor.marked import MarkedDatabase, marked_databases
from bak_tui.operations.permission import refuse_read_only, require_name
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.operations.restore.naming import Succession, kept_words, succeed, taken_meanwhile
from bak_tui.services.jobs import Job, Task
from bak_tui.services.postgres import Rename


@dataclass(frozen=True, slots=True)
class UndoOptions:
    """How a swap is undone."""

    kept: str | None = None
    """The kept database's name; None takes the newest."""
    at: datetime | None = None
    """The newest that was kept at or before this time."""
    keep_as: str | None = None
    """What the present database is called afterwards; None: `<database>__old_<time>`."""
    confirmed: Collection[str] = field(default_factory=frozenset)
    terminates: bool = False
    named_at: datetime | None = None
    """The plan's, which was agreed to: what it has named is called so. None: no plan was seen."""


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """Which databases would change their names; nothing was touched yet."""

    database: str
    back: MarkedDatabase
    keep_as: str
    exists: bool
    """Whether a database bears the name now; if not, nothing is replaced."""
    sessions: tuple[DatabaseSession, ...]
    at: datetime
    named_at: datetime
    """Its time stands in `keep_as`, unless that was named."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of it."""

    database: str
    was_called: str
    """The name that the database, which is back, had while it was kept."""
    kept_as: str | None
    """What the one that it replaced is called now; None when there was none."""
    since: datetime
    """When it had been put aside."""
    size: int
    rows: int | None = None
    taken: str = ""
    """What it was to be called, had another database not taken that name meanwhile."""

    @property
    def sentence(self) -> str:
        back = f"{self.database} is what it was until {self.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        kept = kept_words(self.kept_as, self.taken) if self.kept_as else ""
        return f"{back}; what replaced it is kept as {kept}" if kept else back


def kept_databases(instance: Postgres, database: str | None = None) -> list[MarkedDatabase]:
    """Every kept database (of `database`), newest first."""
    return [
        each
        for each in marked_databases(instance)
        if each.mark.is_kept and database in {None, each.mark.database}
    ]


def plan_undo(collaborators: Collaborators, server: Server, database: str, options: UndoOptions) -> UndoPlan:
    """Choose what gets the name back. Raises UsageError when nothing fits, ConfirmationNeeded without the
    name.
    """
    refuse_read_only(server)
    instance = collaborators.postgres(server, "bak")
    back = _chosen(kept_databases(instance, database), database, options)
    names = {each.name for each in instance.databases()}
    at = collaborators.clock()
    exists = database in names
    named_at = free_moment(database, (KEPT_LABEL,), options.named_at or at, names)
    keep_as = options.keep_as or derived_name(database, KEPT_LABEL, named_at)
    if exists and keep_as in names:
        raise UsageError(f"there is a database {keep_as} already", hint="name another with --keep-as")
    sessions = instance.sessions(database) if exists else ()
    require_name(
        database,
        options.confirmed,
        f"{database} would be {visible(back.name)} again, and what it is now would be kept as {keep_as}"
        if exists
        else f"{visible(back.name)} would be {database} again",
    )
    return UndoPlan(database, back, keep_as, exists, sessions, at, named_at)


def run_undo(
    collaborators: Collaborators,
    server: Server,
    database: str,
    options: UndoOptions,
    job: Job[Report[Undone]],
) -> Report[Undone]:
    """Swap back."""
    return job.each(
        [(database, database)], 1, lambda task, name: _undo(collaborators, server, name, options, task)
    )


def _undo(
    collaborators: Collaborators, server: Server, database: str, options: UndoOptions, task: Task
) -> Undone:
    plan = task.apart(lambda: plan_undo(collaborators, server, database, options))
    application_name = f"bak-{uuid.uuid4().hex[:8]}"
    instance = collaborators.postgres(server, application_name)
    patience = collaborators.limits.sessions
    task.phase("renaming")
    if plan.exists:
        succession = Succession(
            database, plan.back.name, plan.at, application_name, plan.back.mark.source, plan.keep_as
        )
        succeed(instance, succession, patience=patience, terminates=options.terminates, check=task.check)
    else:
        rename = Rename(plan.back.name, database, plan.back.mark.comment)
        instance.rename([rename], patience=patience, terminates=options.terminates, check=task.check)
    collaborators.checkpoint(Step.RENAMED, database)
    planned_at = None if options.keep_as else options.named_at
    return Undone(
        database,
        plan.back.name,
        plan.keep_as if plan.exists else None,
        plan.back.mark.at,
        plan.back.size or 0,
        taken=taken_meanwhile(database, planned_at, plan.keep_as),
    )


def _chosen(kept: Sequence[MarkedDatabase], database: str, options: UndoOptions) -> MarkedDatabase:
    fitting = [
        each
        for each in kept
        if (options.kept is None or each.name == options.kept)
        and (options.at is None or each.mark.at <= options.at)
    ]
    if fitting:
        return fitting[0]
    there = ", ".join(visible(each.name) for each in kept)
    if there:
        raise UsageError(f"nothing kept of {database} fits", hint=f"there is: {there}", kind="nothing_kept")
    raise UsageError(
        f"nothing is kept of {database}: no swap put it aside, or what it kept was dropped",
        hint="bak restore --swap keeps the database that it replaces",
        kind="nothing_kept",
    )
