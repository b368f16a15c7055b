"""Looking into a dump on real servers, to the restore of what was marked; and before anybody answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.widgets import Input

from bak_tui.core.objects import StoredObject
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.tui.dialogs.peek import PeekDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.widgets.listing import Listing
from tests.operations.conftest import House
from tests.samples import fill
from tests.scenes import databases
from tests.scenes.catalogue import Scene
from tests.scenes.drawing import SceneApp, settled
from tests.scenes.scene_bak import SceneBak, SceneStore
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import Stage, on_stage
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio


async def test_rows_of_a_backup_are_seen_and_its_marked_tables_lead_into_the_restore(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    house.bak().backup(house.profile, Selection((name,)), BackupOptions()).result()
    async with on_stage(house, size=(80, 24)) as stage:
        await stage.go_to(stage.databases, name)
        await stage.opened(PeekDialog, "p")
        await stage.until(lambda: "2 tables" in stage.text() and "odd schema" in stage.text())
        await stage.until(lambda: "read " in stage.text() and " in 1 request" in stage.text())
        await stage.press("slash", *"users", "enter", "j")
        await stage.until(lambda: "u1" in stage.text() and "primary key" in stage.text())
        assert "500" in stage.text()
        await stage.press("space", "escape", "g")
        await stage.until(lambda: "▪ users" in stage.text() and "grants" in stage.text())
        await stage.opened(RestoreDialog, "R")
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen.has_class("-step2"))
        assert stage.app.screen.query_one("#tables", Input).value == "public.users"


class HeldStore(SceneStore):
    """Begins to answer, and gives nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__(databases.objects())
        self.may_answer = threading.Event()
        self.asked = 0

    @contextmanager
    def stream(self, stored: StoredObject, **more: Any) -> Iterator[Iterator[bytes]]:
        self.asked += 1
        self.may_answer.wait(PATIENCE)
        with super().stream(stored, **more) as pieces:
            yield pieces


async def test_it_says_that_it_reads_closes_meanwhile_and_drops_what_comes_too_late() -> None:
    store = HeldStore()
    scene = Scene("held", (120, 36), bak=lambda: SceneBak(store=store))
    app = SceneApp(scene)
    async with app.run_test(size=scene.size, notifications=True) as pilot:
        await settled(app)
        stage = Stage(app, pilot, app.scene_bak)
        await stage.go_to(stage.databases, "indexd-prod")
        await stage.opened(PeekDialog, "p")
        await stage.until(lambda: "reading its table of contents …" in stage.text())
        await stage.press("j", "space", "R", "c", "enter", "slash")
        assert isinstance(app.screen, PeekDialog)
        await stage.press("escape")
        await stage.until(lambda: app.screen is stage.workbench)
        store.may_answer.set()
        await stage.opened(PeekDialog, "p")
        listing = app.screen.query_one(Listing)
        await stage.until(lambda: len(listing.items) > 10)
        store.may_answer.clear()
        before = store.asked
        await stage.press("j")
        await stage.until(lambda: "reading its first rows …" in stage.text())
        await stage.until(lambda: store.asked == before + 1)
        await stage.press("j", "k")
        store.may_answer.set()
        await stage.until(lambda: "version_num" in stage.text())
