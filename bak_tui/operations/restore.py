"""`restore`: each dump into a database of its own; every target is checked before one is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bak_tui.core.errors import ConfirmationNeeded, FileProblem, ServerError, UsageError
from bak_tui.core.names import IDENTIFIER_BYTES, is_utf8
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Server
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.operations.restoring import Mode, Restored, RestoreItem, RestoreOne
from bak_tui.operations.sources import DumpSource
from bak_tui.services.jobs import Job


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """How dumps are restored."""

    into: str | None = None
    """The target's name, when it is not the dump's own."""
    parallel: int = 1
    """Databases at once."""
    jobs: int = 1
    """Workers within one database."""


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What will be restored where; nothing was touched yet."""

    items: tuple[RestoreItem, ...]


def plan_restore(
    collaborators: Collaborators, server: Server, sources: Sequence[DumpSource], options: RestoreOptions
) -> RestorePlan:
    """Check every target. Raises ConfirmationNeeded when one exists and is not empty.

    A server that a read-only profile names is refused before it is asked anything.
    """
    if server.guarded_by is not None:
        raise UsageError(
            f"profile {server.guarded_by} is read-only; nothing is restored into its server",
            hint="restore elsewhere with --to PROFILE, or take read_only out of the profile",
            kind="read_only",
        )
    if not sources:
        raise FileProblem("there is no dump to restore", hint="bak dumps lists a bucket's", kind="no_dumps")
    if options.into is not None and len(sources) > 1:
        raise UsageError(
            f"--into {options.into} names one target, and there are {len(sources)} dumps",
            hint="choose one with --database or by its key",
        )
    instance = collaborators.postgres(server, "bak")
    existing = {database.name for database in instance.databases()}
    server_major = instance.identity().major
    items = []
    for source in sources:
        wished = source.database if options.into is None else options.into
        _check_name(wished)
        mode = Mode.EXISTING if wished in existing else Mode.NEW
        if mode is Mode.EXISTING and not instance.is_empty(wished):
            raise _not_empty(wished)
        items.append(RestoreItem(source, wished, mode, source.tools(collaborators.tools, server_major)))
    _check_targets_differ(items)
    _check_privileges(instance, items)
    return RestorePlan(tuple(items))


def run_restores(
    collaborators: Collaborators,
    server: Server,
    sources: Sequence[DumpSource],
    options: RestoreOptions,
    job: Job[Report[Restored]],
) -> Report[Restored]:
    """Restore all; each is fetched, hashed, restored into a scratch database, compared, then named."""
    plan = plan_restore(collaborators, server, sources, options)
    with TemporaryDirectory(prefix="bak-restore-") as spool:  # 0700 by mkdtemp
        folder = FolderPlace(Path(spool))
        return job.each(
            [(item.source.name, item) for item in plan.items],
            options.parallel,
            lambda task, item: RestoreOne(collaborators, server, item, options.jobs, folder, task)(),
        )


def newest_of_each(sources: Sequence[DumpSource]) -> tuple[list[DumpSource], tuple[str, ...]]:
    """Of several dumps of one database the newest, and a note on each choice."""
    by_database: dict[str, list[DumpSource]] = {}
    for source in sources:
        by_database.setdefault(source.database, []).append(source)
    chosen, notes = [], []
    for database, dumps in by_database.items():
        newest = max(dumps, key=lambda source: (source.taken, source.name))
        chosen.append(newest)
        if len(dumps) > 1:
            notes.append(f"{database}: the newest of {len(dumps)} dumps is taken, {newest.name}")
    return chosen, tuple(notes)


def _check_name(name: str) -> None:
    length = len(name.encode("utf-8", "surrogateescape"))
    if not name or length > IDENTIFIER_BYTES or "\0" in name or not is_utf8(name):
        raise UsageError(
            f"a database cannot be called {name!r}: {length} bytes",
            hint=f"PostgreSQL keeps UTF-8 of 1 to {IDENTIFIER_BYTES} bytes; name another with --into",
        )


def _check_targets_differ(items: Sequence[RestoreItem]) -> None:
    seen: dict[str, str] = {}
    for item in items:
        first = seen.setdefault(item.target, item.source.name)
        if first != item.source.name:
            raise UsageError(
                f"{first} and {item.source.name} would both become {item.target}",
                hint="restore them one at a time, each --into a name of its own",
            )


def _check_privileges(instance: Postgres, items: Sequence[RestoreItem]) -> None:
    if any(item.mode is Mode.NEW for item in items) and not instance.may_create_databases():
        raise ServerError(
            "this role may not create databases",
            hint="restore as a role with CREATEDB, or create an empty database and name it with --into",
            kind="refused",
        )


def _not_empty(name: str) -> ConfirmationNeeded:
    return ConfirmationNeeded(
        f"the database {name} exists and is not empty; nothing was touched",
        hint=f"restore beside it with --into {name}_restored",
    )
