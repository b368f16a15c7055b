"""Marks are of the databases they were set on: no key takes another, the footer counts what it will take."""

from __future__ import annotations

import pytest

from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.dialogs.proof import VerifyDialog
from tests.tui.conftest import Stage
from tests.tui.places import on_scene
from tests.tui.test_footers import footer

pytestmark = pytest.mark.asyncio

ONLY_IN_BUCKET, ON_SERVER = "arranger-prod", "peregrine-prod"


async def mark(stage: Stage, *names: str) -> None:
    for name in names:
        await stage.go_to(stage.databases, name)
        await stage.press("space")


async def test_another_profile_begins_without_marks_though_its_databases_have_the_same_names() -> None:
    async with on_scene((160, 45)) as stage:
        await mark(stage, ON_SERVER)
        assert "Back up 1 marked" in footer(stage)
        await stage.press("1", "g", "j", "enter")
        await stage.until(lambda: stage.workbench.wanted == "gen3-staging" and stage.has_whole_board())
        await stage.go_to(stage.databases, ON_SERVER)
        assert stage.databases.every_marked == []
        assert "marked" not in stage.text()


async def test_a_marked_database_that_only_lives_in_the_bucket_is_verified_and_not_backed_up() -> None:
    async with on_scene((160, 45)) as stage:
        await mark(stage, ONLY_IN_BUCKET)
        await stage.go_to(stage.databases, ON_SERVER)
        assert "13, 1 marked, worst first" in stage.text()
        assert "b Back up " in footer(stage), "what is under the cursor: nothing that is marked can be"
        await stage.opened(VerifyDialog, "V")
        assert f"{ONLY_IN_BUCKET}-" in stage.text()
        await stage.press("escape")
        await mark(stage, ON_SERVER)
        assert "Back up 1 marked" in footer(stage)
        await stage.opened(BackupDialog, "b")
        assert "Back up 1 database" in stage.text()


async def test_s_goes_through_the_orders_and_the_oldest_newest_backup_is_first() -> None:
    async with on_scene((160, 45)) as stage:
        for order in ("by name", "largest first", "oldest first"):
            await stage.press("s")
            assert f"13, {order}" in stage.text()
        names = [row.database for row in stage.databases.listing.items]
        assert names[:4] == ["gecko-prod", "arranger-prod", "dashboard-prod", "fence-prod"]
        await stage.press("s")
        assert "13, worst first" in stage.text()
