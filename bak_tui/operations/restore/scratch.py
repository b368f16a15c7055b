"""A scratch database: made for one load, marked as ours, and gone afterwards unless it was given a name.

`restore` renames it when it is proven; `prove` only looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bak_tui.core.databases import Locale
from bak_tui.core.errors import ServerError
from bak_tui.core.foreign import visible
from bak_tui.core.journal import DatabaseTrace
from bak_tui.core.marks import SCRATCH_LABEL, Mark, MarkKind
from bak_tui.core.names import derived_name
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.loading import Loaded, Loader, UnclearComplaints
from bak_tui.operations.restore.streaming import Archive

_NO_SUCH_LOCALE = frozenset({"sqlstate_42809", "sqlstate_22023", "sqlstate_0A000"})
"""What CREATE DATABASE answers to a locale or provider it has not: wrong_object_type,
invalid_parameter_value, feature_not_supported."""

_NO_SUCH_SPACE = frozenset({"sqlstate_42704", "sqlstate_42501"})
"""undefined_object; insufficient_privilege."""
_DEFAULT_SPACE = "pg_default"

_TAKEN = frozenset({"sqlstate_42P04", "sqlstate_23505"})
"""duplicate_database; unique_violation when two are created at the very same time."""
_MOST_IN_A_SECOND = 64
_FAREWELL = 10.0
"""Seconds that sessions whose programs have ended take to be gone, at most."""


@dataclass
class Scratch:
    """The scratch database of one load."""

    name: str
    is_named: bool = False
    """It bears a name of its own now, and is no scratch database any more."""


@contextmanager
def scratch_database(loader: Loader) -> Iterator[Scratch]:
    """`<subject>__new_<time>`, dropped on leaving unless `is_named` was set."""
    loader.task.phase("creating")
    made: list[Scratch] = []
    with (
        _dropped(loader, made),
        # A session shows that we are at work; it must not be on a database that gets another name.
        loader.instance.present(loader.subject),
    ):
        # Kept only now: a database that was there already under this name is not ours to drop.
        made.append(Scratch(_make_free(loader)))
        loader.made.append(made[0].name)
        loader.passed(Step.SCRATCH)
        yield made[0]


@contextmanager
def _dropped(loader: Loader, made: list[Scratch]) -> Iterator[None]:
    """Whatever happens inside, what was made and bears no name of its own is dropped."""
    try:
        yield
    finally:
        for scratch in made:
            if not scratch.is_named:
                _drop(loader, scratch.name)


def is_gone(loader: Loader) -> bool:
    """Whether nothing is there of what was made on a load's way, or nothing was made."""
    return loader.made == [] or not {each.name for each in loader.instance.databases()} & set(loader.made)


@contextmanager
def loaded_aside(loader: Loader, file: Archive) -> Iterator[tuple[Scratch, Loaded]]:
    """`file` in a scratch database, every count compared: BakError when it is not what was backed up.

    Loaded once more, by one worker, when several complained at once and nobody can tell of what.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_database(loader))
        try:
            loaded = loader.load(file, scratch.name)
        except UnclearComplaints as error:
            stack.close()
            loader.task.say("bak", f"{error}; once more, with one worker")
            loader.how = replace(loader.how, jobs=1)
            scratch = stack.enter_context(scratch_database(loader))
            loaded = loader.load(file, scratch.name)
        loader.task.check()
        yield scratch, loaded


def _make_free(loader: Loader) -> str:
    """Make it under a name that is free: two dumps of one database may be loaded in the same second."""
    made = loader.collaborators.clock()
    named_at = loader.named_at or made
    last = named_at + timedelta(seconds=_MOST_IN_A_SECOND)
    while True:
        name = derived_name(loader.subject, SCRATCH_LABEL, named_at)
        try:
            _make(loader, name, made)
        except ServerError as error:
            if error.kind not in _TAKEN or named_at >= last:
                raise
            named_at += timedelta(seconds=1)
        else:
            return name


def _make(loader: Loader, name: str, made: datetime) -> None:
    manifest = loader.source.manifest
    requirements = manifest.requirements if manifest else None
    locale = requirements.locale.value() if requirements and requirements.locale else None
    mark = Mark(
        kind=MarkKind.SCRATCH,
        database=loader.subject,
        job=loader.application_name,
        at=made,
        source=visible(loader.source.name),
    )
    space = requirements.tablespace if requirements and requirements.tablespace != _DEFAULT_SPACE else None
    trace = DatabaseTrace(loader.instance.identity().address, name)
    with loader.collaborators.journal.entry(trace, loader.application_name):
        told = _create(loader, name, locale, str(mark), space)
    for sentence in told:
        loader.task.warn(f"{loader.subject}: {sentence}")


def _create(loader: Loader, name: str, locale: Locale | None, comment: str, space: str | None) -> list[str]:
    """Create it, with as much of locale and tablespace as the server has; what it has not, in sentences."""
    told: list[str] = []
    while True:
        try:
            loader.instance.create_database(name, locale, comment, space)
        except ServerError as error:
            if space is not None and error.kind in _NO_SUCH_SPACE:
                told.append(f"it was in the tablespace {space}, which this server or role has not: {error}")
                space = None
            elif locale not in {None, _by_bytes(locale)} and error.kind in _NO_SUCH_LOCALE:
                told.append(_no_locale(locale))
                locale = _by_bytes(locale)
            else:
                raise
        else:
            return told


def _by_bytes(locale: Locale | None) -> Locale | None:
    """What every server has."""
    return locale and Locale(locale.encoding, "libc", "C", "C")


def _no_locale(locale: Locale | None) -> str:
    name = f"{locale.locale or locale.collate} ({locale.provider})" if locale else ""
    return f"this server has not the locale {name}; the database sorts by bytes (C)"


def _drop(loader: Loader, name: str) -> None:
    try:
        _wait_for_its_sessions(loader)
        loader.instance.drop_database(name)
    except ServerError as error:
        loader.task.warn(f"the scratch database {name} is left, drop it: {error}")


def _wait_for_its_sessions(loader: Loader) -> None:
    """Those of our programs, which have ended. The server may not know it when the network swallowed the end:
    a session that stays then is nobody's, and goes with the database."""
    seconds = min(_FAREWELL, loader.collaborators.limits.stall)
    try:
        loader.instance.wait_until_gone(loader.application_name, seconds)
    except ServerError as error:
        if error.kind != "stays":
            raise
