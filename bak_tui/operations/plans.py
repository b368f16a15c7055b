"""Plans: what a verb would do, decided by the very code that would do it. Nothing is touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from bak_tui.core.profile import Profile, Server
from bak_tui.core.selection import Selection
from bak_tui.operations.on_demand import on_demand
from bak_tui.operations.ports import Collaborators
from bak_tui.services.history import PastJobs

if TYPE_CHECKING:
    from bak_tui.core.plan import Prospect
    from bak_tui.operations.backup.run import BackupOptions, RunPlan, plan_run
    from bak_tui.operations.bucket.delete import DeletePlan, plan_delete, require_confirmation
    from bak_tui.operations.bucket.inventory import StoredDump
    from bak_tui.operations.refused import Refused
    from bak_tui.operations.restore.prospects import foresee
    from bak_tui.operations.restore.sources import DumpSource
    from bak_tui.operations.restore.targets import RestoreOptions, choose_targets, require_names
    from bak_tui.operations.restore.trust import Unvouched, unvouched
    from bak_tui.operations.restore.undo import UndoOptions, UndoPlan, plan_undo
else:
    plan_run = on_demand("backup.run", "plan_run")
    plan_delete = on_demand("bucket.delete", "plan_delete")
    require_confirmation = on_demand("bucket.delete", "require_confirmation")
    foresee = on_demand("restore.prospects", "foresee")
    choose_targets = on_demand("restore.targets", "choose_targets")
    require_names = on_demand("restore.targets", "require_names")
    unvouched = on_demand("restore.trust", "unvouched")
    plan_undo = on_demand("restore.undo", "plan_undo")


class Plans:
    """Every plan there is. They raise what the verb itself would raise beforehand."""

    def __init__(self, collaborators: Collaborators, history: Callable[[], PastJobs]) -> None:
        self._with = collaborators
        self._history = history

    def backup(self, server: Server, selection: Selection, options: BackupOptions) -> RunPlan:
        """A backup's or dump's databases, keys and tools."""
        return plan_run(self._with, server, selection, options)

    def restore(
        self, server: Server, dumps: Sequence[DumpSource], options: RestoreOptions
    ) -> tuple[Prospect, ...]:
        """Each dump's target with what is created, replaced, kept and lost. Asks for no name to be typed."""
        return foresee(self._with, server, dumps, options, self._history())

    def confirm_restore(self, server: Server, dumps: Sequence[DumpSource], options: RestoreOptions) -> None:
        """Raise ConfirmationNeeded when a target's name must be typed first, and was not."""
        require_names(choose_targets(self._with, server, dumps, options), options.confirmed)

    def unvouched(self, server: Server, dumps: Sequence[DumpSource]) -> tuple[Unvouched, ...]:
        """The dumps whose code a superuser would run though nothing vouches for it."""
        return unvouched(self._with, server, dumps)

    def delete(self, profile: Profile, dumps: Sequence[StoredDump | Refused]) -> DeletePlan:
        """What would go, and which databases would have no good backup then. Asks for no name to be typed."""
        return plan_delete(self._with, profile, dumps)

    def confirm_delete(
        self, profile: Profile, dumps: Sequence[StoredDump | Refused], confirmed: Collection[str]
    ) -> None:
        """Raise ConfirmationNeeded when the profile's (or bucket's) name must be typed first, and was not."""
        require_confirmation(profile, plan_delete(self._with, profile, dumps), confirmed)

    def undo(self, server: Server, database: str, options: UndoOptions) -> UndoPlan:
        """Which databases would change their names. Raises ConfirmationNeeded without the name."""
        return plan_undo(self._with, server, database, options)
