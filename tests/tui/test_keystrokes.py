"""What is done every day takes few keys; rarer options are there, and the line shown does the same."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.widgets import Input

from bak_tui.cli.program import bak as program
from bak_tui.core.standing import Standing
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.tui.app import BakApp
from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.dialogs.folder import FolderDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.dialogs.tables import TablesDialog
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.choices import stored_choice
from bak_tui.tui.widgets.listing import Listing
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, drop, fill, rows_of
from tests.servers.fixtures import MakeDatabase
from tests.tui.conftest import Stage, on_stage

pytestmark = pytest.mark.asyncio


async def test_all_databases_are_backed_up_with_three_keys_and_one_is_restored_beside_itself_with_four(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    async with on_stage(house) as stage:
        first = stage.databases.listing.current
        assert first is not None
        assert first.verdict is not None
        assert first.verdict.standing is Standing.NONE, "what is not protected is under the cursor at once"
        await stage.opened(BackupDialog, "a", "b")
        await stage.press("enter")
        await stage.all_ended(1)
        assert name in {key.partition("/")[0] for key in house.objects()}
        assert len({key.partition("/")[0] for key in house.objects()}) == len(stage.databases.listing.items)
        await stage.go_to(stage.databases, name)
        await stage.until(lambda: getattr(stage.databases.listing.current, "dumps", ()))
        await stage.opened(RestoreDialog, "R")
        await stage.press("enter")
        await stage.until(lambda: f"{name}_restored" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "what was checked" in stage.text())
        await stage.press("enter")
        try:
            await stage.all_ended(2)
            assert rows_of(house.server, f"{name}_restored") == SAMPLE_ROWS
        finally:
            drop(house.server, f"{name}_restored")


def stored(house: House, room: Path) -> None:
    """The house's profile in a file of its own, its secrets in files."""
    server, target = house.server, house.target
    house.config = room / "config.toml"
    (room / "password").write_text(server.password.reveal() if server.password else "")
    assert target.secret_key is not None
    (room / "keys").write_text(f"{target.access_key}\n{target.secret_key.reveal()}")
    for name in ("password", "keys"):
        (room / name).chmod(0o600)
    raw = {
        "server": {**server.given, "password": {"from": "file", "path": str(room / "password")}},
        "target": {
            "bucket": target.bucket,
            "endpoint": target.endpoint,
            "region": target.region,
            "addressing": target.addressing.value,
            "keys": {"from": "file", "path": str(room / "keys")},
        },
    }
    house.bak().profiles.save(parse_profile("the house", raw))


def pasted(line: str, *more: str) -> str:
    """What `bak` says to the line, and that it does not fail."""
    result = CliRunner().invoke(program, [*shlex.split(line)[1:], *more])
    assert result.exit_code == 0, f"{line}\n{result.output}\n{result.exception!r}"
    return result.output


NOTE = "before [b]1.2[/b] 🎉"


async def copied(stage: Stage, kind: type) -> str:
    await stage.until(lambda: isinstance(stage.app.screen, kind))
    await stage.rest()
    await stage.press("ctrl+y")
    return stage.app.clipboard


async def test_the_rarer_options_do_what_they_say_and_every_line_can_be_pasted(
    house: House, make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAK_PG_BINDIR", str(house.bindir))
    monkeypatch.setenv("BAK_STATE_DIR", str(tmp_path / "state"))
    name = make_database()
    fill(house.server, name)
    stored(house, tmp_path)
    bak = house.bak()
    app = BakApp(Begun(bak, Workbench(bak, [stored_choice(bak, each) for each in bak.profiles.all()])))
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        stage = Stage(app, pilot, bak)
        await stage.until(stage.has_whole_board)
        await stage.go_to(stage.databases, name)
        await stage.press("b", "o", "right", "tab", "right")
        stage.app.screen.query_one("#note", Input).value = NOTE
        line = await copied(stage, BackupDialog)
        assert {"--hash-contents", "--globals", f"--note={NOTE}"} <= set(shlex.split(line))
        assert name in pasted(line, "--dry-run")
        stage.app.screen.query_one("#left-out", Input).value = f"{name}*"
        await stage.press("enter")
        await stage.until(lambda: "nothing is left of them" in stage.text())
        stage.app.screen.query_one("#left-out", Input).value = ""
        await stage.press("enter")
        await stage.all_ended(1)
        (path,) = (key for key in house.objects() if key.endswith(".sql.manifest.json") and name in key)
        manifest = json.loads(house.bucket.read(path, limit=10**6))
        assert all(table["content_hash"] for table in manifest["tables"])
        assert manifest["globals"]["path"] in house.objects()
        assert manifest["note"] == NOTE
        await _a_part_is_restored(stage, house, name)
        await _lines_of_folders(stage, name, tmp_path)


async def _a_part_is_restored(stage: Stage, house: House, name: str) -> None:
    table = next(iter(SAMPLE_ROWS))
    await stage.go_to(stage.databases, name)
    await stage.until(lambda: getattr(stage.databases.listing.current, "dumps", ()))
    await stage.opened(RestoreDialog, "R")
    await stage.press("enter")
    await stage.until(lambda: f"{name}_restored" in stage.text())
    await stage.press("ctrl+t")
    await stage.until(lambda: isinstance(stage.app.screen, TablesDialog))
    await stage.press("slash", *table, "enter")
    await stage.until(lambda: len(stage.app.screen.query_one(Listing).items) == 1)
    await stage.press("space")
    ticked = await copied(stage, TablesDialog)
    assert ticked.endswith(f"--table {table}"), (
        "how many workers is the operation's to say, as without --jobs"
    )
    await stage.press("enter")
    await stage.until(lambda: isinstance(stage.app.screen, RestoreDialog))
    await stage.until(lambda: f"{table}, owners as dumped" in stage.text())
    assert await copied(stage, RestoreDialog) == ticked
    plan = pasted(await copied(stage, RestoreDialog), "--plan")
    assert table in plan
    await stage.press("enter")
    await stage.until(lambda: "what was checked" in stage.text())
    await stage.press("enter")
    try:
        await stage.all_ended(2)
        assert rows_of(house.server, f"{name}_restored") == {table: SAMPLE_ROWS[table]}
    finally:
        drop(house.server, f"{name}_restored")


async def _lines_of_folders(stage: Stage, name: str, folder: Path) -> None:
    await stage.go_to(stage.databases, name)
    await stage.press("d")
    assert name in pasted(await copied(stage, FolderDialog), "--dry-run")
    await stage.press("escape", "enter")
    await stage.until(lambda: stage.bucket.listing.has_focus and stage.bucket.current_dump)
    await stage.press("w")
    assert name in pasted(await copied(stage, FolderDialog), "--dry-run")
    await stage.press("escape", "D")
    assert name in pasted(await copied(stage, Dialog), "--dry-run")
