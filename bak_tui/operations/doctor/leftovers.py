"""Leftovers of killed runs: looked for in the journal, in the bucket and on the server.

Quick enough to be asked at every start: a few requests, each with its time-outs; the bucket is listed only
when that is wished.
An end that does not answer is told among the errors and hides nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bak_tui.core.errors import BakError
from bak_tui.core.journal import (
    DatabaseTrace,
    Entry,
    FileTrace,
    FillTrace,
    Life,
    SpoolTrace,
    UploadTrace,
    without_user,
)
from bak_tui.core.leftovers import (
    PROVEN_ONLY,
    Claims,
    Leftover,
    LeftoverKind,
    Leftovers,
    why_filled_kept,
    why_kept,
)
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.operations.doctor.marked import is_unmarked, marked_databases
from bak_tui.operations.doctor.searching import BucketSearch, journalled
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.services.journal import partial_files, spool_left

Told = tuple[Entry, Life]


def find_leftovers(
    collaborators: Collaborators,
    profile: Profile,
    claims: Claims = PROVEN_ONLY,
    *,
    lists_objects: bool = False,
) -> Leftovers:
    """Everything of the profile's bucket and server, and of this machine's folders. Raises nothing.

    With `lists_objects` the whole bucket is listed for dumps and manifests that have lost each other.
    """
    past = collaborators.journal.past()
    ended = [(entry, life) for entry, life in past.entries if life is not Life.ALIVE]
    found = list(_local(ended))
    errors: list[BakError] = []
    here: list[Told] = []
    made: list[Told] = []
    notes = [*past.problems, *filter(None, [collaborators.journal.problem])]
    if profile.given_target is not None:
        try:
            here = _of_bucket(collaborators, profile.given_target, ended)
            search = BucketSearch(collaborators, profile.given_target, claims)
            search.look([entry for entry, _ in past.entries], here, lists_objects=lists_objects)
            found += search.found
            notes += search.notes
        except BakError as error:
            errors.append(error)
    found += _elsewhere(ended, here) if not errors else []
    if profile.given_server is not None:
        try:
            instance = collaborators.postgres(profile.given_server, "bak")
            found += _databases(instance, profile.given_server)
            made = _being_made(instance, ended)
            found += _unmarked(instance, made)
            found += _filled(instance, made, claims)
        except BakError as error:
            errors.append(error)
    spoken_of = {leftover.entry for leftover in found}
    local = [told for told in ended if isinstance(told[0].trace, FileTrace | SpoolTrace)]
    looked_at = [*local, *here, *made]
    settled = [e.id for e, life in looked_at if life is Life.DEAD and e.id not in spoken_of]
    return Leftovers(tuple(found), tuple(errors), tuple(notes), tuple(settled) if not errors else ())


def _local(ended: Sequence[Told]) -> Iterator[Leftover]:
    for entry, life in ended:
        match entry.trace:
            case FileTrace(uri):
                for path in partial_files(uri):
                    yield journalled(LeftoverKind.FILE, str(path), str(path), entry, life)
            case SpoolTrace(uri):
                spool: Path | None = spool_left(uri)
                if spool is not None:
                    yield journalled(LeftoverKind.SPOOL, str(spool), str(spool), entry, life)
            case UploadTrace() | DatabaseTrace() | FillTrace():
                pass


def _of_bucket(collaborators: Collaborators, target: Target, ended: Sequence[Told]) -> list[Told]:
    endpoint = without_user(collaborators.store(target).endpoint_in_use())
    place = (endpoint, target.bucket)
    return [told for told in ended if isinstance(told[0].trace, UploadTrace) and _place(told[0]) == place]


def _place(entry: Entry) -> tuple[str, str]:
    trace = entry.trace
    return (trace.endpoint, trace.bucket) if isinstance(trace, UploadTrace) else ("", "")


def _elsewhere(ended: Sequence[Told], here: Sequence[Told]) -> Iterator[Leftover]:
    """Uploads into other buckets: there may be something, and only who can reach them can tell."""
    for told in ended:
        entry, trace = told[0], told[0].trace
        if isinstance(trace, UploadTrace) and told not in here:
            where = f"s3://{trace.bucket}/{trace.key} at {trace.endpoint}"
            kept = "another bucket; bak doctor with that bucket can tell what is left"
            yield Leftover(LeftoverKind.UPLOAD, trace.key, where, entry.at, entry.whose, kept, entry=entry.id)


def _databases(instance: Postgres, server: Server) -> Iterator[Leftover]:
    for each in marked_databases(instance):
        if each.is_leftover:
            whose = f"{each.mark.job}, a restore of {each.mark.database}"
            yield Leftover(LeftoverKind.DATABASE, each.name, f"{each.name} on {server}", each.mark.at, whose)


def _being_made(instance: Postgres, ended: Sequence[Told]) -> list[Told]:
    """Databases that a run was making or filling on this server when it ended."""
    if not any(isinstance(entry.trace, DatabaseTrace | FillTrace) for entry, _ in ended):
        return []
    here = instance.identity().address
    return [
        told
        for told in ended
        if isinstance(told[0].trace, DatabaseTrace | FillTrace) and told[0].trace.server == here
    ]


def _unmarked(instance: Postgres, made: Sequence[Told]) -> Iterator[Leftover]:
    for entry, life in made:
        if isinstance(entry.trace, DatabaseTrace) and is_unmarked(instance, entry.trace.name):
            where = f"{entry.trace.name} on {entry.trace.server}"
            yield journalled(LeftoverKind.DATABASE, entry.trace.name, where, entry, life)


def _filled(instance: Postgres, made: Sequence[Told], claims: Claims) -> Iterator[Leftover]:
    """Those that hold something: one that was emptied, or dropped, is done with."""
    fills = [told for told in made if isinstance(told[0].trace, FillTrace)]
    there = {database.name for database in instance.databases()} if fills else set()
    for entry, life in fills:
        name = entry.trace.name if isinstance(entry.trace, FillTrace) else ""
        if name in there and not instance.is_empty(name):
            where = f"{name} on {instance.identity().address}"
            kept = why_kept(life) or why_filled_kept(name, claims)
            yield Leftover(LeftoverKind.FILLED, name, where, entry.at, entry.whose, kept, entry=entry.id)
