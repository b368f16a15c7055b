"""Marked dumps: what a key does it does with all of them, in one dialog and one job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bak_tui.core.jobs import JobState
from bak_tui.tui.dialogs.ask import TypeName
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.dialogs.folder import FolderDialog
from bak_tui.tui.dialogs.proof import ProveDialog, VerifyDialog
from bak_tui.tui.widgets.keys import Keys
from tests.operations.conftest import House
from tests.operations.test_verify import back_up
from tests.samples import databases_of, fill
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import Stage, on_stage
from tests.tui.places import BUCKET, on_scene

pytestmark = pytest.mark.asyncio


def footer(stage: Stage) -> str:
    return "".join(text for keys in stage.app.screen.query(Keys) for line in keys.lines for text, _ in line)


def counted(stage: Stage) -> str:
    return str(stage.bucket.border_subtitle)


async def in_folder(stage: Stage, folder: str, dumps: int) -> None:
    """In the bucket pane, every dump of the folder known, the cursor on the newest."""
    await stage.press("3")
    await stage.go_to(stage.bucket, folder)
    await stage.press("enter")
    await stage.until(
        lambda: len(list(stage.bucket.view.rows.dumps())) == dumps and stage.bucket.view.is_at_rest
    )
    await stage.until(lambda: stage.bucket.current_dump is not None)


def bare_dumps(house: House, number: int) -> list[str]:
    """So many dumps without a manifest, one a day."""
    keys = [f"fence/fence-202611{day:02}T000000Z.sql" for day in range(1, number + 1)]
    for key in keys:
        house.bucket.write(key, b"PGDMP")
    return keys


async def test_what_is_marked_is_counted_and_a_marks_all_or_none(house: House) -> None:
    bare_dumps(house, 4)
    house.bucket.write("fence/notes.txt", b"x")
    house.bucket.write("fence/old/x", b"x")
    async with on_stage(house) as stage:
        await in_folder(stage, "fence/", 4)
        await stage.press("space", "space")
        await stage.until(lambda: "5 objects, 2 marked, newest first" in counted(stage))
        await stage.until(
            lambda: "V Verify 2 marked" in footer(stage) and "D Delete 2 marked" in footer(stage)
        )
        await stage.press("a")
        await stage.until(lambda: "4 marked" in counted(stage))
        await stage.press("a")
        await stage.until(lambda: "marked" not in counted(stage))
        await stage.press("slash", *"notes", "enter", "G", "space")
        await stage.until(lambda: "only dumps are marked" in stage.text())
        assert "a" not in {key for key, each in stage.app.screen.active_bindings.items() if each.enabled}
        await stage.press("escape", "slash", *"2026-11-03", "enter", "a")
        await stage.until(lambda: "1 of 6, 1 marked" in counted(stage))
        await stage.press("h")
        await stage.until(lambda: stage.bucket.folder == "" and not stage.bucket.has_marks)


async def test_d_deletes_all_that_is_marked_after_one_name_was_typed(house: House) -> None:
    keys = bare_dumps(house, 9)
    async with on_stage(house) as stage:
        await in_folder(stage, "fence/", 9)
        await stage.press("space", "j", "a")
        await stage.press("g", "j", "space")  # all but the newest
        await stage.until(lambda: "8 marked" in counted(stage))
        house.bucket.delete([keys[0]])  # by somebody else, meanwhile
        await stage.opened(TypeName, "D")
        said = stage.text()
        assert "This deletes 7 dumps for good" in said
        assert "7 dumps of 1 database, 35 B" in said
        assert said.count("fence/fence-2026") >= 5
        assert "and 2 more" in said
        assert f"{keys[0]} is not in" in said
        assert "Delete 7" in said
        await stage.press(*"test", "enter")
        await stage.until(lambda: stage.jobs.finished)
        assert house.keys() == {keys[-1]}
        (status,) = stage.jobs.finished
        assert (status.verb, status.what, status.state) == ("delete", "8 dumps", JobState.FAILED)
        assert "7 of 8 deleted" in status.outcome
        await stage.until(lambda: not stage.bucket.has_marks)
        await stage.until(lambda: len(list(stage.bucket.view.rows.dumps())) == 1)


async def test_v_p_and_w_take_all_that_is_marked_in_one_job(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    for hours in (0, 1, 2):
        ahead = timedelta(hours=hours)
        back_up(house, name, "gzip", house.bak(clock=lambda: datetime.now(UTC) + ahead))  # noqa: B023  # called here
    before = databases_of(house.server)
    async with on_stage(house) as stage:
        await in_folder(stage, f"{name}/", 3)
        marked = [stage.bucket.listing.items[row].path for row in (1, 3)]
        await stage.press("space", "j", "space")
        await stage.opened(VerifyDialog, "V")
        assert "Verify 2 dumps" in stage.text()
        assert "".join(stage.app.screen.command().split()).count(".sql") == 2  # type: ignore[attr-defined]
        await stage.press("escape")
        await stage.until(lambda: "2 marked" in counted(stage))
        dialogs: list[tuple[str, type[Dialog[Any]]]] = [("V", VerifyDialog), ("P", ProveDialog)]
        for number, (key, dialog) in enumerate(dialogs, 1):
            if number > 1:
                await stage.press("g", "j", "space", "j", "space")
            await stage.opened(dialog, key)
            await stage.press("enter")
            await stage.all_ended(number)
            await stage.until(lambda: not stage.bucket.has_marks)
        await stage.press("g", "j", "space", "j", "space")
        await stage.opened(FolderDialog, "w")
        stage.app.screen.query_one("#folder").value = str(tmp_path)  # type: ignore[attr-defined]
        await stage.until(lambda: str(tmp_path) in stage.app.screen.command())  # type: ignore[attr-defined]
        await stage.press("enter")
        await stage.all_ended(3)
        assert [status.what for status in stage.jobs.finished] == ["2 dumps"] * 3
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.sql")) == sorted(marked)
    checks = {dump.path: len(dump.checks) for dump in house.bak().catalogue(house.target).inventory().dumps}
    assert [checks[path] for path in marked] == [2, 2]
    assert sum(checks.values()) == 4
    assert databases_of(house.server) == before


async def test_the_mouse_marks_dumps_in_the_gutter_and_nothing_else() -> None:
    async with on_scene((120, 36)) as stage:
        await BUCKET.enter(stage)
        listing = stage.bucket.listing
        for row, marks in ((0, 0), (1, 1), (2, 2), (1, 1)):
            await stage.pilot.click(listing, offset=(1, row))
            await stage.until(lambda: listing.cursor == row and len(listing.marks) == marks)  # noqa: B023  # awaited


async def test_on_a_small_screen_the_rule_under_the_tabs_counts_rows_marks_and_matches() -> None:
    async with on_scene((80, 24)) as stage:

        def rule() -> str:
            return stage.text().splitlines()[2]

        await stage.press("2")
        await stage.until(lambda: "13, worst first" in rule())
        await stage.press("space")
        await stage.until(lambda: "13, 1 marked, worst first" in rule())
        await stage.press("slash", *"fence", "enter")
        await stage.until(lambda: "/ fence   1 of 13, 1 marked" in rule())
        await stage.press("escape")
        await BUCKET.enter(stage)
        await stage.until(lambda: "15 objects, newest first" in rule())
        await stage.press("space", "space")
        await stage.until(lambda: "15 objects, 2 marked" in rule())
        await stage.until(lambda: "D Delete 2" in footer(stage))
        await stage.press("4")
        await stage.until(lambda: "2 running, 6 finished" in rule())
