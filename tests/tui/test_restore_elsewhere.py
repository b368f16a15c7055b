"""A restore to another profile's server: what that wants to be told is asked for, and a long name fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from bak_tui.core.jobs import JobState
from bak_tui.core.selection import Selection
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.tui.app import BakApp
from bak_tui.tui.dialogs.ask import AskPassword
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.choices import choice_of, stored_choice
from bak_tui.tui.widgets.choosing import Dropdown
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, drop, fill, rows_of
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import Stage

pytestmark = pytest.mark.asyncio

LONG = "x" * 63
FITS = "x" * 54 + "_restored"


async def test_a_server_whose_password_is_asked_for_is_restored_to(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    fill(house.server, make_database(LONG))
    house.config = tmp_path / "config.toml"
    bak, of_before = house.bak(), house.bak()  # one engine's news of an end may come after its result
    taken = of_before.backup(house.profile, Selection((LONG,)), BackupOptions())
    assert taken.result().state is JobState.OK
    given = {"host": house.server.host, "port": house.server.port, "user": house.server.user}
    stored = parse_profile("elsewhere", {"server": {**given, "password": {"from": "prompt"}}})
    bak.profiles.save(stored)
    app = BakApp(Begun(bak, Workbench(bak, [choice_of(house.profile), stored_choice(bak, stored)])))
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(stage.has_whole_board)
        await stage.go_to(stage.databases, LONG)
        await stage.opened(RestoreDialog, "R")
        await stage.press("enter")
        await stage.until(lambda: FITS in stage.text())
        server = app.screen.query_one("#server", Dropdown)
        server.value = "elsewhere"
        await stage.until(lambda: isinstance(app.screen, AskPassword))
        await stage.press("escape")
        await stage.until(lambda: server.value == house.profile.name)
        server.value = "elsewhere"
        await stage.until(lambda: isinstance(app.screen, AskPassword) and app.screen.is_mounted)
        assert house.server.password is not None
        app.screen.query_one(Input).value = house.server.password.reveal()
        await stage.press("enter")
        await stage.until(lambda: "--to elsewhere" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "what was checked" in stage.text())
        await stage.press("enter")
        try:
            await stage.all_ended(1)
            assert rows_of(house.server, FITS) == SAMPLE_ROWS
        finally:
            drop(house.server, FITS)
