"""Dialogs by the mouse: what can be pressed can be clicked, and a click does what the key does."""

from __future__ import annotations

import pytest

from bak_tui.tui.dialogs.pick import Pick
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.widgets.choosing import Dropdown, Radio
from bak_tui.tui.widgets.fields import TextField
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pressing import FormButton
from tests.tui.conftest import Stage
from tests.tui.places import BACKUP, FOLDER, RESTORE

pytestmark = pytest.mark.asyncio


async def clicked(stage: Stage, selector: str | type, x: int = 2, y: int = 0, times: int = 1) -> None:
    widget = stage.app.screen.query(selector).first()
    assert await stage.pilot.click(widget, offset=(x, y), times=times)


async def test_options_are_folded_out_chosen_and_the_backup_cancelled() -> None:
    async with BACKUP.reached() as stage:
        await BACKUP.enter(stage)
        await clicked(stage, "Folded Drawn")
        await stage.until(lambda: stage.app.screen.query_one("Folded").has_class("-unfolded"))
        first = stage.app.screen.query(Radio).first()
        await stage.until(lambda: first.size.width > 20)
        await clicked(stage, "#contents", x=22)
        await stage.until(lambda: "--hash-contents" in stage.text())
        await clicked(stage, "#compress")
        await stage.until(lambda: isinstance(stage.app.screen, Pick))
        await clicked(stage, Listing, y=3)
        await clicked(stage, FormButton)
        await stage.until(lambda: stage.app.screen.query(Dropdown).first().value == "gzip:1")
        await clicked(stage, "FormButton:last-of-type")
        await stage.until(lambda: isinstance(stage.app.screen, Workbench))


async def test_the_steps_of_a_restore_go_on_and_back() -> None:
    async with RESTORE.reached() as stage:
        await RESTORE.enter(stage)
        await clicked(stage, FormButton)
        await stage.until(lambda: "2 Where" in stage.text() and "✓ What" in stage.text())
        await stage.until(lambda: len(stage.app.screen.query(FormButton)) == 3)
        await stage.pilot.click(list(stage.app.screen.query(FormButton))[1], offset=(2, 0))
        await stage.until(lambda: "1 What" in stage.text())


async def test_a_folder_is_opened_by_a_double_click() -> None:
    async with FOLDER.reached() as stage:
        await FOLDER.enter(stage)
        before = stage.app.screen.query_one("#folder", TextField).value
        await clicked(stage, Listing, x=4, y=0, times=2)
        field = stage.app.screen.query_one("#folder", TextField)
        await stage.until(lambda: field.value != before)
        assert before.startswith(field.value)  # the first row is ..
