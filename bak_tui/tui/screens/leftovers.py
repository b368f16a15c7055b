"""What killed runs have left and swaps have kept: told once a session, removed when that is wanted.

It is looked for in a thread, after both ends have answered, so that the board never waits for it. Who has
begun to work by then is told in passing.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from textual.worker import WorkerCancelled

from bak_tui.core.command_line import bak_line
from bak_tui.core.errors import BakError
from bak_tui.core.leftovers import PROVEN_ONLY, Leftovers
from bak_tui.core.profile import Profile
from bak_tui.core.wording import plural, size
from bak_tui.operations.bucket.board import Board
from bak_tui.operations.doctor.marked import MarkedDatabase
from bak_tui.tui.asking import DROPPING
from bak_tui.tui.dialogs.ask import TypeName
from bak_tui.tui.dialogs.leftovers import LeftoversDialog, Tidy
from bak_tui.tui.screens.dump_actions import DumpActions

_MOST_LISTED = 20_000
"""Objects in a bucket that is listed once more, for those that have lost each other; doctor lists all."""


class LeftoversOffer:
    """Made on behalf of a screen, by one of its workers: it waits for answers."""

    def __init__(self, screen: DumpActions) -> None:
        self._screen = screen
        self._looked_after: set[str] = set()
        """Profiles whose ends were asked for leftovers already."""

    async def make(self, profile: Profile, board: Board) -> bool:
        """Nothing goes by itself: what is proven to be left by one key, what is kept by its typed name.

        Tells whether anything was removed.
        """
        if profile.is_read_only or profile.name in self._looked_after:
            return False
        self._looked_after.add(profile.name)
        screen = self._screen
        try:
            found, kept = await asyncio.to_thread(self._look, profile, board)
            if not (found.removable or found.filled or kept):
                return False
            if screen.app.screen is not screen or screen.bak.engine.jobs:
                # Who is at work already is told, and no key of theirs falls into a dialog.
                many = plural(len({*found.removable, *found.filled}) + len(kept), "thing")
                told = f"{many} left by killed runs or kept by swaps"
                screen.notify(f"{told}: bak doctor", markup=False)
                return False
            match await screen.app.push_screen_wait(LeftoversDialog(profile, found, kept)):
                case Tidy.CLEAN:
                    return await self._clean(profile, found)
                case Tidy.DROP:
                    dropping = screen.run_worker(self._drop(profile, kept), group=DROPPING, description="-")
                    with suppress(WorkerCancelled):  # the program is at its end
                        return await dropping.wait()
                case Tidy.KEEP | None:
                    pass
        except BakError as error:
            screen.complain(error)
        return False

    def _look(self, profile: Profile, board: Board) -> tuple[Leftovers, tuple[MarkedDatabase, ...]]:
        inventory = board.inventory
        is_small = inventory is not None and inventory.others + len(inventory.dumps) <= _MOST_LISTED
        house = self._screen.bak.house
        return house.find(profile, PROVEN_ONLY, lists_objects=is_small), house.kept(profile)

    async def _clean(self, profile: Profile, found: Leftovers) -> bool:
        cleaned = await asyncio.to_thread(self._screen.bak.house.clean, profile, found)
        for error in filter(None, (each.error for each in cleaned)):
            self._screen.complain(error)
        gone = [each for each in cleaned if each.error is None]
        self._screen.notify(f"{plural(len(gone), 'thing')} removed", markup=False)
        return bool(gone)

    async def _drop(self, profile: Profile, kept: tuple[MarkedDatabase, ...]) -> bool:
        """Each by its own name, until one is not wanted."""
        are_dropped = False
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
            if not await self._screen.app.push_screen_wait(dialog):
                break
            try:
                await asyncio.to_thread(self._screen.bak.house.drop, profile, [each.name], {each.name})
            except BakError as error:
                self._screen.complain(error)
                break
            self._screen.notify(f"{each.name} was dropped", markup=False)
            are_dropped = True
        return are_dropped
