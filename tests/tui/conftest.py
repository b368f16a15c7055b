"""The interactive session on real servers, driven by its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from bak_tui.core.jobs import JobState
from bak_tui.operations.bak import Bak
from bak_tui.tui.app import BakApp
from bak_tui.tui.panes.bucket import BucketPane
from bak_tui.tui.panes.databases import DatabasesPane
from bak_tui.tui.panes.jobs import JobsPane
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.bounds import SessionBounds
from bak_tui.tui.session.choices import choice_of
from tests import driving
from tests.operations.conftest import House, house
from tests.waiting import PATIENCE

__all__ = ["house"]


@dataclass
class Stage:
    """A running app and the hands that drive it."""

    app: BakApp
    pilot: Pilot[int]
    bak: Bak

    @property
    def workbench(self) -> Workbench:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, Workbench))

    @property
    def databases(self) -> DatabasesPane:
        return self.workbench.query_one(DatabasesPane)

    @property
    def bucket(self) -> BucketPane:
        return self.workbench.query_one(BucketPane)

    @property
    def jobs(self) -> JobsPane:
        return self.workbench.query_one(JobsPane)

    def has_whole_board(self) -> bool:
        """Whether both ends have answered, or failed."""
        board = self.workbench.board
        return board is not None and (board.inventory is not None or board.store_error is not None)

    def send(self, *keys: str) -> None:
        """As a terminal does: all are there before the first is looked at."""
        driving.send(self.app, *keys)

    async def press(self, *keys: str) -> None:
        """Send them, and wait until what the last has brought about stands."""
        await driving.press(self.app, *keys)

    async def opened(self, dialog: type[Screen[Any]], *keys: str) -> None:
        """Press, and wait until that dialog can be typed into: a key that is too early goes elsewhere."""
        await self.press(*keys)
        await self.until(lambda: isinstance(self.app.screen, dialog) and self.app.screen.is_mounted)
        await self.rest()

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Let the app run until it is so."""
        await driving.until(self.app, condition, seconds)

    async def answered(self) -> None:
        """Until all that was asked of servers and files is answered, and what came of it stands."""
        await driving.answered(self.app)

    async def rest(self) -> None:
        """Until nothing is on its way in the app; threads and timers are waited for by `until`."""
        await driving.rest(self.app)

    async def go_to(self, pane: DatabasesPane | BucketPane, name: str) -> None:
        """Put the cursor on the row of that name."""

        def names() -> list[str]:
            return [getattr(row, "database", "") or getattr(row, "name", "") for row in pane.listing.items]

        await self.until(lambda: name in names())
        pane.listing.focus()
        pane.listing.go_to(names().index(name))
        await self.rest()

    async def all_ended(self, number: int, *, well: bool = True) -> None:
        """Wait until so many jobs of this session have ended, and check how."""
        await self.until(lambda: len(self.jobs.finished) == number)
        if well:
            assert {status.state for status in self.jobs.finished} == {JobState.OK}, self.text()

    def text(self) -> str:
        """What stands on the screen, row by row."""
        return driving.text(self.app)


@asynccontextmanager
async def on_stage(
    house: House,
    *,
    size: tuple[int, int] = (160, 45),
    environment: str = "",
    session: SessionBounds = SessionBounds(),  # noqa: B008  # frozen
    waits: bool = True,
) -> AsyncIterator[Stage]:
    """The app on the house's servers; unless it `waits` for nothing, all is answered."""
    bak = house.bak()
    profile = replace(house.profile, environment=environment)
    app = BakApp(Begun(bak, Workbench(bak, [choice_of(profile)], place=session.place)), session=session)
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        if waits:
            await stage.until(stage.has_whole_board)
            await stage.answered()
        yield stage


@pytest.fixture(autouse=True)
def no_animation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
