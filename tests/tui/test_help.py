"""Help is made of the bindings: it lists every key of the place, and the keys go on working beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.binding import Binding

from bak_tui.tui.dialogs.folder import FolderDialog
from bak_tui.tui.keys.commands import commands_of
from bak_tui.tui.keys.contexts import CONTEXTS
from bak_tui.tui.keys.dialog_contexts import DIALOGS, EVERY_DIALOG, FIXED
from bak_tui.tui.look.keynames import key_name
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.help import Help, about
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pane import Pane
from tests.scenes.catalogue import Scene
from tests.scenes.drawing import SceneApp, settled
from tests.tui.conftest import Stage
from tests.tui.places import (
    BACKUP,
    BUCKET,
    DATABASES,
    DETAILS,
    FIRST_START,
    FOLDER,
    FOLLOWED,
    FORM,
    JOBS,
    LEFTOVERS,
    LOG,
    PEEK,
    PICK,
    PLAN,
    PROFILES,
    QUEUE_PLACE,
    QUITTING,
    RESTORE,
    RESULT,
    SEVERAL,
    TABLES,
    UNPEEKABLE,
    WHERE,
)

pytestmark = pytest.mark.asyncio

IN_DIALOGS = (
    RESTORE,
    WHERE,
    PLAN,
    TABLES,
    FORM,
    PICK,
    FOLDER,
    BACKUP,
    QUITTING,
    LOG,
    FOLLOWED,
    RESULT,
    SEVERAL,
    DETAILS,
    PEEK,
    UNPEEKABLE,
    LEFTOVERS,
)


@asynccontextmanager
async def on_scene(size: tuple[int, int] = (160, 45)) -> AsyncIterator[Stage]:
    """The program on the scenes' data, its board read."""
    scene = Scene("test", size)
    app = SceneApp(scene)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(app)
        yield Stage(app, pilot, scene.bak())


def told(stage: Stage) -> str:
    panel = stage.app.screen.query_one(Help)
    return "\n".join("".join(text for text, _ in line) for line in panel.query_one(Drawn).lines)


async def until_text(stage: Stage, text: str) -> None:
    await stage.until(lambda: text in stage.text())


def words(text: str) -> str:
    return " ".join(text.split())


async def test_help_lists_every_key_of_each_pane_and_follows_the_focus() -> None:
    async with on_scene() as stage:
        await stage.press("question_mark")
        for number in "1234":
            await stage.press(number)
            pane = stage.workbench.query_one(f"#pane-{number}", Pane)
            title = f"Help  {pane.number} {pane.title}"
            await until_text(stage, title)
            listed = words(told(stage))
            own = [binding for binding in type(pane).BINDINGS if isinstance(binding, Binding)]
            allowed = [binding for binding in own if pane.check_action(binding.action, ()) is not False]
            for binding in allowed:
                if binding.action.startswith("screen.") or pane.check_action(binding.action, ()):
                    assert words(binding.tooltip)[1:] in listed, binding.id
            assert pane.OPENS in listed
            assert "everywhere" in listed


def lit(stage: Stage, words: str) -> bool | None:
    """Whether the help says that what is told so works now; None: it does not tell it."""
    here = about(stage.app.screen)
    return next((each.works for each in [*here.here, *here.everywhere] if words in each.told), None)


async def keep_one(stage: Stage, database: str) -> None:
    """A swap has kept a database that was called so."""
    board = stage.workbench.board
    assert board is not None
    first, *rows = board.rows
    stage.databases.show_board(replace(board, rows=(replace(first, kept_of=database), *rows)))
    await stage.rest()


async def test_keys_go_on_working_beside_the_help_which_mutes_what_does_nothing_and_it_closes() -> None:
    async with on_scene() as stage:
        await stage.press("question_mark", "j", "space")
        assert stage.databases.listing.marks == {"peregrine-prod"}
        assert stage.databases.listing.has_focus
        assert lit(stage, "end the filter") is False
        await stage.press("slash")
        assert lit(stage, "end the filter") is True, "of a filter that is not typed yet, too"
        await stage.press(*"prod", "enter")
        assert lit(stage, "end the filter") is True
        await stage.press("escape")
        assert lit(stage, "end the filter") is False
        assert lit(stage, "undo a swap: the old one back (not now: nothing is kept of") is False
        current = stage.databases.listing.current
        assert current is not None
        await keep_one(stage, current.database)
        assert lit(stage, "undo a swap") is True
        assert lit(stage, "sort") is True
        await stage.press("4")
        assert lit(stage, "sort") is None, "they have one order"
        assert lit(stage, "log of the job") is True
        await stage.press("slash", *"nothing", "enter")
        assert (lit(stage, "log of the job"), lit(stage, "its log and result")) == (False, False)
        await stage.press("question_mark")
        await stage.until(lambda: not stage.app.screen.query(Help))


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_help_that_is_higher_than_its_room_can_be_read_to_its_end(size: tuple[int, int]) -> None:
    async with on_scene(size) as stage:
        await stage.press("f1")
        await stage.until(lambda: "Help  2 Databases" in stage.text())
        assert "pgdn more" in stage.text()
        for _ in range(4):
            await stage.press("pagedown")
        assert "no backup at all" in stage.text()
        await stage.press("question_mark")
        await stage.until(lambda: not stage.app.screen.query(Help))
        assert isinstance(stage.app.focused, Listing)


async def test_help_that_fills_the_screen_tells_of_the_pane_whose_key_is_pressed() -> None:
    async with on_scene((80, 24)) as stage:
        await stage.press("question_mark")
        await until_text(stage, "Help  2 Databases")
        for number, title in (("4", "Help  4 Jobs"), ("1", "Help  1 Profiles"), ("3", "Help  3 Bucket")):
            await stage.press(number)
            await until_text(stage, title)
            await stage.until(lambda: isinstance(stage.app.focused, Help))
        top = stage.text()
        await stage.press("j", "j")
        await stage.until(lambda: stage.text() != top)
        await stage.press("question_mark")
        await stage.until(lambda: stage.bucket.listing.has_focus)


async def test_help_follows_the_focus_again_when_the_screen_has_grown() -> None:
    async with on_scene((80, 24)) as stage:
        await stage.press("3", "question_mark")
        await until_text(stage, "Help  3 Bucket")
        await stage.pilot.resize_terminal(160, 45)
        await stage.until(lambda: stage.bucket.listing.has_focus)
        await stage.press("2")
        await until_text(stage, "Help  2 Databases")
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: isinstance(stage.app.focused, Help))
        assert "Help  2 Databases" in stage.text()


async def test_z_gives_the_active_pane_the_screen_and_takes_it_back() -> None:
    async with on_scene() as stage:
        await stage.press("3", "z")
        await stage.until(lambda: "2 Databases" not in stage.text())
        assert stage.bucket.size.width > 150
        await stage.press("4")
        await stage.until(lambda: "3 Bucket" not in stage.text())
        await stage.press("z")
        await stage.until(lambda: "2 Databases" in stage.text())


async def test_enter_on_a_database_opens_its_folder_in_the_bucket() -> None:
    async with on_scene() as stage:
        await stage.go_to(stage.databases, "indexd-prod")
        await stage.press("enter")
        await stage.until(lambda: stage.bucket.folder == "indexd-prod/" and stage.bucket.listing.has_focus)


async def test_the_palette_finds_a_command_and_runs_it() -> None:
    async with on_scene() as stage:
        await stage.press("colon")
        await stage.until(lambda: "Back up" in stage.text())
        assert "🔎" not in stage.text(), "a glyph of two cells in some terminals and one in others"
        await stage.press(*"maximise")
        await stage.until(lambda: "Back up  b" not in stage.text())
        await stage.press("enter", "enter")
        await stage.until(lambda: stage.workbench.has_class("-zoomed"))


async def test_the_palette_runs_what_is_another_panes() -> None:
    async with on_scene((80, 24)) as stage:
        await stage.press("colon")
        await stage.until(lambda: "Back up" in stage.text())
        await stage.press(*"upload")
        await stage.until(lambda: "Back up  b" not in stage.text() and "Bucket: Upload" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, FolderDialog))
        assert stage.bucket.has_class("-active")


async def test_the_palette_has_every_command_of_the_workbench() -> None:
    """Those that work in some pane or other; a first profile, and a queue, have their own scenes."""
    commands = {
        binding.id: f"{binding.description}  {key_name(binding)}"
        for context in CONTEXTS
        for binding in context.bindings()
        if binding.group is None
    }
    offered: set[str] = set()
    async with QUEUE_PLACE.reached() as stage:
        for place in (PROFILES, DATABASES, BUCKET, JOBS, QUEUE_PLACE):
            await place.enter(stage)
            here = palette(stage)
            assert {commands[name] for name in works(stage) & commands.keys()} <= here
            offered |= here
            if place is DATABASES:
                assert not {commands["db.undo"], commands["pane.clear-filter"]} & here, "nothing to be undone"
                await keep_one(stage, "peregrine-prod")
                await stage.press("slash", *"peregrine", "enter")
                await stage.until(lambda: commands["pane.clear-filter"] in palette(stage))
                offered |= palette(stage)
                assert {"Bucket: Upload  u", "Jobs: Clear finished  c", "Profiles: Test  t"} <= here
        await stage.press("j", "j")
        offered |= palette(stage)
    async with FIRST_START.reached() as stage:
        await FIRST_START.enter(stage)
        offered |= palette(stage)
    assert {name for name, title in commands.items() if title not in offered} == set()


async def test_the_palette_has_every_command_of_every_dialog() -> None:
    """Those that work in some dialog or other; moving about, and what a button or a field takes, is none."""
    commands = {
        binding.id: f"{binding.description}  {key_name(binding)}"
        for context in (EVERY_DIALOG, *DIALOGS)
        for binding in context.bindings()
        if binding.group is None and binding.id not in FIXED
    }
    offered: set[str] = set()
    async with QUEUE_PLACE.reached() as stage:
        for place in IN_DIALOGS:
            await place.enter(stage)
            here = palette(stage)
            assert {commands[name] for name in works(stage) & commands.keys()} <= here, place.name
            offered |= here
        await FOLDER.enter(stage)
        stage.app.screen.query_one(Listing).focus()
        await stage.rest()
        offered |= palette(stage)
    # Of a plan that is told in few words, on a small screen alone.
    assert {name for name, title in commands.items() if title not in offered} == {"restore.whole"}


async def test_the_palette_runs_what_is_a_dialogs() -> None:
    async with BACKUP.reached() as stage:
        await BACKUP.enter(stage)
        dialog = stage.app.screen
        await stage.press("ctrl+p")
        await stage.until(lambda: "Copy command" in stage.text())
        await stage.press(*"copy")
        await stage.until(lambda: "Maximise" not in stage.text())
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is dialog and "bak backup" in stage.app.clipboard)


def palette(stage: Stage) -> set[str]:
    return {command.title for command in commands_of(stage.app, stage.app.screen, stage.app.own_keys)}


def works(stage: Stage) -> set[str | None]:
    active = stage.app.screen.active_bindings.values()
    return {each.binding.id for each in active if each.enabled}


async def test_the_palette_of_a_read_only_profile_destroys_nothing() -> None:
    async with on_scene() as stage:
        await stage.go_to(stage.databases, "peregrine-prod")
        profile = stage.workbench.profile
        assert profile is not None
        titles = palette(stage)
        assert {title for title in titles if "Restore" in title}
        stage.workbench.profile = replace(profile, is_read_only=True)
        titles = palette(stage)
        assert not {
            title for title in titles for verb in ("Restore", "Delete  D", "Undo") if verb in title
        } - {"Profiles: Delete  D"}
