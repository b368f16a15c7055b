"""What panes say while they wait or nobody answers, and what a filter finds: on the scenes' data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.widgets._toast import Toast

from bak_tui.tui.dialogs.ask import AskPassword
from tests.scenes.catalogue import CHOICES, Scene
from tests.scenes.drawing import SceneApp
from tests.scenes.scene_bak import LockedServer, LostServer, SceneBak, SceneServer
from tests.tui.conftest import Stage
from tests.tui.places import on_scene

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def on_a_slow_bucket(server: SceneServer) -> AsyncIterator[Stage]:
    bak = SceneBak.waiting(server)
    app = SceneApp(Scene("test", (120, 36), bak=lambda: bak, choices=CHOICES))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        try:
            yield Stage(app, pilot, bak)
        finally:
            assert bak.may_answer is not None
            bak.may_answer.set()


async def bucket_answers(stage: Stage) -> None:
    assert isinstance(stage.bak, SceneBak)
    assert stage.bak.may_answer is not None
    assert not stage.has_whole_board()
    stage.bak.may_answer.set()
    await stage.until(stage.has_whole_board)
    await stage.pilot.pause()


async def test_a_password_is_asked_for_once_however_late_the_bucket_answers() -> None:
    async with on_a_slow_bucket(LockedServer()) as stage:
        await stage.until(lambda: isinstance(stage.app.screen, AskPassword))
        await bucket_answers(stage)
        assert [isinstance(screen, AskPassword) for screen in stage.app.screen_stack].count(True) == 1
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.workbench)
        await stage.press("r")
        await stage.until(lambda: isinstance(stage.app.screen, AskPassword))


async def test_a_lost_server_is_told_once_however_late_the_bucket_answers() -> None:
    async with on_a_slow_bucket(LostServer()) as stage:
        await stage.until(lambda: len(stage.app.screen.query(Toast)) == 1)
        await bucket_answers(stage)
        assert len(stage.app.screen.query(Toast)) == 1


@pytest.mark.parametrize(
    ("typed", "found"), [("2026-11-2", 4), ("2026-11-14 09:30", 1), ("2026-09", 2), ("--", 0)]
)
async def test_a_time_finds_the_dump_as_its_row_shows_it(typed: str, found: int) -> None:
    async with on_scene() as stage:
        await stage.go_to(stage.databases, "indexd-prod")
        await stage.press("enter")
        await stage.until(lambda: len(stage.bucket.listing.items) > 10)
        await stage.press("slash", *typed)
        await stage.until(lambda: f"{found} of 15" in str(stage.bucket.border_subtitle))
