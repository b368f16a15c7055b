"""What killed runs have left and swaps have kept: told once a session, removed when that is wanted.

It is looked for in a thread, after both ends have answered, so that the board never waits for it. Who has
begun to work by then is told in passing.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod

from bak_tui.core.command_line import bak_line
from bak_tui.core.errors import BakError
from bak_tui.core.leftovers import PROVEN_ONLY, Leftovers
from bak_tui.core.profile import Profile
from bak_tui.core.wording import plural, size
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.board import Board
from bak_tui.operations.doctor.marked import MarkedDatabase
from bak_tui.tui.clock import Clock
from bak_tui.tui.dialogs.ask import TypeName
from bak_tui.tui.dialogs.leftovers import LeftoversDialog, Tidy
from bak_tui.tui.screens.doing import Doing

_MOST_LISTED = 20_000
"""Objects in a bucket that is listed once more, for those that have lost each other; doctor lists all."""


class Tidying(Doing):
    """The offer that the workbench makes when a profile was opened."""

    def __init__(self, bak: Bak, clock: Clock) -> None:
        super().__init__(bak, clock)
        self._looked_after: set[str] = set()
        """Profiles whose ends were asked for leftovers already."""

    @abstractmethod
    def action_refresh(self) -> None:
        """Ask server and bucket again."""

    @abstractmethod
    def complain(self, error: BakError) -> None:
        """Say what did not work."""

    async def offer_to_clean(self, board: Board) -> None:
        """Nothing goes by itself: what is proven to be left by one key, what is kept by its typed name."""
        profile = self.profile
        if profile is None or profile.is_read_only or profile.name in self._looked_after:
            return
        self._looked_after.add(profile.name)
        try:
            found, kept = await asyncio.to_thread(self._look, profile, board)
            if not (found.removable or kept):
                return
            if self.app.screen is not self or self.bak.engine.jobs:
                # Who is at work already is told, and no key of theirs falls into a dialog.
                many = plural(len(found.removable) + len(kept), "thing")
                told = f"{many} left by killed runs or kept by swaps"
                self.notify(f"{told}: bak doctor", markup=False)
                return
            match await self.app.push_screen_wait(LeftoversDialog(profile, found, kept)):
                case Tidy.CLEAN:
                    await self._clean(profile, found)
                case Tidy.DROP:
                    await self._drop(profile, kept)
                case Tidy.KEEP | None:
                    pass
        except BakError as error:
            self.complain(error)

    def _look(self, profile: Profile, board: Board) -> tuple[Leftovers, tuple[MarkedDatabase, ...]]:
        inventory = board.inventory
        is_small = inventory is not None and inventory.others + len(inventory.dumps) <= _MOST_LISTED
        found = self.bak.house.find(profile, PROVEN_ONLY, lists_objects=is_small)
        return found, self.bak.house.kept(profile)

    async def _clean(self, profile: Profile, found: Leftovers) -> None:
        cleaned = await asyncio.to_thread(self.bak.house.clean, profile, found)
        for error in filter(None, (each.error for each in cleaned)):
            self.complain(error)
        gone = [each for each in cleaned if each.error is None]
        self.notify(f"{plural(len(gone), 'thing')} removed", markup=False)
        self.action_refresh()

    async def _drop(self, profile: Profile, kept: tuple[MarkedDatabase, ...]) -> None:
        """Each by its own name, until one is not wanted."""
        for each in kept:
            dialog = TypeName(
                "Drop",
                profile,
                f"This drops {each.name} for good",
                [("lost", f"{size(each.size)}, what {each.mark.database} was before a swap")],
                name=each.name,
                verb="Drop",
                place=str(profile.server),
                command=bak_line("doctor", profile, "--drop", each.name, "--confirm", each.name),
            )
            if not await self.app.push_screen_wait(dialog):
                return
            await asyncio.to_thread(self.bak.house.drop, profile, [each.name], {each.name})
            self.notify(f"{each.name} was dropped", markup=False)
            self.action_refresh()
