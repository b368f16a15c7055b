"""What a row or a dialog says where something else covers it, and a folder's newest dump, on scenes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bak_tui.core.jobs import JobId, JobState
from bak_tui.tui.dialogs.proof import VerifyDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.messages import JobUpdated
from tests.scenes.jobs import ENDED, RUNNING
from tests.tui.places import on_scene

pytestmark = pytest.mark.asyncio


async def test_where_a_dialog_is_the_screen_its_last_row_says_how_many_jobs_run() -> None:
    async with on_scene((80, 24)) as stage:
        await stage.press("b")
        await stage.until(lambda: "► 2 running" in stage.text().splitlines()[-1])
        ended = replace(RUNNING[0], state=JobState.OK, outcome="done")
        stage.workbench.post_message(JobUpdated(ended))
        await stage.until(lambda: "► 1 running" in stage.text().splitlines()[-1])
    async with on_scene((120, 36)) as stage:
        await stage.press("b")
        await stage.until(lambda: "Back up" in stage.text())
        assert "► 2 running" not in stage.text(), "the header says so"


async def test_r_and_v_on_a_databases_folder_take_its_newest_dump() -> None:
    async with on_scene() as stage:
        await stage.press("3", *"jjjjj")
        await stage.until(lambda: "V Verify newest" in stage.text().splitlines()[-1])
        await stage.press("V")
        await stage.until(lambda: isinstance(stage.app.screen, VerifyDialog) and "2026" in stage.text())
        assert "indexd-prod/indexd-prod-20261123T120000Z.sql" in stage.text()
        await stage.press("escape", "R")
        await stage.until(lambda: isinstance(stage.app.screen, RestoreDialog) and "1 What" in stage.text())
        assert "Mon 2026-11-23 12:00 UTC" in stage.text()


async def test_of_hundreds_of_finished_jobs_all_are_listed_and_the_cursor_stays() -> None:
    async with on_scene() as stage:
        for number in range(1, 401):
            status = replace(ENDED[3], id=JobId(1000 + number), what=f"run {number}")
            stage.workbench.post_message(JobUpdated(status))
        await stage.until(lambda: len(stage.jobs.finished) > 400)
        await stage.press("4", "G")
        await stage.until(lambda: stage.jobs.listing.has_focus)
        last = stage.jobs.listing.current
        assert last is not None
        stage.workbench.post_message(JobUpdated(replace(ENDED[3], id=JobId(1999))))
        await stage.until(lambda: len(stage.jobs.finished) > 401)
        now = stage.jobs.listing.current
        assert now is not None
        assert now.id == last.id, "nothing moves under the cursor"
        await stage.press("slash", *"run", "space", *"399", "enter")
        await stage.until(lambda: [status.what for status in stage.jobs.listing.items] == ["run 399"])
        await stage.press("escape", "c")
        await stage.until(lambda: not stage.jobs.finished)
        assert len(stage.jobs.running) == len(RUNNING)
