"""Which dump goes into which database, and how: every target is looked at before one is touched."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bak_tui.core.consent import NO_CONSENT, Consent
from bak_tui.core.errors import ConfirmationNeeded, FileProblem, ServerError, UsageError
from bak_tui.core.names import IDENTIFIER_BYTES, is_utf8, suffixed
from bak_tui.core.plan import Mode
from bak_tui.core.portion import WHOLE, Portion
from bak_tui.core.profile import Server
from bak_tui.operations.permission import refuse_read_only, require_name
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.operations.restore.loading import DEFAULT_LOAD, LoadOptions
from bak_tui.operations.restore.sources import DumpSource, refuse_script
from bak_tui.operations.restore.workers import Workers, asked_or_by_cores, for_dump
from bak_tui.services.pgtools import AS_DUMPED, Ownership, ToolSet

_SERVERS_OWN = frozenset({"template0", "template1"})


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """How dumps are restored."""

    into: str | None = None
    """The target's name, when it is not the dump's own."""
    parallel: int = 1
    """Databases at once."""
    jobs: int | None = 1
    """Workers within one database; None: see `workers`."""
    over: Mode | None = None
    """SWAP or CLEAN: what is to be done with a target that exists. None refuses one that holds something."""
    confirmed: Collection[str] = frozenset()
    """The names typed for targets that hold something."""
    terminates: bool = False
    """Sessions on a database that is to be swapped are ended."""
    ownership: Ownership = AS_DUMPED
    portion: Portion = WHOLE
    """What of the dump is meant."""
    consent: Consent = NO_CONSENT
    """To code that nothing vouches for, run by a superuser: see `trust`."""
    named_at: datetime | None = None
    """The plan's, which was agreed to: what it has named is called so. None: no plan was seen."""

    def arguments(self, *, needs_name: bool, target: str) -> tuple[str, ...]:
        """The options of the `bak restore` line that does the same."""
        flags = {
            f"--{self.over}": self.over is not None,
            "--terminate": self.terminates,
            "--no-owner": not self.ownership.has_owners,
            "--no-privileges": not self.ownership.has_privileges,
            "--as-superuser": bool(self.consent),
        }
        values = [
            ("--into", self.into),
            ("--role", self.ownership.role),
            *(("--schema", name) for name in self.portion.schemas),
            *(("--table", name) for name in self.portion.tables),
            *(("--section", name) for name in self.portion.sections),
            ("--jobs", None if self.over is Mode.CLEAN or self.jobs is None else str(self.jobs)),
            ("--confirm", target if needs_name else None),
        ]
        given = [part for name, value in values if value is not None for part in (name, value)]
        return (*(flag for flag, is_set in flags.items() if is_set), *given)


@dataclass(frozen=True)
class RestoreItem:
    """One dump and where it goes."""

    source: DumpSource
    target: str
    mode: Mode
    tools: ToolSet
    workers: Workers
    how: LoadOptions = DEFAULT_LOAD
    terminates: bool = False
    """Sessions on a database that is to be swapped are ended."""
    needs_name: bool = False
    """The target holds something: done only when its name was typed."""
    consent: Consent = NO_CONSENT
    named_at: datetime | None = None
    """See `RestoreOptions`."""


def choose_targets(
    collaborators: Collaborators, server: Server, sources: Sequence[DumpSource], options: RestoreOptions
) -> tuple[RestoreItem, ...]:
    """A target for every dump. Raises when one cannot be restored into at all.

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
    if options.over is Mode.SWAP and not options.portion.is_whole:
        raise UsageError(
            "a swap replaces the whole database, and only a part of the dump is meant",
            hint="restore the part beside it with --into, or into it with --clean",
        )
    instance = collaborators.postgres(server, "bak")
    existing = {database.name for database in instance.databases()}
    server_major = instance.identity().major
    workers = asked_or_by_cores(options.jobs, instance, options.parallel)
    items = []
    for source in sources:
        wished = source.database if options.into is None else options.into
        _check_name(wished)
        refuse_script(source, server, wished)
        is_empty = instance.is_empty(wished) if wished in existing else None
        tools = source.tools(collaborators.tools, server_major)
        items.append(_item(source, wished, tools, options, workers, is_empty=is_empty))
    _check_targets_differ(items)
    _check_privileges(instance, items)
    return tuple(items)


def _item(
    source: DumpSource,
    target: str,
    tools: ToolSet,
    options: RestoreOptions,
    workers: Workers,
    *,
    is_empty: bool | None,
) -> RestoreItem:
    """`is_empty` is None for a target that does not exist."""
    mode = Mode.NEW if is_empty is None else _mode(target, options, is_empty=is_empty)
    workers = for_dump(workers, mode, source.manifest)
    return RestoreItem(
        source,
        target,
        mode,
        tools,
        workers,
        LoadOptions(workers.number, options.ownership, options.portion),
        terminates=options.terminates,
        needs_name=is_empty is False,
        consent=options.consent,
        named_at=options.named_at,
    )


def require_names(items: Sequence[RestoreItem], confirmed: Collection[str]) -> None:
    """Raise ConfirmationNeeded for the first target that holds something and was not named."""
    for item in items:
        if item.needs_name:
            fate = "replaced and kept under another name" if item.mode is Mode.SWAP else "overwritten"
            require_name(item.target, confirmed, f"{item.target} is not empty and would be {fate}")


def _check_name(name: str) -> None:
    if name in _SERVERS_OWN:
        raise UsageError(f"{name} is the server's own template", hint="name another database with --into")
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


def _mode(target: str, options: RestoreOptions, *, is_empty: bool) -> Mode:
    """What is done with a target that exists. Raises ConfirmationNeeded before anything is touched."""
    if options.over is None and not is_empty:
        raise not_empty(target)
    if options.over is None or (options.over is Mode.CLEAN and is_empty):
        return Mode.EXISTING
    return options.over


def not_empty(target: str) -> ConfirmationNeeded:
    """What refuses a restore into a database that holds something."""
    return ConfirmationNeeded(
        f"the database {target} exists and is not empty; nothing was touched",
        hint=f"restore beside it with --into {suffixed(target, '_restored')};"
        f" or --swap (it is kept) or --clean, with --confirm {target}",
    )


def require_createdb(instance: Postgres, otherwise: str) -> None:
    """Raise ServerError unless this role may make databases."""
    if not instance.may_create_databases():
        raise ServerError(
            "this role may not create databases",
            hint=f"restore as a role with CREATEDB, or {otherwise}",
            kind="refused",
        )


def _check_privileges(instance: Postgres, items: Sequence[RestoreItem]) -> None:
    makes = any(item.mode in {Mode.NEW, Mode.SWAP} for item in items)
    if makes:
        require_createdb(instance, "create an empty database and name it with --into")
    for item in items:
        if item.mode is Mode.SWAP and not instance.owns(item.target):
            raise ServerError(
                f"this role does not own {item.target} and may not give it another name",
                hint="restore as its owner or a superuser, or beside it with --into",
                kind="refused",
            )
