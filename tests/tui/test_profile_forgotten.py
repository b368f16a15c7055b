"""Profiles that are forgotten, and those that cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from bak_tui.core.command_line import AD_HOC
from bak_tui.tui.app import BakApp
from bak_tui.tui.dialogs.ask import AskPassword, Confirm
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.panes.profiles import ProfilesPane
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.choices import choice_of
from bak_tui.tui.widgets.keys import Keys
from tests.operations.conftest import House
from tests.tui.conftest import Stage
from tests.tui.test_profile_form import (
    NOTHING_THERE,
    form_by,
    home,
    opened,
    profiles_pane,
    save,
    title_row,
    type_into,
)

__all__ = ["home"]

pytestmark = pytest.mark.asyncio


async def test_delete_asks_and_forgets_the_profile_only(home: House) -> None:
    save(home, "live", {"environment": "PROD", **NOTHING_THERE})
    home.bucket.write("kept", b"x")
    async with opened(home) as stage:
        await profiles_pane(stage)
        await stage.press("D")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        assert "PROD" in stage.text().splitlines()[stage.text().splitlines().index(title_row(stage))]
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is stage.workbench)
        assert len(home.bak().profiles.all()) == 1
        await stage.press("D")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        await stage.press("y")
        await stage.until(lambda: "no profile yet" in stage.text())
    assert home.bak().profiles.all() == ()
    assert home.keys() == {"kept"}


async def test_a_profile_of_the_moment_cannot_be_forgotten_and_a_wrong_port_is_told(home: House) -> None:
    from bak_tui.tui.session.choices import choice_of

    bak = home.bak()
    app = BakApp(Begun(bak, Workbench(bak, [choice_of(home.profile)])))
    async with app.run_test(size=(160, 45)) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(lambda: stage.workbench.board is not None)
        await profiles_pane(stage)
        await stage.press("D")
        await stage.answered()
        assert stage.app.screen is stage.workbench
        await form_by(stage, "n")
        await type_into(stage, "name", "next")
        await type_into(stage, "host", "127.0.0.1:1")
        await stage.press("ctrl+s")
        await stage.until(lambda: "write the port under port" in stage.text())


async def test_what_the_environment_says_can_be_tried_and_saved_but_not_forgotten(home: House) -> None:
    bak = home.bak()
    app = BakApp(Begun(bak, Workbench(bak, [choice_of(replace(home.profile, name=AD_HOC))])))
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(stage.has_whole_board)
        await stage.press("1")
        pane = stage.workbench.query_one(ProfilesPane)
        await stage.until(lambda: pane.has_focus_within)
        keys = stage.workbench.query_one(Keys)
        await stage.until(lambda: {"profiles.edit", "profiles.test"} <= keys.shown)
        assert "profiles.delete" not in keys.shown
        await stage.press("t")
        await stage.until(lambda: any(isinstance(screen, ProfileDialog) for screen in app.screen_stack))
        dialog = next(screen for screen in app.screen_stack if isinstance(screen, ProfileDialog))
        assert dialog.query_one("#host", Input).value == home.server.host
        assert dialog.query_one("#bucket", Input).value == home.target.bucket
        assert dialog.query_one("#name", Input).value == ""
        await stage.until(lambda: isinstance(app.screen, AskPassword))  # both ends are being tried
