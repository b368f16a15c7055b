"""Nothing moves under the cursor: what comes in, ends or is sorted leaves it on its row and line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bak_tui.core.jobs import JobId, JobState
from bak_tui.tui.messages import JobUpdated
from bak_tui.tui.widgets.listing import Listing
from tests.scenes.jobs import ENDED, RUNNING
from tests.tui.conftest import Stage
from tests.tui.places import on_scene

pytestmark = pytest.mark.asyncio


def line(listing: Listing[Any]) -> int:
    """The screen's line that the cursor is on."""
    return listing.cursor - round(listing.scroll_offset.y)


def ids(stage: Stage) -> list[int]:
    return [status.id for status in stage.jobs.listing.items]


async def news(stage: Stage, number: int, state: JobState) -> None:
    known = next((status for status in RUNNING if status.id == number), ENDED[0])
    stage.workbench.post_message(JobUpdated(replace(known, id=JobId(number), state=state)))
    await stage.until(
        lambda: any(each.id == number and each.state is state for each in stage.jobs.listing.items)
    )


async def test_a_job_that_ends_changes_in_place_and_goes_down_when_the_cursor_leaves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with on_scene() as stage:
        await stage.press("4", "g")
        before = ids(stage)
        assert before[:2] == [418, 419]
        monkeypatch.setattr("bak_tui.tui.panes.jobs._STAYS", 3600)
        await news(stage, 418, JobState.OK)
        await news(stage, 419, JobState.OK)
        assert ids(stage) == before
        monkeypatch.setattr("bak_tui.tui.panes.jobs._STAYS", 0.01)
        await news(stage, 700, JobState.RUN)
        await news(stage, 700, JobState.OK)
        await stage.until(lambda: stage.jobs._kept.keys() == {418, 419})
        assert stage.jobs.listing.current is not None
        assert stage.jobs.listing.current.id == 418
        assert ids(stage)[:2] == [418, 419], "the time of one is not that of another"
        await stage.press("j")
        await stage.until(lambda: ids(stage)[:3] == [419, 700, 418])
        await stage.press("j")
        await stage.until(lambda: ids(stage) == sorted([*before, 700], reverse=True))


async def test_how_far_a_job_is_is_drawn_now_and_then_and_what_becomes_of_it_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (task,) = RUNNING[0].tasks
    further = replace(RUNNING[0], tasks=(replace(task, done=(task.total or 0) // 2),))
    async with on_scene((160, 45)) as stage:
        monkeypatch.setattr("bak_tui.tui.screens.job_actions._MOVES_SECONDS", 3600)
        stage.workbench.post_message(JobUpdated(further))
        await stage.until(lambda: stage.jobs.running[0] == further)
        await stage.rest()
        assert "~61 %" in stage.text()
        stage.workbench.post_message(JobUpdated(replace(RUNNING[1], state=JobState.CANCELLING)))
        await stage.until(lambda: "CANCELLING" in stage.text())
        assert "~50 %" in stage.text(), "what is drawn is the newest"
    monkeypatch.undo()
    async with on_scene((160, 45)) as stage:
        stage.workbench.post_message(JobUpdated(further))
        await stage.until(lambda: "~50 %" in stage.text())


async def test_a_job_whose_time_was_over_under_the_cursor_goes_down_when_the_focus_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with on_scene() as stage:
        await stage.press("4", "g")
        monkeypatch.setattr("bak_tui.tui.panes.jobs._STAYS", 0.01)
        await news(stage, 418, JobState.OK)
        await stage.until(lambda: stage.jobs._due == {418})
        assert ids(stage)[0] == 418, "under the cursor it stays, however long"
        await stage.press("2")
        await stage.until(lambda: ids(stage)[0] == 419)


async def test_a_key_pressed_while_a_job_ends_falls_on_no_other_job() -> None:
    async with on_scene() as stage:
        await stage.press("4", "slash", *"prod run", "enter", "G")
        await stage.until(lambda: stage.jobs.listing.has_focus and ids(stage) == [418, 419])
        stage.workbench.post_message(JobUpdated(replace(RUNNING[1], state=JobState.OK)))
        stage.send("x")
        await stage.until(lambda: "job 419 has ended" in stage.text())
        assert stage.bak.engine.cancelled == []  # type: ignore[attr-defined]  # the scene's
        assert ids(stage) == [418, 419]
        await stage.press("k")
        await stage.until(lambda: ids(stage) == [418])


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=str)
async def test_jobs_that_come_in_above_leave_the_cursor_on_its_line(size: tuple[int, int]) -> None:
    async with on_scene(size) as stage:
        await stage.press("4")
        for number in range(500, 540):
            stage.workbench.post_message(JobUpdated(replace(ENDED[0], id=JobId(number))))
        await stage.until(lambda: set(range(500, 540)) <= set(ids(stage)))
        await stage.press("g", *"jjjjjjjjjjjjjjjjjjjjjjjjj")
        await stage.until(lambda: stage.jobs.listing.cursor == 25)
        await stage.press("k", "k")
        held, where = stage.jobs.listing.current, line(stage.jobs.listing)
        assert held is not None
        assert where > 0
        for number in (600, 601, 602):
            await news(stage, number, JobState.RUN)
        assert stage.jobs.listing.current == held
        assert line(stage.jobs.listing) == where


async def test_sorting_leaves_the_cursor_on_its_database_and_line_where_there_are_rows_enough() -> None:
    async with on_scene((120, 30)) as stage:
        listing = stage.databases.listing
        await stage.press("2", "g", *"jjjjjjjj")
        await stage.until(lambda: listing.cursor == 8)
        held = listing.current
        assert held is not None
        for _ in range(3):
            await stage.press("s")
            await stage.rest()
            assert listing.current is not None
            assert listing.current.database == held.database
            assert 0 <= line(listing) < listing.size.height
