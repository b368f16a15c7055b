"""A restore over a live database is cancelled by a key, half-way. RELIABILITY.md: R35."""

from __future__ import annotations

import threading

import pytest

from bak_tui.core.jobs import JobState
from bak_tui.operations.checkpoint import Step
from bak_tui.tui.dialogs.ask import TypeName
from tests.operations.conftest import House, house
from tests.samples import databases_of, fill, mark, marked
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import on_stage
from tests.tui.test_workbench import backed_up
from tests.waiting import PATIENCE

__all__ = ["house"]

pytestmark = pytest.mark.asyncio


@pytest.mark.fault("R35")
async def test_a_swap_that_is_cancelled_by_its_key_leaves_the_old_database_and_nothing_else(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    reached, go_on = threading.Event(), threading.Event()

    def hold(passed: Step, _subject: str, /) -> None:
        if passed is Step.RESTORED:
            reached.set()
            go_on.wait(PATIENCE)

    house.checkpoint = hold
    async with on_stage(house) as stage:
        await backed_up(stage, name)
        mark(house.server, name, "today's")
        await stage.press("R", "enter")
        await stage.until(lambda: f"{name}_restored" in stage.text())
        await stage.press("shift+tab", "right", "right", "enter")
        await stage.until(lambda: "what was checked" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, TypeName))
        await stage.press(*name, "enter")
        await stage.until(reached.is_set)
        await stage.press("4")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        await stage.press("g", "x")
        await stage.until(lambda: stage.jobs.running[0].state is JobState.CANCELLING)
        go_on.set()
        await stage.all_ended(2, well=False)
        assert {status.verb: status.state for status in stage.jobs.finished} == {
            "backup": JobState.OK,
            "restore": JobState.CANCELLED,
        }
    assert marked(house.server, name) == "today's"
    assert [each for each in databases_of(house.server) if each.startswith(f"{name}_")] == []
