"""`delete`: dumps of the bucket, when their removal was confirmed by name; never anything else.

Everything is looked at before the first object goes: each must be a dump below the prefix (one that is none
stays, and stops no other), and the whole bucket is listed to tell which databases would be left without a
good backup. Without that listing nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from bak_tui.core.command_line import AD_HOC
from bak_tui.core.errors import FileProblem, UsageError
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile, Target
from bak_tui.core.wording import first_of, plural, size
from bak_tui.operations.bucket.deleting import Deleted, delete_one
from bak_tui.operations.bucket.inventory import Inventory, StoredDump, look_up, take_inventory
from bak_tui.operations.permission import require_name
from bak_tui.operations.ports import Collaborators, ObjectStore
from bak_tui.operations.refused import Refused, or_refused, raise_alone, unless_refused
from bak_tui.services.jobs import Job, Task

_AT_ONCE = 8
"""Dumps that are looked at side by side."""
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """What was confirmed, and how many go at once."""

    confirmed: Collection[str] = field(default_factory=frozenset)
    parallel: int = 1


@dataclass(frozen=True, slots=True)
class DeletePlan:
    """What would be deleted; nothing was touched yet."""

    named: tuple[StoredDump | Refused, ...]
    """All that was asked for, in that order; what is refused stays where it is."""
    bared: tuple[str, ...]
    """Databases that would have no good backup any more, by name."""

    @property
    def dumps(self) -> tuple[StoredDump, ...]:
        """What would go."""
        return tuple(each for each in self.named if isinstance(each, StoredDump))

    @property
    def refused(self) -> tuple[Refused, ...]:
        """What would not, and why."""
        return tuple(each for each in self.named if isinstance(each, Refused))

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(dump.stored.size for dump in self.dumps)

    @property
    def sentence(self) -> str:
        which = first_of([dump.path for dump in self.dumps], _MOST_NAMED)
        what = f"{plural(len(self.dumps), 'dump')} ({size(self.size)}) would be deleted for good: {which}"
        bared = first_of(self.bared, _MOST_NAMED)
        return f"{what}; no good backup would be left of {bared}" if bared else what


def plan_delete(
    collaborators: Collaborators, profile: Profile, dumps: Sequence[StoredDump | Refused]
) -> DeletePlan:
    """Look at everything; asks for no name.

    Raises UsageError when nothing may be deleted at all, and what is wrong with a dump that was named alone.
    """
    target = profile.target
    if profile.is_read_only:
        raise UsageError(
            f"profile {profile.name} is read-only; nothing is deleted from its bucket",
            hint="take read_only out of the profile",
            kind="read_only",
        )
    if not dumps:
        raise FileProblem("there is no dump to delete", hint="bak dumps lists the bucket's", kind="no_dumps")
    store = collaborators.store(target)
    inventory = take_inventory(store, target, looks_at_bytes=False, cache=collaborators.documents)
    named = _looked_at(store, target, dumps, inventory)
    raise_alone(named)
    return DeletePlan(named, _bared(inventory, [each for each in named if isinstance(each, StoredDump)]))


def require_confirmation(profile: Profile, plan: DeletePlan, confirmed: Collection[str]) -> None:
    """Raise ConfirmationNeeded unless the profile's name was typed; the bucket's where there is none.

    Where nothing would go there is nothing to confirm.
    """
    name = profile.target.bucket if profile.name == AD_HOC else profile.name
    if plan.dumps:
        require_name(name, confirmed, f"{profile.target}: {plan.sentence}")


def run_delete(
    collaborators: Collaborators,
    profile: Profile,
    dumps: Sequence[StoredDump | Refused],
    options: DeleteOptions,
    job: Job[Report[Deleted]],
) -> Report[Deleted]:
    """Delete dumps, their manifests and the results of their checks; one that is refused stops no other."""
    plan = plan_delete(collaborators, profile, dumps)
    require_confirmation(profile, plan, options.confirmed)
    store = collaborators.store(profile.target)

    def delete(task: Task, dump: StoredDump) -> Deleted:
        deleted = delete_one(store, dump, task)
        if dump.database in plan.bared:
            task.warn(f"there is no good backup of {dump.database} any more")
        return deleted

    return job.each([(each.name, each) for each in plan.named], options.parallel, unless_refused(delete))


def _looked_at(
    store: ObjectStore, target: Target, dumps: Sequence[StoredDump | Refused], inventory: Inventory
) -> tuple[StoredDump | Refused, ...]:
    """Each as it is now. Of a backup the listing has just told; of another its bytes must be seen."""
    backups = {dump.stored.key: dump for dump in inventory.dumps if dump.is_backup}

    def look(named: StoredDump | Refused) -> StoredDump | Refused:
        if isinstance(named, Refused):
            return named
        backup = backups.get(named.stored.key)
        return backup if backup else or_refused(named.path, partial(_dump_of, store, target, named))

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="bak-delete") as pool:
        return tuple(pool.map(look, dumps))


def _dump_of(store: ObjectStore, target: Target, listed: StoredDump) -> StoredDump:
    """The dump as it is now. Raises UsageError for what is none, or lies outside the prefix."""
    dump = look_up(store, target, listed.stored.key)
    if not dump.stored.key.startswith(target.prefix):
        raise UsageError(f"{dump.stored.key} is not below {target}; it was left alone")
    if not dump.is_dump:
        kind = dump.head.kind if dump.head else "no dump"
        raise UsageError(
            f"{dump.path} is {kind}, no dump of ours; it was left alone",
            hint="only dumps and backups are deleted here; use the store's own tools for other objects",
            kind="no_dump",
        )
    return dump


def _bared(inventory: Inventory, going: Sequence[StoredDump]) -> tuple[str, ...]:
    """Databases that have a good backup now, and none when `going` is gone."""
    keys = {dump.stored.key for dump in going}
    good = [dump for dump in inventory.dumps if dump.is_good]
    staying = {dump.database for dump in good if dump.stored.key not in keys}
    leaving = {dump.database for dump in good if dump.stored.key in keys}
    return tuple(sorted(leaving - staying))
