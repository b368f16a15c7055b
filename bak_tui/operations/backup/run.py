"""`backup` and `dump`: several databases as one run, to a bucket or into a folder."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from bak_tui.core.databases import Database
from bak_tui.core.dump_format import FormatChoice, FormatWish
from bak_tui.core.errors import BakError, UsageError
from bak_tui.core.manifest import GlobalsRecord
from bak_tui.core.names import dump_path
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.selection import Selection
from bak_tui.core.wording import size
from bak_tui.operations.backup.dumping import Run
from bak_tui.operations.backup.selecting import no_connections, select
from bak_tui.operations.backup.taking import TakeDump, Taken
from bak_tui.operations.backup.taking_globals import TakeGlobals
from bak_tui.operations.places import BucketPlace, FolderPlace, Place
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.refused import Refused, unless_refused
from bak_tui.operations.transfer.sending import send
from bak_tui.services.jobs import Job, Task
from bak_tui.services.pgtools import choose_compression

MOST_NOTE = 1_000
"""Characters of a run's note."""


class Globals(StrEnum):
    """What of the cluster is taken beside the databases."""

    NONE = "none"
    ROLES = "roles"
    """Roles, memberships and tablespaces, without passwords."""
    SECRETS = "secrets"
    """The roles' password hashes, too."""

    @classmethod
    def asked(cls, *, roles: bool, secrets: bool) -> Globals:
        """By what was said; passwords mean the roles, too."""
        return cls.SECRETS if secrets else cls.ROLES if roles else cls.NONE


@dataclass(frozen=True, slots=True)
class BackupOptions:
    """How a run is done."""

    parallel: int = 1
    """Databases at once."""
    compression: str | None = None
    """`METHOD[:LEVEL]`; None: zstd:1 where this pg_dump can, else gzip:1."""
    part_size: int | None = None
    """Bytes; None: planned from each database's size."""
    folder: Path | None = None
    """Keep local copies here: dump first, then upload them. None streams, with no local file."""
    hashes_contents: bool = False
    """Hash every table's contents, too: a restore then compares more than the number of rows."""
    globals: Globals = Globals.NONE
    format: FormatWish = FormatWish.CUSTOM
    jobs: int = 1
    """Workers within one database; only a directory-format dump has more than one."""
    note: str = ""
    """Kept in the manifests, for whoever looks at them later."""


@dataclass(frozen=True)
class RunPlan:
    """What a run will do, decided before anything is touched."""

    run: Run
    databases: tuple[Database, ...]
    closed: tuple[str, ...] = ()
    """Named, and they take no connections: each fails for itself."""
    globals: Globals = Globals.NONE

    @cached_property
    def choices(self) -> tuple[FormatChoice, ...]:
        """Each database's format; the server may be asked."""
        return tuple(self.run.format_of(database.name) for database in self.databases)

    @property
    def paths(self) -> tuple[str, ...]:
        """Where each dump will lie, below the prefix or the folder."""
        return tuple(
            dump_path(database.name, self.run.taken, choice.format)
            for database, choice in zip(self.databases, self.choices, strict=True)
        )


def plan_run(
    collaborators: Collaborators, server: Server, selection: Selection, options: BackupOptions
) -> RunPlan:
    """Choose databases, client programs and compression. Raises before any bucket was asked anything."""
    if options.format is FormatWish.DIRECTORY and options.folder is not None:
        raise UsageError(
            "a directory-format dump is stored as it is written, and no copy is kept here",
            hint="leave --dir out, and bak download it; or say --format custom",
        )
    run_id = str(uuid.uuid4())
    application_name = f"bak-{run_id[:8]}"
    instance = collaborators.postgres(server, application_name)
    identity = instance.identity()
    tools = collaborators.tools.for_server(identity.major)
    selected = select(instance.databases(), selection)
    notes = selected.notes
    if tools.major != identity.major:
        notes = (*notes, f"{tools} dumps a server of version {identity.version}: no equal one is installed")
    if options.format is FormatWish.AUTO and options.folder is not None:
        notes = (*notes, "custom format: a copy that is kept here is one file")
    run = Run(
        id=run_id,
        taken=collaborators.clock().replace(microsecond=0),
        server=server,
        instance=instance,
        application_name=application_name,
        tools=tools,
        compression=choose_compression(tools, options.compression),
        part_size=options.part_size,
        hashes_contents=options.hashes_contents,
        notes=notes,
        note=_checked_note(options.note),
        format=FormatWish.CUSTOM if options.folder is not None else options.format,
        jobs=options.jobs,
    )
    return RunPlan(run, selected.databases, selected.closed, options.globals)


def _checked_note(note: str) -> str | None:
    if len(note) > MOST_NOTE:
        raise UsageError(
            f"the note has {len(note):,} characters",
            hint=f"{MOST_NOTE:,} are kept; the manifest is read whenever the bucket is listed",
        )
    try:
        note.encode()
    except UnicodeEncodeError as error:
        raise UsageError("the note is no valid text", hint="write it in UTF-8") from error
    return note or None


def run_backup(
    collaborators: Collaborators,
    profile: Profile,
    selection: Selection,
    options: BackupOptions,
    job: Job[Report[Taken]],
) -> Report[Taken]:
    """Back up to the profile's bucket; with `options.folder`, by way of local copies that stay."""
    opened = job.beside(lambda: _opened(collaborators, profile.target))
    plan = job.apart(lambda: plan_run(collaborators, profile.server, selection, options))
    bucket = opened()
    folder = FolderPlace(options.folder) if options.folder is not None else None
    plan, first = _with_globals(collaborators, plan, job, (bucket, folder))
    if folder is None:
        return _each(job, plan, options.parallel, _taker(collaborators, plan, bucket), first)
    take = _taker(collaborators, plan, folder, bucket)

    def take_and_send(task: Task, database: Database) -> Taken:
        probed = dump_path(database.name, plan.run.taken)
        with collaborators.journal.entry(bucket.trace(probed), plan.run.application_name) as entry:
            for warning in task.apart(lambda: bucket.prepare(probed, entry)):
                task.warn(warning)
        taken = take(task, database)
        sent = send(folder, taken.path, bucket, collaborators.journal, task)
        return Taken(database.name, taken.path, sent.place, sent.manifest or taken.manifest)

    return _each(job, plan, options.parallel, take_and_send, first)


def _opened(collaborators: Collaborators, target: Target) -> BucketPlace:
    """The bucket, nothing asked of it. Its client takes as long to make as the server takes to be asked."""
    store = collaborators.store(target)
    with suppress(BakError):  # every database's own dump tells of it, before it asks for anything
        store.endpoint_in_use()
    return BucketPlace(store, target)


def run_dump(
    collaborators: Collaborators,
    server: Server,
    selection: Selection,
    options: BackupOptions,
    job: Job[Report[Taken]],
) -> Report[Taken]:
    """Dump into `options.folder` (default: here): no bucket is asked anything."""
    plan = job.apart(lambda: plan_run(collaborators, server, selection, options))
    folder = FolderPlace(options.folder or Path())
    plan, first = _with_globals(collaborators, plan, job, (folder, None))
    return _each(job, plan, options.parallel, _taker(collaborators, plan, folder), first)


def _with_globals(
    collaborators: Collaborators,
    plan: RunPlan,
    job: Job[Report[Taken]],
    places: tuple[Place, FolderPlace | None],
) -> tuple[RunPlan, tuple[Outcome[Taken], ...]]:
    """Take them first, so that every manifest can name them; their failure stops no database."""
    if plan.globals is Globals.NONE:
        return plan, ()

    def take(task: Task, _none: None) -> GlobalsRecord:
        has_passwords = plan.globals is Globals.SECRETS
        return TakeGlobals(plan.run, collaborators.limits, collaborators.journal, task, has_passwords)(
            *places
        )

    (outcome,) = job.each([("globals", None)], 1, take).outcomes
    if outcome.result is None:
        return plan, (Outcome("globals", error=outcome.error),)
    record = outcome.result
    secrecy = "with the roles' password hashes" if record.has_passwords else "without passwords"
    told = f"globals: {places[0].name(record.path)}, {size(record.size)}, {secrecy}"
    return replace(plan, run=replace(plan.run, globals=record, notes=(*plan.run.notes, told))), ()


def _taker(
    collaborators: Collaborators, plan: RunPlan, place: Place, *also_free_in: Place
) -> Callable[[Task, Database], Taken]:
    return lambda task, database: TakeDump(collaborators, plan.run, database, place, task, also_free_in)()


def _each(
    job: Job[Report[Taken]],
    plan: RunPlan,
    parallel: int,
    work: Callable[[Task, Database], Taken],
    first: tuple[Outcome[Taken], ...],
) -> Report[Taken]:
    databases: list[Database | Refused] = [Refused(name, no_connections(name)) for name in plan.closed]
    databases += plan.databases
    take = unless_refused(work)
    report = job.each([(database.name, database) for database in databases], parallel, take)
    return Report((*first, *report.outcomes), plan.run.notes)
