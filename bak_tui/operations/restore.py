"""`restore`: each dump into a database of its own; every target is checked before one is touched."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bak_tui.core.errors import ConfirmationNeeded, FileProblem, ServerError, UsageError
from bak_tui.core.names import IDENTIFIER_BYTES, is_utf8
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Server
from bak_tui.operations.loading import LoadOptions
from bak_tui.operations.permission import refuse_read_only, require_name
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.operations.restoring import Mode, Restored, RestoreItem, RestoreOne
from bak_tui.operations.sources import DumpSource
from bak_tui.services.jobs import Job
from bak_tui.services.pgtools import AS_DUMPED, Ownership


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """How dumps are restored."""

    into: str | None = None
    """The target's name, when it is not the dump's own."""
    parallel: int = 1
    """Databases at once."""
    jobs: int = 1
    """Workers within one database."""
    over: Mode | None = None
    """SWAP or CLEAN: what is to be done with a target that exists. None refuses one that holds something."""
    confirmed: Collection[str] = frozenset()
    """The names typed for targets that hold something."""
    terminates: bool = False
    """Sessions on a database that is to be swapped are ended."""
    ownership: Ownership = AS_DUMPED


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
    refuse_read_only(server)
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
    how = LoadOptions(options.jobs, options.ownership)
    items = []
    for source in sources:
        wished = source.database if options.into is None else options.into
        _check_name(wished)
        mode = _mode(instance, wished, options) if wished in existing else Mode.NEW
        tools = source.tools(collaborators.tools, server_major)
        items.append(RestoreItem(source, wished, mode, tools, how, options.terminates))
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
            lambda task, item: RestoreOne(collaborators, server, item, folder, task)(),
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


def _mode(instance: Postgres, target: str, options: RestoreOptions) -> Mode:
    """What is done with a target that exists. Raises ConfirmationNeeded before anything is touched."""
    is_empty = instance.is_empty(target)
    if options.over is None and not is_empty:
        raise ConfirmationNeeded(
            f"the database {target} exists and is not empty; nothing was touched",
            hint=f"restore beside it with --into {target}_restored; or --swap (it is kept) or --clean,"
            f" with --confirm {target}",
        )
    if options.over is None or (options.over is Mode.CLEAN and is_empty):
        return Mode.EXISTING
    if not is_empty:
        fate = "replaced and kept under another name" if options.over is Mode.SWAP else "overwritten"
        require_name(target, options.confirmed, f"{target} is not empty and would be {fate}")
    return options.over


def _check_privileges(instance: Postgres, items: Sequence[RestoreItem]) -> None:
    makes = any(item.mode in {Mode.NEW, Mode.SWAP} for item in items)
    if makes and not instance.may_create_databases():
        raise ServerError(
            "this role may not create databases",
            hint="restore as a role with CREATEDB, or create an empty database and name it with --into",
            kind="refused",
        )
    for item in items:
        if item.mode is Mode.SWAP and not instance.owns(item.target):
            raise ServerError(
                f"this role does not own {item.target} and may not give it another name",
                hint="restore as its owner or a superuser, or beside it with --into",
                kind="refused",
            )
