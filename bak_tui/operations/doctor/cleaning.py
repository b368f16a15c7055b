"""Remove what killed runs have left: each thing looked at once more just before it goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bak_tui.core.errors import BakError, FileProblem, UsageError
from bak_tui.core.journal import UploadTrace
from bak_tui.core.leftovers import Cleaned, Leftover, LeftoverKind, Leftovers
from bak_tui.core.names import checked_dump, manifest_path, manifested
from bak_tui.core.objects import OpenUpload
from bak_tui.core.profile import Profile
from bak_tui.operations.doctor.marked import is_unmarked, marked_databases
from bak_tui.operations.doctor.searching import is_gone, is_orphan
from bak_tui.operations.permission import refuse_cleaning
from bak_tui.operations.ports import Collaborators
from bak_tui.services.journal import remove
from bak_tui.services.throwaway import clear_if_dead, is_throwaway


def clean(collaborators: Collaborators, profile: Profile, leftovers: Leftovers) -> tuple[Cleaned, ...]:
    """Remove what may go, and close the journal's entries of which nothing is left then.

    A thing that cannot be removed stops no other. Raises UsageError for a read-only profile.
    """
    refuse_cleaning(profile)
    ways: dict[LeftoverKind, Callable[[Collaborators, Profile, Leftover], None]] = {
        LeftoverKind.UPLOAD: _abort,
        LeftoverKind.OBJECT: _delete,
        LeftoverKind.TRIAL: _delete,
        LeftoverKind.MANIFEST: _delete_manifest,
        LeftoverKind.CHECKS: _delete_checks,
        LeftoverKind.DATABASE: _drop,
        LeftoverKind.FILE: lambda _services, _profile, each: remove(Path(each.name)),
        LeftoverKind.SPOOL: lambda _services, _profile, each: _remove_spool(Path(each.name)),
        LeftoverKind.FILLED: lambda _services, _profile, _each: None,  # it is told no more, and stays
    }
    done = []
    for leftover in leftovers.removable:
        try:
            ways[leftover.kind](collaborators, profile, leftover)
        except BakError as error:
            done.append(Cleaned(leftover, error))
        else:
            done.append(Cleaned(leftover))
    failed = {each.leftover.entry for each in done if each.error is not None}
    for entry in {*leftovers.settled, *(each.leftover.entry for each in done)} - failed - {""}:
        collaborators.journal.close(entry)
    return tuple(done)


def _abort(collaborators: Collaborators, profile: Profile, leftover: Leftover) -> None:
    if not leftover.upload_id:
        return  # the store lists none and the journal knows none: there is only its entry to close
    upload = OpenUpload(leftover.name, leftover.upload_id, leftover.since)
    collaborators.store(profile.target).abort(upload)


def _delete(collaborators: Collaborators, profile: Profile, leftover: Leftover) -> None:
    store = collaborators.store(profile.target)
    entries = [entry for entry, _ in collaborators.journal.past().entries if entry.id == leftover.entry]
    traces = [entry.trace for entry in entries if isinstance(entry.trace, UploadTrace)]
    # What no journal knows was named by the user: half a directory.
    is_left = is_orphan(store, traces[0]) if traces else store.head(manifest_path(leftover.name)) is None
    if not is_left:
        raise UsageError(f"{leftover.where} is no leftover any more", hint="bak doctor looks again")
    inside = [stored.key for page in store.pages(f"{leftover.name}/") for stored in page.objects]
    store.delete(inside or [leftover.name])


def _delete_manifest(collaborators: Collaborators, profile: Profile, leftover: Leftover) -> None:
    store = collaborators.store(profile.target)
    if not is_gone(store, manifested(leftover.name)):
        raise UsageError(f"{leftover.where} is no leftover any more", hint="bak doctor looks again")
    store.delete([leftover.name])


def _delete_checks(collaborators: Collaborators, profile: Profile, leftover: Leftover) -> None:
    store = collaborators.store(profile.target)
    if not is_gone(store, checked_dump(leftover.name)):
        raise UsageError(f"{leftover.where} is no leftover any more", hint="bak doctor looks again")
    store.delete([stored.key for page in store.pages(leftover.name) for stored in page.objects])


def _remove_spool(folder: Path) -> None:
    if not is_throwaway(folder):
        remove(folder)
    elif not clear_if_dead(folder):
        raise FileProblem(f"{folder} could not be removed", hint="a server of ours still runs in it, or did")


def _drop(collaborators: Collaborators, profile: Profile, leftover: Leftover) -> None:
    instance = collaborators.postgres(profile.server, "bak")
    still = {each.name for each in marked_databases(instance) if each.is_leftover}
    is_journalled = bool(leftover.entry) and is_unmarked(instance, leftover.name)
    if leftover.name not in still and not is_journalled:
        raise UsageError(f"{leftover.where} is no leftover any more", hint="bak doctor looks again")
    instance.drop_database(leftover.name)
