"""What stands on the screen at each of LOOK's sizes: whole, and true of what works there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bak_tui.core.profile import Profile, Server, Target
from bak_tui.tui.look.spans import width_of
from bak_tui.tui.session.choices import choice_of
from bak_tui.tui.widgets.keys import Keys
from bak_tui.tui.widgets.pane import Pane
from bak_tui.tui.widgets.strip import Tabs
from tests.scenes.catalogue import CHOICES, Scene
from tests.scenes.drawing import SceneApp
from tests.tui.conftest import Stage
from tests.tui.places import BUCKET, DATABASES, on_scene

pytestmark = pytest.mark.asyncio

SIZES = [(160, 45), (120, 36), (60, 15)]
"""All panes, profiles folded away, one pane."""
DESTROYS = {"db.restore", "db.undo", "bucket.restore", "bucket.delete"}


async def resize(stage: Stage, size: tuple[int, int]) -> None:
    await stage.pilot.resize_terminal(*size)
    await stage.until(lambda: stage.workbench.size == size)
    await stage.rest()


def works(stage: Stage) -> set[str | None]:
    active = stage.workbench.active_bindings.values()
    return {each.binding.id for each in active if each.enabled}


async def go_to(stage: Stage, number: int) -> Pane[object]:
    await stage.press(str(number))
    pane = stage.workbench.query_one(f"#pane-{number}", Pane)
    await stage.until(lambda: pane.has_focus_within)
    return pane


async def test_every_pane_has_its_keys_at_every_size() -> None:
    async with on_scene(SIZES[0]) as stage:
        for size in SIZES:
            await resize(stage, size)
            for number in (1, 2, 3, 4):
                await go_to(stage, number)
                footer = stage.workbench.query_one(Keys)
                await stage.until(lambda: footer.shown <= works(stage))  # noqa: B023  # awaited here
                assert footer.shown >= {"pane.filter", "app.help", "app.quit"}
                assert len(footer.shown) >= 5
                assert width_of(footer.lines[0]) <= size[0] - 2, f"{number} at {size}"
                assert "Quit" in stage.text().rstrip().splitlines()[-1]


async def test_a_read_only_profile_is_told_in_the_header_at_every_size() -> None:
    archive = next(choice for choice in CHOICES if choice.is_read_only)
    endless = choice_of(Profile("a" * 63, Server("db"), Target("bucket"), "PROD", is_read_only=True))
    for choices, is_told in (((archive,), True), ((endless,), True), (CHOICES, False)):
        app = SceneApp(Scene("test", SIZES[0], choices=choices))
        async with app.run_test(size=SIZES[0], notifications=True) as pilot:
            stage = Stage(app, pilot, app.scene_bak)
            await stage.until(stage.has_whole_board)
            for size in (*SIZES, (80, 24), (145, 40)):
                await resize(stage, size)
                await stage.until(lambda: ("read-only" in stage.text().splitlines()[0]) is is_told)  # noqa: B023  # awaited here


async def test_a_screen_that_was_too_small_for_a_while_has_its_keys_again() -> None:
    async with on_scene(SIZES[0]) as stage:
        pane = await go_to(stage, 3)
        for size in SIZES:
            await resize(stage, (30, 8))
            assert "too small;  q quits" in stage.text()
            await resize(stage, size)
            await stage.until(lambda: pane.listing.has_focus)


async def test_a_click_on_a_tab_goes_to_its_pane() -> None:
    async with on_scene((80, 24)) as stage:
        for number, name in ((4, "4 Jobs"), (1, "1 Profiles"), (3, "3 Bucket"), (2, "2 Databases")):
            x = stage.text().splitlines()[1].index(name)
            assert await stage.pilot.click(Tabs, offset=(x + 2, 0))
            pane = stage.workbench.query_one(f"#pane-{number}", Pane)
            await stage.until(lambda: pane.listing.has_focus)  # noqa: B023  # awaited here


async def test_z_gives_every_pane_the_whole_screen_and_takes_it_back() -> None:
    async with on_scene(SIZES[0]) as stage:
        for size in SIZES:
            await resize(stage, size)
            for number in (1, 2, 3, 4):
                pane = await go_to(stage, number)
                await stage.press("z")
                await stage.until(lambda: pane.size.width >= size[0] - 4)  # noqa: B023  # awaited here
                assert [each.number for each in stage.workbench.query(Pane) if each.display] == [number]
                await stage.press("z")
                assert not stage.workbench.has_class("-zoomed")


async def test_a_read_only_profile_shows_no_key_that_destroys() -> None:
    async with on_scene(SIZES[0]) as stage:
        profile = stage.workbench.profile
        assert profile is not None
        for size in SIZES[2:]:
            await resize(stage, size)
            shown: set[str | None] = set()
            for is_read_only in (False, True):
                stage.workbench.profile = replace(profile, is_read_only=is_read_only)
                for place in (DATABASES, BUCKET):
                    await place.enter(stage)
                    stage.workbench.refresh_bindings()
                    footer = stage.workbench.query_one(Keys)
                    await stage.until(lambda: footer.shown <= works(stage))  # noqa: B023  # awaited here
                    offered = footer.shown | works(stage)
                    shown |= set() if is_read_only else offered
                    assert not is_read_only or not offered & DESTROYS
            assert shown >= DESTROYS - {"db.undo"}, "nothing is kept here that a swap could be undone by"
