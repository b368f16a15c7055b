"""A restore over a live database is cancelled by a key, half-way. Fault R35."""

from __future__ import annotations

import pytest

from bak_tui.core.jobs import JobState
from bak_tui.operations.checkpoint import Step
from tests.holding import HeldAt
from tests.operations.conftest import House, house
from tests.samples import databases_of, fill, mark, marked
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import on_stage
from tests.tui.test_workbench import backed_up, to_the_typed_name

__all__ = ["house"]

pytestmark = pytest.mark.asyncio


@pytest.mark.fault("R35")
async def test_a_swap_that_is_cancelled_by_its_key_leaves_the_old_database_and_nothing_else(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    held = HeldAt(Step.RESTORED)
    house.checkpoint = held
    async with on_stage(house) as stage:
        await backed_up(stage, name)
        mark(house.server, name, "today's")
        await to_the_typed_name(stage, name)
        await stage.press(*name, "enter")
        await stage.until(held.reached.is_set)
        await stage.press("4")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        await stage.press("g", "x")
        await stage.until(lambda: stage.jobs.running[0].state is JobState.CANCELLING)
        held.go_on.set()
        await stage.all_ended(2, well=False)
        assert {status.verb: status.state for status in stage.jobs.finished} == {
            "backup": JobState.OK,
            "restore": JobState.CANCELLED,
        }
    assert marked(house.server, name) == "today's"
    assert [each for each in databases_of(house.server) if each.startswith(f"{name}_")] == []
