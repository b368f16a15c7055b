"""The frame stands before the session has begun; what is typed meanwhile is kept, what is refused is said."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from textual.geometry import Region

from bak_tui.core.errors import ExitCode, ToolError, UsageError
from bak_tui.tui.app import BakApp
from bak_tui.tui.screens.opening import Opening
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.widgets.frame import Frame
from tests.bench.terminal import Terminal
from tests.scenes.catalogue import Scene
from tests.tui.conftest import Stage


@pytest.mark.asyncio
async def test_what_is_typed_before_the_workbench_stands_reaches_it() -> None:
    scene = Scene("test", (160, 45))
    bak = scene.bak()
    may_begin = threading.Event()

    def begin() -> Begun:
        assert may_begin.wait(60)
        return Begun(bak, Workbench(bak, scene.choices))

    app = BakApp(begin)
    async with app.run_test(size=scene.size) as pilot:
        stage = Stage(app, pilot, bak)
        try:
            await stage.until(lambda: "2 Databases" in stage.text())
            assert isinstance(app.screen, Opening)
            await stage.press("4", "z")
            assert isinstance(app.screen, Opening)
        finally:
            may_begin.set()
        await stage.until(lambda: app.screen.has_class("-zoomed") and app.screen.has_class("-jobs"))
        assert isinstance(app.screen, Workbench)
        await stage.until(lambda: app.typeahead.is_empty)
        await stage.press("z")
        await stage.until(lambda: not app.screen.has_class("-zoomed"))


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [(160, 45), (120, 36), (80, 24), (50, 12)], ids=str)
async def test_the_frame_is_laid_out_as_the_workbench_will_be(size: tuple[int, int]) -> None:
    scene = Scene("test", size)
    bak = scene.bak()
    may_begin = threading.Event()

    def begin() -> Begun:
        assert may_begin.wait(60)
        return Begun(bak, Workbench(bak, scene.choices))

    app = BakApp(begin)

    def places() -> list[Region]:
        return [frame.region for frame in app.screen.query(Frame)]

    async with app.run_test(size=size) as pilot:
        stage = Stage(app, pilot, bak)
        try:
            await stage.until(lambda: "Databases" in stage.text() or "too small" in stage.text())
            before = places()
        finally:
            may_begin.set()
        await stage.until(lambda: isinstance(app.screen, Workbench) and places() == before)


@pytest.mark.asyncio
async def test_a_session_that_cannot_begin_ends_the_app_with_the_reason() -> None:
    refusal = UsageError("the file of profiles is none")

    def begin() -> Begun:
        raise refusal

    app = BakApp(begin)
    async with app.run_test() as pilot:
        stage = Stage(app, pilot, Scene("test", (80, 24)).bak())
        await stage.until(lambda: app.refused is refusal and not app.is_running)


@pytest.mark.asyncio
async def test_a_demo_that_cannot_be_is_told_and_logged_and_the_session_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene("test", (120, 36), choices=())
    bak = scene.bak()

    def begin_demo() -> Begun:
        raise ToolError("the embedded PostgreSQL is not installed", hint="pip install 'bak-tui[demo]'")

    app = BakApp(Begun(bak, Workbench(bak, [])), begin_demo=begin_demo)
    async with app.run_test(size=scene.size, notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(lambda: "d    Try the demo" in stage.text())
        caplog.set_level("INFO", "bak_tui")
        for _ in range(2):
            await stage.press("d")
            await stage.until(lambda: "pip install 'bak-tui[demo]'" in stage.text())
            app.clear_notifications()
            await stage.until(lambda: "pip install" not in stage.text())
        said = "the embedded PostgreSQL is not installed; pip install 'bak-tui[demo]'"
        assert [(record.levelname, record.message) for record in caplog.records] == [("ERROR", said)] * 2
        await stage.press("n")
        await stage.until(lambda: "New profile" in stage.text())


def test_what_is_refused_on_a_terminal_stands_there_after_the_frame(tmp_path: Path) -> None:
    environment = {**os.environ, "BAK_STATE_DIR": str(tmp_path)}
    terminal = Terminal(environment, "--profile", "nope", "--config", str(tmp_path / "config.toml"))
    try:
        terminal.until(b"bak-tui: there is no profile nope", seconds=60)
        assert terminal.process.wait(60) == ExitCode.USAGE
        assert b"Databases" in terminal.seen.partition(b"bak-tui: there is no profile")[0]
    finally:
        terminal.close()
