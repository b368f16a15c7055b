"""`Housekeeping`: what runs have left and swaps have kept, and its removal. It only wires, as `Bak` does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from bak_tui.core.errors import ConfirmationNeeded
from bak_tui.core.leftovers import PROVEN_ONLY, Claims, Cleaned, Leftovers
from bak_tui.core.profile import Profile
from bak_tui.operations.on_demand import on_demand
from bak_tui.operations.permission import refuse_cleaning
from bak_tui.operations.ports import Collaborators

if TYPE_CHECKING:
    from bak_tui.operations.doctor.cleaning import clean
    from bak_tui.operations.doctor.dropping import drop, plan_drop, require_names
    from bak_tui.operations.doctor.leftovers import find_leftovers
    from bak_tui.operations.doctor.marked import MarkedDatabase, marked_databases
else:
    clean = on_demand("doctor.cleaning", "clean")
    drop = on_demand("doctor.dropping", "drop")
    plan_drop = on_demand("doctor.dropping", "plan_drop")
    require_names = on_demand("doctor.dropping", "require_names")
    find_leftovers = on_demand("doctor.leftovers", "find_leftovers")
    marked_databases = on_demand("doctor.marked", "marked_databases")


class Housekeeping:
    """Finding raises nothing; removing refuses a read-only profile."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._with = collaborators

    def find(
        self, profile: Profile, claims: Claims = PROVEN_ONLY, *, lists_objects: bool = False
    ) -> Leftovers:
        """What killed runs have left, and what of it `clean` would remove."""
        return find_leftovers(self._with, profile, claims, lists_objects=lists_objects)

    def allow(self, profile: Profile, found: Leftovers, line: str, *, confirmed: bool) -> None:
        """Raise ConfirmationNeeded with the `line` to use when something would go and nobody said yes."""
        refuse_cleaning(profile)
        if found.removable and not confirmed:
            raise ConfirmationNeeded(f"{found.sentence} would be removed; nothing was touched", hint=line)

    def clean(self, profile: Profile, found: Leftovers) -> tuple[Cleaned, ...]:
        """Remove what may go."""
        return clean(self._with, profile, found)

    def kept(self, profile: Profile) -> tuple[MarkedDatabase, ...]:
        """What swaps have kept on the profile's server, newest first."""
        if profile.given_server is None:
            return ()
        marked = marked_databases(self._with.postgres(profile.given_server, "bak"))
        return tuple(each for each in marked if each.mark.is_kept)

    def dropping(
        self, profile: Profile, names: Sequence[str], confirmed: Collection[str] | None = None
    ) -> tuple[MarkedDatabase, ...]:
        """The plan of `drop`; with `confirmed` also ConfirmationNeeded where a name is missing."""
        planned = plan_drop(self._with, profile, names)
        if confirmed is not None:
            require_names(planned, confirmed)
        return planned

    def drop(
        self, profile: Profile, names: Sequence[str], confirmed: Collection[str]
    ) -> tuple[MarkedDatabase, ...]:
        """Drop kept and scratch databases by name."""
        return drop(self._with, profile, names, confirmed)
