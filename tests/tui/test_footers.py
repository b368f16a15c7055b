"""The footer says what works now: whatever dialog was opened over whatever pane, and closed again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.jobs import JobId, JobState
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.messages import JobUpdated, WritingRefused
from bak_tui.tui.widgets.keys import Keys
from tests.scenes.jobs import RUNNING
from tests.tui.buttons import STATES
from tests.tui.conftest import Stage
from tests.tui.places import BUCKET, DATABASES, JOBS, LOG, PROFILES, Place

pytestmark = pytest.mark.asyncio


def said(stage: Stage) -> list[object]:
    """What the footer says, and which actions it says it of."""
    return [(keys.lines, keys.shown) for keys in stage.app.screen.query(Keys)]


async def assert_fresh(stage: Stage, where: str) -> None:
    """It says what it would say if it were asked again; `check_action` may have changed its mind since."""
    await stage.rest()
    before = said(stage)
    for keys in stage.app.screen.query(Keys):
        keys._renew(stage.app.screen)
    assert said(stage) == before, f"the footer is stale {where}"


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=str)
@pytest.mark.parametrize("place", [DATABASES, BUCKET, JOBS, PROFILES], ids=lambda place: place.name)
async def test_no_footer_is_stale_after_a_dialog_has_come_and_gone(
    place: Place, size: tuple[int, int], tmp_path: Path
) -> None:
    async with replace(place, size=size).reached() as stage:
        await place.enter(stage)
        await assert_fresh(stage, f"in {place.name}")
        for state in STATES:
            if state.keys:
                continue
            dialog = state.make(stage, tmp_path)
            stage.app.push_screen(dialog)
            await stage.until(lambda: stage.app.screen is dialog and dialog.query(Keys))  # noqa: B023  # awaited
            await assert_fresh(stage, f"in {state.name}")
            dialog.dismiss(None)
            await stage.until(lambda: isinstance(stage.app.screen, type(stage.workbench)))
            await assert_fresh(stage, f"in {place.name} after {state.name}")
        assert not isinstance(stage.app.screen, Dialog)


@pytest.mark.parametrize("place", [DATABASES, BUCKET, JOBS], ids=lambda place: place.name)
async def test_no_footer_is_stale_after_what_changed_while_a_dialog_was_open_or_was_not(place: Place) -> None:
    async with place.reached() as stage:
        await place.enter(stage)
        for number, is_covered in enumerate((False, True)):
            if is_covered:
                await stage.press("f1")
                await stage.press("f1")
                await stage.press("i" if place is not JOBS else "L")
                await stage.until(lambda: isinstance(stage.app.screen, Dialog))
            ended = replace(RUNNING[number], state=JobState.FAILED, outcome="done", may_repeat=True)
            stage.workbench.post_message(JobUpdated(ended))
            ids = {status.id for status in RUNNING[: number + 1]}
            await stage.until(lambda: not ids & {each.id for each in stage.jobs.running})  # noqa: B023  # awaited
            stage.workbench.post_message(
                JobUpdated(replace(ended, id=JobId(900 + number), state=JobState.WAIT))
            )
            stage.workbench.post_message(WritingRefused("gen3-prod"))
            await stage.until(lambda: "gen3-prod" in stage.workbench.only_read)
            await assert_fresh(stage, f"in {place.name}")
            if is_covered:
                await stage.press("escape")
                await stage.until(lambda: stage.app.screen is stage.workbench)
                await assert_fresh(stage, f"in {place.name} when it is seen again")


def footer(stage: Stage) -> str:
    return "".join(text for keys in stage.app.screen.query(Keys) for line in keys.lines for text, _ in line)


async def test_a_job_that_is_being_cancelled_is_not_offered_to_be_cancelled() -> None:
    async with JOBS.reached() as stage:
        await JOBS.enter(stage)
        current = stage.jobs.listing.current
        assert current is not None
        await stage.until(lambda: "Cancel job" in footer(stage))
        stage.workbench.post_message(JobUpdated(replace(current, state=JobState.CANCELLING)))
        await stage.until(lambda: "Cancel job" not in footer(stage))
        await stage.press("x")
        await stage.until(lambda: "is being cancelled" in stage.text())


async def test_marks_are_offered_where_there_is_something_to_mark() -> None:
    async with DATABASES.reached() as stage:
        await DATABASES.enter(stage)
        await stage.until(lambda: "space Mark" in footer(stage))
        await stage.press("slash", *"nothing", "enter")
        await stage.until(lambda: "space Mark" not in footer(stage))
        assert stage.databases.check_action("mark_all", ()) is None
        await stage.press("escape")
        await stage.until(lambda: "space Mark" in footer(stage))
        assert stage.databases.check_action("mark_all", ()) is True
        stage.databases.show_board(None)
        await stage.until(lambda: "space Mark" not in footer(stage))
    async with replace(BUCKET, size=(80, 24)).reached() as stage:
        await BUCKET.enter(stage)
        await stage.until(lambda: "space Mark" in footer(stage))
        assert {"list.open", "bucket.restore", "pane.filter"} <= stage.workbench.query_one(Keys).shown
        await stage.press("h")
        await stage.until(lambda: "space Mark" not in footer(stage) and "s Sort" in footer(stage))


async def test_the_footer_of_a_log_names_the_lines_that_stand_above_them() -> None:
    async with LOG.reached() as stage:
        await LOG.enter(stage)
        for other in ("all lines", "errors and steps") * 2:
            await stage.until(lambda: f"    v {other}" in stage.text())  # noqa: B023  # awaited here
            await stage.until(lambda: f"v {other.capitalize()}" in footer(stage))  # noqa: B023  # awaited here
            await stage.press("v")
