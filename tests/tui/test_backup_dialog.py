"""The backup dialog: what is left out of the marked, and which format `auto` takes, told before it begins."""

from __future__ import annotations

import shlex
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.widgets import Input

from bak_tui.core.databases import Database
from bak_tui.core.dump_format import Shape
from bak_tui.core.errors import ServerError
from bak_tui.core.selection import Selection
from bak_tui.tui.dialogs.backup import BackupDialog, BackupOrder
from bak_tui.tui.dialogs.backup_what import Meant
from bak_tui.tui.screens.workbench import Workbench
from tests.scenes.catalogue import CHOICES, Scene
from tests.scenes.databases import NOW, PROFILE
from tests.scenes.drawing import SceneApp, settled
from tests.scenes.scene_bak import KeptServer, SceneBak, SceneServer
from tests.tui.conftest import Stage
from tests.tui.hostile import NAMES, WORST, hostile_bak
from tests.waiting import PATIENCE

pytestmark = pytest.mark.asyncio


class Opened:
    """The dialog over rows of a board, and what it answers."""

    def __init__(self, bak: SceneBak, *names: str) -> None:
        self.bak = bak
        self._names = names
        self.answers: list[BackupOrder | None] = []

    async def on(self, stage: Stage) -> BackupDialog:
        board = self.bak.board(PROFILE)
        rows = [row for row in board.rows if row.database in self._names]
        dialog = BackupDialog(self.bak, PROFILE, rows, NOW, 2, there=board.rows)
        stage.app.push_screen(dialog, self.answers.append)
        await stage.until(lambda: dialog.is_mounted and "Back up" in stage.text())
        return dialog


THREE = ("gecko-prod", "fence-prod", "dashboard-prod")


async def test_what_is_left_out_is_told_and_stands_in_the_line_and_in_the_order() -> None:
    bak = SceneBak()
    app = SceneApp(Scene("backup", (120, 40), bak=lambda: bak))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        opened = Opened(bak, *THREE)
        dialog = await opened.on(stage)
        assert "nothing left out" in stage.text()
        dialog.query_one("#left-out", Input).value = "fence* nobody"
        await stage.until(lambda: "Back up 2 databases" in stage.text())
        assert "2 of 3 marked" in stage.text()
        assert "leaves none of them out: nobody" in stage.text()
        words = shlex.split(dialog.command())
        assert [words[at + 1] for at, word in enumerate(words) if word == "--exclude"] == ["fence*", "nobody"]
        dialog.query_one("#left-out", Input).value = "*"
        await stage.until(lambda: "nothing is left of them" in stage.text())
        await stage.press("enter")
        dialog.query_one("#left-out", Input).value = "'fence"
        await stage.until(lambda: "a quote in what is left out is not closed" in stage.text())
        await stage.press("enter")
        assert opened.answers == []
        dialog.query_one("#left-out", Input).value = "fence*"
        await stage.until(lambda: "Back up 2 databases" in stage.text())
        await stage.press("enter")
        (order,) = opened.answers
        assert order is not None
        assert set(order.selection.names) == set(THREE)
        assert order.selection.excluded == ("fence*",)


async def test_hostile_names_can_be_left_out_and_the_line_has_them_word_for_word() -> None:
    bak = hostile_bak()
    app = SceneApp(Scene("backup", (80, 24), bak=lambda: bak))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        dialog = await Opened(bak, *NAMES, WORST).on(stage)
        for name in NAMES:
            if not name.isprintable():
                continue
            dialog.query_one("#left-out", Input).value = shlex.quote(name)
            await stage.until(lambda: dialog._meant.excluded == (name,))  # noqa: B023  # awaited here
            assert shlex.split(dialog.command())[-2:] == ["--exclude", name]
            assert {row.database for row in dialog._meant.kept} == {*NAMES, WORST} - {name}


async def test_a_name_that_looks_like_a_glob_is_itself_as_in_the_run() -> None:
    row = SceneBak().board(PROFILE).rows[0]
    rows = tuple(replace(row, database=name) for name in ("a1", "a2"))
    assert Meant(rows, ("a*",)).kept == ()
    there = (*rows, replace(row, database="a*"))
    assert Meant(rows, ("a*",), there=there).kept == rows
    assert Selection(("a1", "a2"), ("a*",)).among(["a*", "a1", "a2"]) == ["a1", "a2"]


class AsideServer(SceneServer):
    """One of its databases is a template, one takes no connections."""

    def databases(self) -> tuple[Database, ...]:
        return tuple(
            replace(
                each,
                is_template=each.name == "gecko-prod",
                accepts_connections=each.name != "wts-prod",
            )
            for each in super().databases()
        )


async def test_all_are_marked_but_what_is_no_duty_and_the_dialog_says_what_that_is() -> None:
    bak = SceneBak(server=AsideServer())
    app = SceneApp(Scene("backup", (120, 40), bak=lambda: bak, choices=CHOICES))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        assert stage.workbench.board is not None
        assert stage.workbench.board.at_risk == 3, "the template has no backup, and need not have one"
        assert [row.database for row in stage.workbench.board.rows[-3:-1]] == ["gecko-prod", "wts-prod"]
        await stage.press("2", "a")
        await stage.until(lambda: len(stage.databases.listing.marks) == 10)
        await stage.opened(BackupDialog, "b")
        assert "Back up 10 databases" in stage.text()
        assert "gecko-prod             left out: it is a template" in stage.text()
        assert "wts-prod               left out: it takes no connections" in stage.text()
        await stage.press("escape", "space")
        await stage.opened(BackupDialog, "b")
        assert "left out:" not in stage.text(), "only some are meant"


async def test_what_a_swap_keeps_is_no_duty_says_so_and_is_given_back_or_taken_by_its_own_row() -> None:
    bak = SceneBak(has_jobs=False, server=KeptServer())
    app = SceneApp(Scene("kept", (160, 45), bak=lambda: bak, choices=CHOICES))
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        await stage.press("escape", "2", "G", "k")
        assert stage.workbench.board is not None
        assert stage.workbench.board.at_risk == 4, "what is kept has no backup, and need not have one"
        await stage.until(lambda: "kept by a swap since 2026-11-21 14:06 UTC" in stage.text())
        assert "U makes it indexd-prod again" in stage.text()
        await stage.press("U")
        await stage.until(lambda: "Undo the swap" in stage.text())
        assert "--kept" in stage.text()
        assert "Type indexd-prod to go on" in stage.text()
        await stage.press("escape", "a")
        await stage.until(lambda: len(stage.databases.listing.marks) == 12)
        await stage.opened(BackupDialog, "b")
        assert "left out: it is kept by a swap since 2026-11-21" in stage.text()
        await stage.press("escape", "a", "b")
        await stage.until(lambda: "--database indexd-prod__old_20261121T140612Z" in stage.text())


class ShapedServer(SceneServer):
    """Tells how its databases are shaped when it may; of one it does not."""

    def __init__(self) -> None:
        self.may_tell = threading.Event()

    def shape(self, name: str) -> Shape:
        assert self.may_tell.wait(PATIENCE)
        if name == "dashboard-prod":
            raise ServerError(f"permission denied for database {name}")
        return Shape((10**9,) * 8) if name == "fence-prod" else Shape((10**6,))


@asynccontextmanager
async def asking_for_auto(server: ShapedServer) -> AsyncIterator[tuple[Stage, Opened, BackupDialog]]:
    """The dialog whose `auto` was chosen, while the server has not answered."""
    bak = SceneBak(server=server)
    app = SceneApp(Scene("backup", (120, 40), bak=lambda: bak))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        opened = Opened(bak, *THREE)
        dialog = await opened.on(stage)
        dialog.query_one("#format").focus()
        await stage.press("right", "right")
        await stage.until(lambda: "fence-prod: asking the server …" in stage.text())
        yield stage, opened, dialog


async def test_the_format_that_auto_takes_is_told_with_its_reason_and_nothing_waits_for_it() -> None:
    server = ShapedServer()
    async with asking_for_auto(server) as (stage, _, dialog):
        assert "<time>.sql, or .dir/" in stage.text()
        server.may_tell.set()
        await stage.until(lambda: "gecko-prod: custom: 1 table of 1.0 MB" in stage.text())
        await stage.until(lambda: "fence-prod: directory: 8 tables of 8.0 GB" in stage.text())
        await stage.until(lambda: "dashboard-prod: not known: permission denied for" in stage.text())
        dialog.query_one("#left-out", Input).value = "gecko-prod dashboard-prod"
        await stage.until(lambda: "<time>.dir/" in stage.text())
        assert "gecko-prod: custom" not in stage.text()
        dialog.query_one("#copies", Input).value = "/copies"
        await stage.until(lambda: "custom: a copy that is kept here is one file" in stage.text())


async def test_auto_tells_of_a_marked_database_that_takes_no_connections() -> None:
    class Closed(ShapedServer):
        def databases(self) -> tuple[Database, ...]:
            every = super().databases()
            return tuple(replace(each, accepts_connections=each.name != "gecko-prod") for each in every)

    server = Closed()
    async with asking_for_auto(server) as (stage, _, _):
        server.may_tell.set()
        await stage.until(lambda: "gecko-prod: not known: gecko-prod takes no connections" in stage.text())
        await stage.until(lambda: "fence-prod: directory" in stage.text())


async def test_a_backup_begins_while_the_server_has_not_said_what_auto_comes_to() -> None:
    server = ShapedServer()
    async with asking_for_auto(server) as (stage, opened, _):
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, Workbench))
        server.may_tell.set()
        assert [order.options.format for order in opened.answers if order] == ["auto"]
