"""The plan of an ordinary restore is seen at once where a dialog is the screen, the `bak` line with it."""

from __future__ import annotations

import pytest

from bak_tui.core.plan import Mode, PlanWord
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.dialogs.tables import TablesDialog
from tests.tui.conftest import Stage
from tests.tui.places import WHERE

pytestmark = pytest.mark.asyncio

MODES = {Mode.NEW: (), Mode.SWAP: ("right", "right"), Mode.CLEAN: ("right", "right", "right")}
SIZES = [(80, 24), (100, 24), (160, 24), (99, 45)]


async def to_the_plan(stage: Stage, mode: Mode) -> None:
    await WHERE.enter(stage)
    await stage.press("shift+tab", *MODES[mode], "enter")
    await stage.until(lambda: "what was checked" in stage.text())
    await stage.rest()


def hidden(stage: Stage) -> int:
    """Rows of the body that must be scrolled to."""
    return int(stage.app.screen.query_one("#body").max_scroll_y)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", MODES)
async def test_words_checks_and_command_are_seen_without_scrolling(mode: Mode, size: tuple[int, int]) -> None:
    async with WHERE.reached() as stage:
        await stage.pilot.resize_terminal(*size)
        await to_the_plan(stage, mode)
        assert hidden(stage) == 0, stage.text()
        rows = stage.text().splitlines()
        assert [row.split()[0] for row in rows if row.split()[:1] and row.split()[0] in set(PlanWord)] == [
            *PlanWord
        ]
        said = stage.text()
        for label in ("version", "roles", "extensions", "locale", "spool", "disk", "sessions", "contents"):
            assert f" {label} " in said
        assert "$ bak restore --profile gen3-prod" in said
        assert isinstance(stage.app.screen, RestoreDialog)
        prospect = stage.app.screen._foresight.prospect
        assert prospect is not None
        for check in prospect.checks:
            assert len(check.in_short) <= len(check.fact), check
        assert "…" not in said.replace("swap…", "").replace("restore…", ""), said


async def test_v_tells_the_plan_in_full_and_in_short_again() -> None:
    async with WHERE.reached() as stage:
        await stage.pilot.resize_terminal(80, 24)
        await to_the_plan(stage, Mode.SWAP)
        assert "(indexd, gunicorn, 10.0.3.7)" not in stage.text()
        assert "v In full" in stage.text().splitlines()[-1]
        await stage.press("v")
        await stage.until(lambda: "v In short" in stage.text().splitlines()[-1])
        assert hidden(stage) > 0
        await stage.press("pagedown")
        await stage.until(lambda: "(indexd, gunicorn, 10.0.3.7)" in stage.text())
        await stage.press("v")
        await stage.until(lambda: hidden(stage) == 0)
        await stage.press("s")
        await stage.until(lambda: "sessions on indexd-prod" in stage.text())
        assert "31405        indexd, gunicorn, 10.0.3.7" in stage.text(), "all of them, the last, too"
        assert "6 connected: waited for 10 s" in stage.text()
        await stage.press("escape")
        await stage.pilot.resize_terminal(160, 45)
        await stage.until(lambda: "(indexd, gunicorn, 10.0.3.7)" in stage.text())
        assert "s shows them" in stage.text()
        assert "picks tables" not in stage.text(), "a swap replaces all"
        await stage.press("v")
        assert "(indexd, gunicorn, 10.0.3.7)" in stage.text(), "there is room for all of it"
        await to_the_plan(stage, Mode.NEW)
        await stage.until(lambda: "t picks tables" in stage.text())
        assert "shows them" not in stage.text(), "nobody is disturbed"
        await stage.press("t")
        await stage.until(lambda: isinstance(stage.app.screen, TablesDialog))
        await stage.rest()
        await stage.press("space", "enter")
        await stage.until(
            lambda: "and only that is compared" in stage.text() and "what was checked" in stage.text()
        )
        assert "--table" in stage.text()
