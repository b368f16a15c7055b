"""Verify, prove, undo and delete by their keys, on real servers; and what a restore came to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bak_tui.core.jobs import JobState
from bak_tui.core.marks import Mark, MarkKind
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.services.postgres import Instance
from bak_tui.tui.app import BakApp
from bak_tui.tui.dialogs.ask import TypeName
from bak_tui.tui.dialogs.leftovers import LeftoversDialog
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.dialogs.proof import ProveDialog, VerifyDialog
from bak_tui.tui.dialogs.result import ResultDialog
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.choices import choice_of
from tests.operations.conftest import House
from tests.operations.test_marked import left_behind
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, rows_of
from tests.scenes.catalogue import Scene
from tests.scenes.drawing import SceneApp
from tests.scenes.scene_bak import LeftServer, SceneBak
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import Stage, on_stage
from tests.tui.test_workbench import backed_up, to_the_typed_name

pytestmark = pytest.mark.asyncio


async def to_the_result(stage: Stage) -> None:
    """The newest job's, from wherever the focus is."""
    await stage.press("4")
    await stage.until(lambda: stage.jobs.listing.has_focus)
    numbers = [status.id for status in stage.jobs.listing.items]
    stage.jobs.listing.go_to(numbers.index(max(numbers)))  # one that has just ended keeps its place above it
    await stage.press("enter")


async def test_v_verifies_and_p_proves_the_newest_backup_and_the_board_says_so(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    before = databases_of(house.server)
    async with on_stage(house) as stage:
        await backed_up(stage, name)
        await stage.opened(VerifyDialog, "V")
        assert "bak verify --profile" in stage.text()
        await stage.press("enter")
        await stage.all_ended(2)
        await stage.until(lambda: "verified" in stage.text())
        await stage.opened(ProveDialog, "P")
        await stage.press("enter")
        await stage.all_ended(3)
        await to_the_result(stage)
        await stage.until(lambda: isinstance(stage.app.screen, ResultDialog))
        assert "exactly what was backed up" in stage.text()
        assert stage.text().count("● match") >= len(SAMPLE_ROWS)
        await stage.opened(LogDialog, "L")
        await stage.press("escape", "2")
        await stage.until(lambda: "proven" in stage.text())
    assert databases_of(house.server) == before


async def test_v_verifies_the_newest_of_every_marked_database(
    house: House, make_database: MakeDatabase
) -> None:
    names = sorted(make_database() for _ in range(2))
    bak = house.bak()
    assert bak.backup(house.profile, Selection(tuple(names)), BackupOptions()).result().state is JobState.OK
    async with on_stage(house) as stage:
        await stage.until(lambda: stage.text().count("● OK") == 4)  # in the board and in the bucket
        await stage.opened(VerifyDialog, "2", "a", "V")
        assert "Verify 2 dumps" in stage.text()
        await stage.press("enter")
        await stage.all_ended(1)
        await stage.until(lambda: stage.text().count("verified") > 0)
    checked = [dump.checks for dump in bak.catalogue(house.target).inventory().dumps]
    assert [len(checks) for checks in checked] == [1, 1]


async def test_d_deletes_a_dump_only_after_the_profiles_name_was_typed(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    async with on_stage(house, environment="PROD") as stage:
        await backed_up(stage, name)
        await stage.press("enter")
        await stage.until(lambda: len(stage.bucket.listing.items) == 2)
        await stage.press("j")
        await stage.until(lambda: stage.bucket.current_dump is not None)
        await stage.opened(TypeName, "D")
        assert f"no good backup of {name}" in stage.text()
        await stage.press("enter", *"tes", "enter")
        assert isinstance(stage.app.screen, TypeName)
        assert len(house.keys()) == 2
        await stage.press("t", "enter")
        await stage.all_ended(2, well=False)
        assert house.keys() == set()


async def test_u_swaps_back_after_the_databases_name_was_typed(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    async with on_stage(house) as stage:
        await backed_up(stage, name)
        await stage.press("U")
        await stage.until(lambda: "nothing is kept" in stage.text())
        await to_the_typed_name(stage, name)
        await stage.press(*name, "enter")
        await stage.all_ended(2)
        try:
            await stage.go_to(stage.databases, name)
            await stage.until(lambda: stage.databases.can_swap_back)
            await stage.opened(TypeName, "U")
            assert "lost     nothing" in stage.text()
            planned = stage.text()
            await stage.press(*name, "enter")
            await stage.all_ended(3)
            assert rows_of(house.server, name) == SAMPLE_ROWS
            (kept,) = [each for each in databases_of(house.server) if each.startswith(f"{name}__old_")]
            assert kept in planned, "what the plan says is what happens"
        finally:
            for database in databases_of(house.server):
                if database.startswith(f"{name}__old_"):
                    drop(house.server, database)


async def test_a_read_only_profile_shows_no_key_that_changes_its_server_or_bucket(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    profile = replace(house.profile, is_read_only=True)
    bak = house.bak()
    app = BakApp(Begun(bak, Workbench(bak, [choice_of(profile)])))
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(stage.has_whole_board)
        await backed_up(stage, name)
        shown = stage.app.screen.active_bindings
        assert {"R", "P", "U"} & shown.keys() == set()
        assert {"b", "V"} <= shown.keys()
        await stage.press("3")
        await stage.until(lambda: stage.bucket.listing.has_focus)
        assert {"R", "P", "D"} & stage.app.screen.active_bindings.keys() == set()


async def test_a_failed_restore_is_told_by_its_own_error_in_log_and_toast(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    async with on_stage(house) as stage:
        await backed_up(stage, name)
        (key,) = (key for key in sorted(house.keys()) if key.endswith(".sql"))
        house.bucket.write(key, b"PGDMP" + b"\0" * 100)
        await stage.opened(VerifyDialog, "V")
        await stage.press("enter")
        await stage.until(lambda: len(stage.jobs.finished) == 2)
        assert max(stage.jobs.finished, key=lambda job: job.id).state is JobState.FAILED
        await to_the_result(stage)
        await stage.until(lambda: isinstance(stage.app.screen, LogDialog))
        assert "what  " in stage.text()
        assert "✗ FAILED" in stage.text()


async def test_what_a_killed_run_left_is_told_at_the_start_kept_by_enter_and_dropped_by_c(
    house: House, make_database: MakeDatabase
) -> None:
    left = left_behind(house, make_database())
    try:
        await _answered(house, left, "enter")
        assert left in databases_of(house.server)
        await _answered(house, left, "c")
        assert left not in databases_of(house.server)
    finally:
        drop(house.server, left)


async def test_what_a_swap_has_kept_is_offered_at_the_start_and_dropped_by_its_typed_name(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    kept = f"{name}__old_x"
    mark = Mark(kind=MarkKind.KEPT, database=name, job="bak-00000000", at=datetime.now(UTC))
    Instance(house.server).create_database(kept, None, str(mark))
    try:
        async with on_stage(house) as stage:
            await stage.until(lambda: isinstance(stage.app.screen, LeftoversDialog) and kept in stage.text())
            assert "Clean up" not in stage.text()
            await stage.opened(TypeName, "d")
            await stage.press("enter")
            assert kept in databases_of(house.server)
            await stage.press(*kept)
            await stage.press("enter")
            await stage.until(lambda: kept not in databases_of(house.server))
    finally:
        drop(house.server, kept)


async def test_who_has_begun_to_work_is_told_of_what_was_left_and_not_interrupted() -> None:
    bak = SceneBak(server=LeftServer())
    app = SceneApp(Scene("test", (120, 36), bak=lambda: bak))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(lambda: "things left by killed runs" in stage.text())
        assert app.screen is stage.workbench


async def _answered(house: House, left: str, key: str) -> None:
    async with on_stage(house) as stage:
        await stage.until(lambda: isinstance(stage.app.screen, LeftoversDialog) and left in stage.text())
        assert "bak doctor --profile test --clean --yes" in stage.text()
        await stage.press(key)
        await stage.until(lambda: not isinstance(stage.app.screen, LeftoversDialog))
        if key == "c":
            await stage.until(lambda: "1 thing removed" in stage.text())
