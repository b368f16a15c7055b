"""A key of the user's own works, and footer, help and palette call it by its name."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bak_tui.core.screen_settings import ScreenSettings
from bak_tui.tui.dialogs.ask import Confirm
from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.keys.keymap import keymap_of
from bak_tui.tui.session.bounds import wished
from bak_tui.tui.widgets.help import Help
from tests.bench.terminal import BAK_TUI
from tests.scenes.catalogue import Scene
from tests.scenes.drawing import SceneApp, settled
from tests.scenes.scene_bak import SceneBak
from tests.tui.conftest import Stage
from tests.tui.places import on_scene

NOTHING_SAID = ScreenSettings()


@pytest.mark.asyncio
async def test_footer_help_and_palette_show_the_users_own_keys_and_they_work() -> None:
    scene = Scene("test", (120, 40))
    own = {"db.backup": "B, f5", "app.help": "H", "bucket.upload": "ctrl+u", "list.page-up": "pageup"}
    app = SceneApp(scene, own_keys=keymap_of(own, ""))
    async with app.run_test(size=scene.size, notifications=True) as pilot:
        stage = Stage(app, pilot, scene.bak())
        await settled(app)
        assert "B Back up" in stage.text()
        assert "H Help" in stage.text()
        await stage.press("b", "question_mark")
        assert app.screen is stage.workbench
        await stage.press("H")
        await stage.until(lambda: app.screen.query(Help))
        await stage.until(lambda: "B f5" in stage.text())
        assert "H closes" in stage.text()
        await stage.press("H", "colon", *"upload")
        await stage.until(lambda: "Bucket: Upload  ^u" in stage.text())
        await stage.press("escape", "f5")
        await stage.until(lambda: isinstance(app.screen, BackupDialog))


@pytest.mark.asyncio
async def test_what_stands_in_place_of_rows_names_the_users_own_keys() -> None:
    own = {"pane.clear-filter": "f6", "db.new-profile": "N", "jobs.cancel": "X", "app.quit": "f9"}
    scene = Scene("test", (120, 40))
    app = SceneApp(scene, own_keys=keymap_of(own, ""))
    async with app.run_test(size=scene.size, notifications=True) as pilot:
        stage = Stage(app, pilot, scene.bak())
        await settled(app)
        await stage.press("4", "G", "X")
        await stage.until(lambda: "X does not work here" in stage.text())
        await stage.press("2", "slash", *"zzz", "enter")
        await stage.until(lambda: "nothing matches; f6 shows all" in stage.text())
        await stage.press("f6")
        await stage.until(lambda: "nothing matches" not in stage.text())
        await stage.press("ctrl+c")
        await stage.until(lambda: "f9 quits" in stage.text())
    empty = Scene("test", (120, 40), bak=lambda: SceneBak(has_jobs=False), choices=())
    app = SceneApp(empty, own_keys=keymap_of(own, ""))
    async with app.run_test(size=empty.size) as pilot:
        stage = Stage(app, pilot, empty.bak())
        await stage.until(lambda: "N    New profile" in stage.text())


@pytest.mark.asyncio
async def test_dialogs_take_the_users_own_keys_and_buttons_footer_and_help_name_them() -> None:
    own = {
        "backup.options": "f6",
        "dialog.copy": "f7",
        "dialog.help": "f8",
        "confirm.yes": "J",
        "log.copy": "C",
    }
    async with on_scene((120, 40), own_keys=keymap_of(own, "")) as stage:
        app = stage.app
        await stage.go_to(stage.databases, "fence-prod")
        await stage.press("b")
        await stage.until(lambda: "f7 copies the command" in stage.text())
        await stage.press("o", "Y", "f6")
        await stage.until(lambda: app.screen.query_one("Folded").has_class("-unfolded"))
        assert not app.clipboard
        await stage.press("f7", "f8")
        assert app.clipboard.startswith("bak backup")
        await stage.until(lambda: "f8 closes" in stage.text() and "copy the bak command" in stage.text())
        await stage.press("f8", "escape", "4", "g", "j", "j", "L")
        await stage.until(lambda: "Copy log  C" in stage.text())
        await stage.press("C")
        await stage.until(lambda: "copied" in stage.text())
        await stage.press("escape", "q")
        await stage.until(lambda: "Yes  J" in stage.text())
        await stage.press("y")
        assert isinstance(app.screen, Confirm)
        await stage.press("J")
        await stage.until(lambda: app.return_value == 0)


def test_a_key_that_cannot_be_is_told_before_anything_is_drawn(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[keys]\ndb.backup = "V"\n')
    done = subprocess.run(
        [BAK_TUI, "--config", config], capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    assert done.returncode == 2
    assert b"V would be both db.backup (Back up) and db.verify (Verify) in Databases" in done.stderr
    assert b"give db.verify another key, too" in done.stderr
    assert done.stdout == b""


def test_a_flag_goes_before_what_the_file_says_of_the_screen_and_the_demo_reads_no_file(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[screen]\nascii = true\nbell = false\n")

    def said(flags: ScreenSettings = NOTHING_SAID, *, is_demo: bool = False) -> ScreenSettings:
        return wished(flags, str(config), is_demo=is_demo)

    assert said() == ScreenSettings(is_ascii=True, rings=False)
    assert said(ScreenSettings(is_ascii=False, rings=True)) == ScreenSettings(is_ascii=False, rings=True)
    assert said(is_demo=True) == ScreenSettings()
