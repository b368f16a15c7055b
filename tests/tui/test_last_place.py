"""A session begins where the last one was left, and rings when nobody looks."""

from __future__ import annotations

import pytest

from bak_tui.core.jobs import JobState
from bak_tui.core.last_place import LastPlace
from bak_tui.core.names import dump_path
from bak_tui.tui.messages import JobUpdated
from bak_tui.tui.session.bounds import SessionBounds
from tests.operations.conftest import House
from tests.operations.test_board import NOON
from tests.tui.conftest import Stage, on_stage
from tests.tui.test_workbench import job_status

pytestmark = pytest.mark.asyncio


async def test_a_session_begins_where_the_last_one_was_left(house: House) -> None:
    house.bucket.write(dump_path("fence", NOON), b"PGDMP")
    kept: list[LastPlace] = []
    async with on_stage(house, session=SessionBounds(keep=kept.append)) as stage:
        await stage.press("s", "3")
        await stage.go_to(stage.bucket, "fence/")
        await stage.press("enter")
        await stage.until(lambda: stage.bucket.folder == "fence/" and len(stage.bucket.listing.items) == 2)
        await stage.press("s", "T", "q")
        await stage.until(lambda: kept)
    (place,) = kept
    assert place == LastPlace("test", "fence/", 3, "by name", "by name", "light")
    async with on_stage(house, session=SessionBounds(place, kept.append)) as stage:
        await stage.until(lambda: stage.bucket.folder == "fence/" and stage.bucket.listing.has_focus)
        await stage.until(lambda: len(stage.bucket.listing.items) == 2)
        assert "by name" in str(stage.databases.border_subtitle)
        assert "by name" in str(stage.bucket.border_subtitle)
        await stage.press("h")
        await stage.until(lambda: stage.bucket.folder == "")
        await stage.press("q")
        await stage.until(lambda: len(kept) == 2)
    assert (kept[1].folder, kept[1].theme) == ("", "light")


async def test_a_folder_that_is_gone_is_left_for_the_whole_bucket(house: House) -> None:
    house.bucket.write(dump_path("fence", NOON), b"PGDMP")
    place = LastPlace("test", "gone/")
    async with on_stage(house, session=SessionBounds(place)) as stage:
        await stage.until(lambda: stage.bucket.folder == "" and "fence/" in stage.text())


def rung(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the terminal is sent from now on, of what rings."""
    written: list[str] = []
    driver = stage.app._driver
    assert driver is not None
    monkeypatch.setattr(driver, "write", lambda text: written.append(text) if "\x07" in text else None)
    return written


async def test_the_end_of_a_job_rings_only_while_the_terminal_has_no_focus(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with on_stage(house) as stage:
        written = rung(stage, monkeypatch)
        stage.workbench.post_message(JobUpdated(job_status(1, JobState.OK)))
        await stage.until(lambda: len(stage.jobs.finished) == 1)
        await stage.rest()
        assert written == []
        stage.app.app_focus = False
        stage.workbench.post_message(JobUpdated(job_status(2, JobState.RUN)))
        stage.workbench.post_message(JobUpdated(job_status(2, JobState.FAILED)))
        await stage.until(lambda: written)
        assert written == ["\x07\x1b]9;bak-tui: FAILED backup fence\x07"]


async def test_a_session_without_a_bell_is_silent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_stage(house, session=SessionBounds(rings=False)) as stage:
        written = rung(stage, monkeypatch)
        stage.app.app_focus = False
        stage.workbench.post_message(JobUpdated(job_status(1, JobState.OK)))
        await stage.until(lambda: len(stage.jobs.finished) == 1)
        await stage.rest()
        assert written == []
