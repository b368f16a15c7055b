"""Drop databases of our own making by name: what swaps have kept, and scratch databases.

A kept database is somebody's data: its exact name must be typed, it must bear our mark, and nobody may be
working on it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bak_tui.core.errors import UsageError
from bak_tui.core.foreign import visible
from bak_tui.core.profile import Profile
from bak_tui.core.wording import size
from bak_tui.operations.doctor.marked import MarkedDatabase, marked_databases
from bak_tui.operations.permission import refuse_cleaning, require_name
from bak_tui.operations.ports import Collaborators


def plan_drop(
    collaborators: Collaborators, profile: Profile, names: Sequence[str]
) -> tuple[MarkedDatabase, ...]:
    """The databases meant, looked at. Raises UsageError for one that is not ours, or is worked on."""
    refuse_cleaning(profile)
    marked = {each.name: each for each in marked_databases(collaborators.postgres(profile.server, "bak"))}
    for name in dict.fromkeys(names):
        if name not in marked:
            raise UsageError(
                f"{visible(name)} on {profile.server} is no database that a restore made or a swap keeps;"
                " it was left alone",
                hint="bak doctor lists those that are",
            )
        if marked[name].is_busy:
            raise UsageError(f"{marked[name].sentence}; it was left alone", hint="cancel that job first")
    return tuple(marked[name] for name in dict.fromkeys(names))


def drop(
    collaborators: Collaborators, profile: Profile, names: Sequence[str], confirmed: Collection[str]
) -> tuple[MarkedDatabase, ...]:
    """Drop them, for good; all are looked at and confirmed before the first goes.

    Raises UsageError, ConfirmationNeeded, and ServerError where somebody is connected to one.
    """
    planned = plan_drop(collaborators, profile, names)
    require_names(planned, confirmed)
    instance = collaborators.postgres(profile.server, "bak")
    for each in planned:
        instance.drop_database(each.name, has_original=not each.mark.is_kept)
    return planned


def require_names(planned: Sequence[MarkedDatabase], confirmed: Collection[str]) -> None:
    """Raise ConfirmationNeeded for the first whose name was not typed."""
    for each in planned:
        what = f"{visible(each.name)} ({size(each.size)}, of {visible(each.mark.database)})"
        require_name(each.name, confirmed, f"{what} would be dropped for good")
