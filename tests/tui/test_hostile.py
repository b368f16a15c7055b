"""Hostile names through every pane, dialog, toast, log and header: literal, aligned, never obeyed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Input
from textual.widgets._toast import Toast

from bak_tui.core.command_line import bak_line
from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobId
from bak_tui.core.manifest import TableRecord
from bak_tui.tui import dialogs
from bak_tui.tui.dialogs.ask import AskPassword, Confirm, TypeName
from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.dialogs.details import DetailsDialog
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.dialogs.folder import FolderDialog, Purpose, working_folder
from bak_tui.tui.dialogs.jump import JumpDialog
from bak_tui.tui.dialogs.leftovers import LeftoversDialog
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.dialogs.peek import PeekDialog
from bak_tui.tui.dialogs.pick import Pick
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.dialogs.proof import ProveDialog, VerifyDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.dialogs.result import ResultDialog
from bak_tui.tui.dialogs.tables import TablesDialog
from bak_tui.tui.messages import Failed, JobUpdated, WritingRefused
from bak_tui.tui.widgets.listing import Listing
from tests.scenes.catalogue import Scene
from tests.scenes.databases import PROFILE
from tests.scenes.drawing import SceneApp, settled
from tests.tui.conftest import Stage
from tests.tui.hostile import (
    NAMES,
    WORST,
    choices,
    error,
    failed_job,
    hostile_bak,
    kept,
    leftovers,
    run,
)
from tests.tui.places import back_to_the_workbench

pytestmark = pytest.mark.asyncio

ESCAPING = "a\x1b]52;c;aGk=\x07b"
SIZES = [
    (160, 45),
    (120, 36),
    (80, 24),
    *(pytest.param(size, marks=pytest.mark.sweep) for size in ((144, 40), (60, 15))),
]
"""Of every layout; half a minute each, so those that are nearest to another's wait for the sweep."""
"""One of each layout, and the smallest."""
PAGES = 5
"""Of half a screen; as many as all names fill at the smallest size."""
SEEN: set[type] = set()
"""The screens that were looked at."""


def every_dialog(of: type = Dialog) -> set[type]:
    """All kinds that the program has."""
    for module in pkgutil.iter_modules(dialogs.__path__, f"{dialogs.__name__}."):
        importlib.import_module(module.name)
    kinds: list[type] = of.__subclasses__()
    below = set(kinds).union(*map(every_dialog, kinds))
    return {kind for kind in below if kind.__module__.startswith(dialogs.__name__)}


def sound(stage: Stage) -> str:
    """What is on the screen, after it was looked at cell by cell."""
    width, height = stage.app.size
    strips = stage.app.screen._compositor.render_strips()[:height]
    for strip in strips:
        assert cell_len(strip.text) == width, f"{cell_len(strip.text)} cells, not {width}: {strip.text!r}"
        assert strip.text.isprintable(), repr(strip.text)
        for segment in strip:
            links = segment.style.link if segment.style else None
            clicks = segment.style.meta.get("@click") if segment.style and segment.style.meta else None
            assert (links, clicks) in {(None, None), ("", None)}, f"{segment.text!r} can be clicked"
    assert stage.app.is_running
    return "\n".join(strip.text for strip in strips)


async def look(stage: Stage, kind: type | None = None, *, saying: str = "") -> str:
    """Once it is that kind of dialog and says that much: a screen is there before its words are."""
    if kind is not None:
        await stage.until(lambda: isinstance(stage.app.screen, kind))
    await stage.until(lambda: saying in stage.text())
    await stage.rest()
    SEEN.add(type(stage.app.screen))
    return sound(stage)


async def opened(stage: Stage, kind: type, *keys: str, saying: str = "") -> str:
    await stage.press(*keys)
    return await look(stage, kind, saying=saying)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.fault("R40")
async def test_hostile_names_are_literal_and_aligned_everywhere(size: tuple[int, int]) -> None:
    SEEN.clear()
    bak = hostile_bak()
    app = SceneApp(Scene("hostile", size, bak=lambda: bak, choices=choices()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        await _panes(stage)
        await _dialogs_of_the_databases(stage)
        await _dialogs_of_jobs_and_profiles(stage)
        await _small_dialogs_and_toasts(stage)
        await _failures(stage)
    assert every_dialog() - SEEN == set(), "a dialog that nobody has looked at"


async def _panes(stage: Stage) -> None:
    seen = ""
    for pane in "1234":
        await stage.press(pane)
        await stage.rest()
        # What is said of the row under the cursor changes with it in two of them; else a page is enough.
        step, steps = ("j", len(NAMES) + 2) if pane in "23" else ("ctrl+d", PAGES)
        for _ in range(steps):
            seen += sound(stage)
            await stage.press(step)
        await stage.press("slash", "x", "enter")
        seen += sound(stage)
        await stage.press("escape")
    for name in NAMES:
        if cell_len(visible(name)) < 16:
            assert visible(name) in seen, f"{name!r} is not shown literally"
    await stage.go_to(stage.bucket, f"{ESCAPING}/")
    await stage.press("enter")
    await stage.until(lambda: stage.bucket.folder == f"{ESCAPING}/")
    await look(stage)
    await stage.press("f1")
    await look(stage)
    await stage.press("f1", "h")
    await stage.until(lambda: stage.bucket.folder == "")


async def _dialogs_of_the_databases(stage: Stage) -> None:
    for name in (WORST, "x" * 63):
        await back_to_the_workbench(stage)
        await stage.press("2")
        await stage.go_to(stage.databases, name)
        await opened(stage, VerifyDialog, "V", saying=visible(name)[:8])
        await opened(stage, ProveDialog, "escape", "P")
        await opened(stage, DetailsDialog, "escape", "i")
        await stage.press("escape")
        await opened(stage, RestoreDialog, "R")
        await stage.press("enter")
        await stage.until(lambda: "2 Where" in stage.text())
        await look(stage)
        await stage.press("shift+tab", "right", "right")
        await look(stage)
        await stage.press("enter")
        await stage.until(lambda: "what will happen" in stage.text() or "✗" in stage.text())
        await look(stage)
        if "what will happen" in stage.text():
            await opened(stage, TypeName, "enter", saying=visible(name)[:8])
    await back_to_the_workbench(stage)
    await stage.press("2")
    await stage.go_to(stage.databases, WORST)
    await _inside_of_a_dump(stage)
    await opened(stage, BackupDialog, "a", "b")
    await stage.press("Y")
    await look(stage)
    await back_to_the_workbench(stage)
    await stage.press("2")
    await stage.go_to(stage.databases, WORST)
    await stage.press("enter")
    await stage.until(lambda: stage.bucket.folder.startswith("~5B~2Fx") and stage.bucket.listing.has_focus)
    await stage.until(lambda: len(stage.bucket.listing.items) == 2)
    await stage.press("g", "j")
    await stage.until(lambda: stage.bucket.current_dump is not None)
    await opened(stage, TypeName, "D")


async def _inside_of_a_dump(stage: Stage) -> None:
    """Names of schemas, tables, columns and kinds, values, and the marked tables of the restore."""
    await opened(stage, PeekDialog, "p", saying="in this dump")
    await stage.until(lambda: visible(WORST)[:8] in stage.text())
    await stage.press("j", "space")
    await stage.until(lambda: "columns 1 to" in stage.text())
    for _ in range(2):
        await look(stage)
        await stage.press("c", "ctrl+d")
    await stage.press("G", "enter", "G")
    await look(stage)
    await stage.press("slash", *"xx", "enter")
    await look(stage)
    await stage.press("escape", "escape")
    await stage.until(lambda: stage.app.screen is stage.workbench)


async def _dialogs_of_jobs_and_profiles(stage: Stage) -> None:
    await back_to_the_workbench(stage)
    await stage.press("4", "g", "j", "j")
    await opened(stage, LogDialog, "L")
    for _ in range(PAGES):
        await stage.press("ctrl+u")
        await look(stage)
    await back_to_the_workbench(stage)
    await stage.press("4", "G")
    await opened(stage, ResultDialog, "enter")
    for _ in range(PAGES):
        await stage.press("ctrl+d")
        await look(stage)
    await back_to_the_workbench(stage)
    await stage.press("1", "g")
    await opened(stage, Confirm, "D")
    await opened(stage, ProfileDialog, "escape", "n")
    for field in stage.app.screen.query(Input):
        field.value = WORST
    await look(stage)


async def _small_dialogs_and_toasts(stage: Stage) -> None:
    app = stage.app
    tables = [TableRecord(schema=WORST, name=name, rows=None, bytes=1) for name in (*NAMES, WORST)]
    for dialog in (
        AskPassword(WORST, WORST, f"wrong password for {WORST}"),
        Pick("Pick", [[(visible(name), "text")] for name in NAMES]),
        Confirm("Quit?", [WORST, *NAMES[:4]]),
        JumpDialog(PROFILE, f"{WORST}/"),
        FolderDialog(purpose(), replace(PROFILE, name=WORST), Path("/")),
        LeftoversDialog(replace(PROFILE, name=WORST), leftovers(), kept()),
        ResultDialog(run(), JobId(1), "backup", WORST, replace(PROFILE, name=WORST)),
        TablesDialog(
            PROFILE, tables, {f"{WORST}.{WORST}"}, lambda names: bak_line("restore", PROFILE, *names)
        ),
    ):
        await back_to_the_workbench(stage)
        app.push_screen(dialog)
        await look(stage, type(dialog))
    await back_to_the_workbench(stage)
    stage.workbench.complain(error(WORST))
    await stage.until(lambda: "permission denied" in stage.text())
    await look(stage)
    await stage.press("colon")
    await stage.rest()
    assert stage.app.is_running


async def _failures(stage: Stage) -> None:
    """What stands in place of rows, around them, and in toasts, when a hostile end fails."""
    workbench, said = stage.workbench, visible(WORST)[:8]
    told = replace(failed_job().status, id=JobId(990))
    for news in (WritingRefused(WORST), Failed(WORST, error(WORST)), JobUpdated(told)):
        await back_to_the_workbench(stage)
        await stage.press("2", "z")
        # The end of a job is told by a toast only where its row is not to be seen.
        await stage.until(lambda: not stage.jobs.display)
        workbench.post_message(news)
        await stage.until(lambda: len(stage.app.screen.query(Toast)) > 0)
        await look(stage, saying=said)
    await back_to_the_workbench(stage)
    await stage.press("2")
    stage.databases.show_board(None)
    stage.databases.listing.say_instead(stage.databases.failure(error(WORST)))
    await look(stage, saying="✗ permission denied")
    await stage.press("3")
    stage.bucket.begin(f"{WORST}/", WORST, WORST)
    await look(stage, saying="listing …")
    stage.bucket.view.fail(error(WORST))
    await stage.until(lambda: "the listing broke off" in str(stage.bucket.border_subtitle))
    await look(stage, saying="✗ permission denied")


ESCAPING_TITLE = "a\x1b]0;t\x07b"
FOLDERS = (
    ESCAPING_TITLE,
    "n\nl",
    "[x][@click=app.quit]q",
    "\u202egnp",
    "漢字",
    "\x9b31m",
    "\udcff",
    "🎉" * 60,
    "e\u0301" * 40,
)


def purpose(*, may_be_new: bool = True) -> Purpose:
    def line(folder: Path) -> str:
        return bak_line("dump", PROFILE, "--dir", str(folder))

    return Purpose("Dump", WORST, line, may_be_new)


def listed(dialog: FolderDialog) -> Sequence[Path]:
    return dialog.query_one(Listing).items


def shell_words(line: str) -> list[str]:
    """As bash reads it, byte for byte."""
    script = f"set -- {line}; printf '%s\\0' \"$@\""
    told = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    return [os.fsdecode(word) for word in told.stdout.split(b"\0")[:-1]]


@pytest.mark.parametrize("size", SIZES[1:], ids=str)
async def test_the_folder_picker_draws_hostile_names_on_one_row_each(
    size: tuple[int, int], tmp_path: Path
) -> None:
    here = tmp_path / "[" / "x]\x1b]0;t\x07\n漢"
    for name in FOLDERS:
        (here / name).mkdir(parents=True)
    bak = hostile_bak()
    app = SceneApp(Scene("folders", size, bak=lambda: bak, choices=choices()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        dialog = FolderDialog(purpose(), PROFILE, here)
        app.push_screen(dialog)
        await stage.until(lambda: dialog.is_mounted and len(listed(dialog)) > len(FOLDERS))
        await look(stage, FolderDialog)
        assert dialog.query_one(Input).value == visible(str(here))
        await stage.press("tab")
        seen = ""
        for _ in FOLDERS:
            seen += await look(stage)
            await stage.press("down")
        seen += await look(stage)  # the last of them; how many rows there are depends on the path's length
        for name in FOLDERS:
            assert f" {visible(name)[:8]}" in seen, f"{name!r} is not shown literally"
        await stage.press("home", *["down"] * (sorted(FOLDERS).index(ESCAPING_TITLE) + 1), "enter")
        await stage.until(lambda: dialog.folder == here / ESCAPING_TITLE)
        await look(stage)
        await stage.press("ctrl+y")
        assert shell_words(app.clipboard)[-1] == str(here / ESCAPING_TITLE)


async def test_a_folder_is_typed_or_walked_to_and_what_is_wrong_with_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "file").write_text("")
    bak = hostile_bak()
    app = SceneApp(Scene("gone", (80, 24), bak=lambda: bak, choices=choices()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        dialog = FolderDialog(purpose(may_be_new=False), PROFILE, tmp_path)
        answers: list[Path | None] = []
        app.push_screen(dialog, answers.append)
        await stage.until(lambda: dialog.is_mounted and tmp_path / "inside" in listed(dialog))
        assert len(listed(dialog)) == 2
        await stage.press("tab", "full_stop")
        await stage.until(lambda: len(listed(dialog)) == 3)
        await stage.press("shift+tab", *"/none")
        await stage.until(lambda: "there is no such folder" in stage.text())
        await stage.press("enter")
        assert answers == []
        await stage.press(*["backspace"] * 5, *"/file")
        await stage.until(lambda: "this is no folder" in stage.text())
        await stage.press("enter")
        assert answers == []
        await look(stage, FolderDialog)
        await stage.press("tab", "h")
        await stage.until(lambda: dialog.folder == tmp_path)
        await stage.until(lambda: "folders in it" in stage.text())
        await stage.press("shift+tab", "enter")
        assert answers == [tmp_path]


async def test_a_working_folder_that_was_removed_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(FileNotFoundError):
        Path.cwd()
    assert working_folder() == Path.home()
    bak = hostile_bak()
    app = SceneApp(Scene("gone", (120, 36), bak=lambda: bak, choices=choices()))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(app)
        stage = Stage(app, pilot, bak)
        await stage.press("2", "d")
        await look(stage, FolderDialog)
        assert f"--dir {Path.home()}" in stage.text().replace("\\", "").replace("\n", "")
