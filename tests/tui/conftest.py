"""The interactive session on real servers, driven by its keys."""

from __future__ import annotations

import asyncio
import time
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
from bak_tui.tui.screens.opening import Opening
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.bounds import SessionBounds
from bak_tui.tui.session.choices import choice_of
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

    async def press(self, *keys: str) -> None:
        """Press them, and wait until the last was handed on: the pilot goes on as soon as nothing moves."""
        await self.pilot.press(*keys)
        await self.until(self._is_handed_on)

    def _is_handed_on(self) -> bool:
        """Whether no key waits; nothing takes one before there is a workbench, and after the end."""
        app = self.app
        return not app.is_running or isinstance(app.screen, Opening) or app.typeahead.is_empty

    async def opened(self, dialog: type[Screen[Any]], *keys: str) -> None:
        """Press, and wait until that dialog can be typed into: a key that is too early goes elsewhere."""
        await self.press(*keys)
        await self.until(lambda: isinstance(self.app.screen, dialog) and self.app.screen.is_mounted)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Let the app run until it is so."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"still not so after {seconds} s:\n{self.text()}"
            await self.pilot.pause(0.02)
            await asyncio.sleep(0)

    async def go_to(self, pane: DatabasesPane | BucketPane, name: str) -> None:
        """Put the cursor on the row of that name."""

        def names() -> list[str]:
            return [getattr(row, "database", "") or getattr(row, "name", "") for row in pane.listing.items]

        await self.until(lambda: name in names())
        pane.listing.focus()
        pane.listing.go_to(names().index(name))
        await self.pilot.pause()

    async def all_ended(self, number: int, *, well: bool = True) -> None:
        """Wait until so many jobs have ended, and check how."""
        await self.until(lambda: len(self.jobs.finished) == number)
        if well:
            assert {status.state for status in self.jobs.finished} == {JobState.OK}, self.text()

    def text(self) -> str:
        """What stands on the screen, row by row."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips[:height])[: (width + 1) * height]


@asynccontextmanager
async def on_stage(
    house: House,
    *,
    size: tuple[int, int] = (160, 45),
    environment: str = "",
    session: SessionBounds = SessionBounds(),  # noqa: B008  # frozen
    waits: bool = True,
) -> AsyncIterator[Stage]:
    """The app on the house's servers, its board read unless it `waits` for nothing."""
    bak = house.bak()
    profile = replace(house.profile, environment=environment)
    app = BakApp(Begun(bak, Workbench(bak, [choice_of(profile)], place=session.place)), session=session)
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        if waits:
            await stage.until(stage.has_whole_board)
        yield stage


@pytest.fixture(autouse=True)
def no_animation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
