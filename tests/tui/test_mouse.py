"""Dialogs by the mouse: what can be pressed can be clicked, and a click does what the key does."""

from __future__ import annotations

from typing import cast

import pytest

from bak_tui.tui.dialogs.ask import AskPassword, TypeName
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.dialogs.pick import Pick
from bak_tui.tui.dialogs.proof import VerifyDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.widgets.choosing import Dropdown, Radio
from bak_tui.tui.widgets.fields import SecretField, TextField
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pressing import FormButton
from tests.tui.conftest import Stage
from tests.tui.places import BACKUP, BUCKET, DATABASES, FOLDER, LEFTOVERS, QUITTING, RESTORE, TABLES, on_scene

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


async def test_rows_are_marked_in_their_gutter_and_every_small_dialog_answers_its_buttons() -> None:
    async with on_scene((120, 36)) as stage:
        await TABLES.enter(stage)
        await clicked(stage, Listing, x=1, y=2)
        await stage.until(lambda: "--table" in cast("Dialog[object]", stage.app.screen).command())
        await clicked(stage, Listing, x=1, y=2)
        await stage.until(lambda: "--table" not in cast("Dialog[object]", stage.app.screen).command())
        await stage.pilot.click(button(stage, "Cancel"))
        await stage.until(lambda: isinstance(stage.app.screen, RestoreDialog))
        await DATABASES.enter(stage)
        listing = stage.databases.listing
        await stage.pilot.click(listing, offset=(1, 1))
        await stage.until(lambda: len(listing.marks) == 1)
        await stage.pilot.click(listing, offset=(1, 1))
        await stage.until(lambda: not listing.marks)
        await BUCKET.enter(stage)
        await stage.press("V")
        await stage.until(lambda: isinstance(stage.app.screen, VerifyDialog))
        await clicked(stage, "#level", x=16)
        await stage.until(lambda: "--level 3" in stage.text())
        await stage.pilot.click(button(stage, "Cancel"))
        await stage.until(lambda: stage.app.screen is stage.workbench)
        await stage.press("D")
        await stage.until(lambda: isinstance(stage.app.screen, TypeName))
        await stage.pilot.click(button(stage, "Delete"))
        await stage.rest()
        assert isinstance(stage.app.screen, TypeName), "a button that is not armed does nothing"
        await stage.pilot.click(button(stage, "Cancel"))
        await stage.until(lambda: stage.app.screen is stage.workbench)
        await QUITTING.enter(stage)
        await stage.pilot.click(button(stage, "No"))
        await stage.until(lambda: stage.app.screen is stage.workbench)
        await LEFTOVERS.enter(stage)
        await stage.pilot.click(button(stage, "Keep"))
        await stage.until(lambda: stage.app.screen is stage.workbench)
        said: list[str | None] = []
        stage.app.push_screen(AskPassword("x", "PROD", "a password is wanted"), said.append)
        await stage.until(lambda: stage.app.screen.query(SecretField))
        await stage.press(*"abc")
        await stage.pilot.click(button(stage, "Connect"))
        await stage.until(lambda: said == ["abc"])


def button(stage: Stage, label: str) -> FormButton:
    """The one whose label begins like that."""
    found = stage.app.screen.query(FormButton)
    return next(each for each in found if each.lines[0][0][0].strip().startswith(label))
