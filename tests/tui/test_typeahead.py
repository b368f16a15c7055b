"""What is typed faster than the screen follows: every key goes where a slow typist's would have gone."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.widgets import Input

from bak_tui.core.leftovers import Leftovers
from bak_tui.core.marks import Mark, MarkKind
from bak_tui.operations.doctor.marked import MarkedDatabase
from bak_tui.services.history import History
from bak_tui.tui.dialogs.ask import Confirm, TypeName
from bak_tui.tui.dialogs.backup import BackupDialog
from bak_tui.tui.dialogs.details import DetailsDialog
from bak_tui.tui.dialogs.leftovers import LeftoversDialog
from bak_tui.tui.dialogs.profile import ProfileDialog
from bak_tui.tui.typeahead import Typeahead
from tests.bench.terminal import Terminal
from tests.scenes.databases import NOW
from tests.scenes.jobs import ENDED
from tests.tui.conftest import Stage
from tests.tui.places import BUCKET, on_scene
from tests.waiting import PATIENCE


async def all_taken(stage: Stage) -> None:
    await stage.until(lambda: stage.app.typeahead.is_empty)


@pytest.mark.asyncio
async def test_letters_behind_a_slash_are_text_and_no_commands() -> None:
    async with on_scene() as stage:
        before = [status.id for status in stage.jobs.listing.items]
        stage.send("4", "/", *"xcA+2zq")
        await stage.until(lambda: stage.jobs.filter == "xcA+2zq")
        await all_taken(stage)
        assert stage.app.screen is stage.workbench
        stage.send("escape", "2", "j", "j", "/", *"abcdefghijklmnopqrstuvwxyz" * 2, "backspace")
        await stage.until(lambda: stage.databases.filter == ("abcdefghijklmnopqrstuvwxyz" * 2)[:-1])
        assert [status.id for status in stage.jobs.listing.items] == before


@pytest.mark.asyncio
async def test_keys_behind_one_that_opens_a_dialog_are_the_dialogs() -> None:
    async with on_scene() as stage:
        stage.send("b", "escape", "1", "n", *"postgresql://me@db/x y")
        await stage.until(lambda: isinstance(stage.app.focused, Input))
        await all_taken(stage)
        assert isinstance(stage.app.screen, ProfileDialog)
        assert isinstance(stage.app.focused, Input)
        assert stage.app.focused.value == "postgresql://me@db/x y"
        stage.send("escape", "y", "2", "b")
        await stage.until(lambda: isinstance(stage.app.screen, BackupDialog))


@asynccontextmanager
async def a_slow_delete(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Stage, threading.Event]]:
    """On a dump; what would be deleted is not answered before the event is set."""
    may_answer = threading.Event()
    async with BUCKET.reached() as stage:
        await BUCKET.enter(stage)
        plan = stage.bak.plans.delete

        def asked(*what: Any) -> Any:
            assert may_answer.wait(PATIENCE)
            return plan(*what)

        monkeypatch.setattr(stage.bak.plans, "delete", asked)
        try:
            yield stage, may_answer
        finally:
            may_answer.set()


def says_that_it_waits(stage: Stage) -> bool:
    return "► looking at what would be deleted, 1 dump   esc gives it up" in stage.text().splitlines()[-1]


@pytest.mark.asyncio
@pytest.mark.parametrize("is_late", [False, True])
async def test_a_name_typed_behind_a_key_that_asks_a_server_first_is_the_dialogs_however_late_it_answers(
    is_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_slow_delete(monkeypatch) as (stage, may_answer):
        cursor = stage.bucket.listing.cursor
        if not is_late:
            may_answer.set()
        stage.send("D", *"gen3-pro")
        if is_late:
            await stage.until(lambda: says_that_it_waits(stage))
            assert stage.app.screen is stage.workbench
            assert not stage.app.typeahead.is_empty, "keys wait"
            may_answer.set()
        await stage.until(lambda: isinstance(stage.app.screen, TypeName))
        await all_taken(stage)
        assert isinstance(stage.app.focused, Input)
        assert stage.app.focused.value == "gen3-pro"
        assert stage.bucket.listing.cursor == cursor
        stage.send("escape", "j", "i")
        await stage.until(lambda: isinstance(stage.app.screen, DetailsDialog))


@pytest.mark.asyncio
async def test_escape_gives_up_what_is_asked_and_what_was_typed_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_slow_delete(monkeypatch) as (stage, may_answer):
        cursor = stage.bucket.listing.cursor
        stage.send("D", *"jjjb", "escape", "k")
        await stage.until(lambda: "what would be deleted, 1 dump was given up" in stage.text())
        await all_taken(stage)
        assert stage.app.screen is stage.workbench
        assert stage.bucket.listing.cursor == cursor - 1, "k alone is the list's"
        may_answer.set()
        await stage.rest()
        await stage.press("j")
        assert stage.app.screen is stage.workbench, "what comes too late opens nothing"
        assert stage.bucket.listing.cursor == cursor


@pytest.mark.asyncio
async def test_a_question_that_a_click_has_begun_has_the_keys_behind_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_slow_delete(monkeypatch) as (stage, may_answer):
        await stage.workbench.run_action("delete_dump")
        await stage.rest()
        stage.send(*"gen3")
        await stage.until(lambda: says_that_it_waits(stage))
        may_answer.set()
        await stage.until(lambda: isinstance(stage.app.focused, Input))
        await all_taken(stage)
        assert isinstance(stage.app.focused, Input)
        assert stage.app.focused.value == "gen3"


@pytest.mark.asyncio
async def test_the_program_is_quit_while_a_server_that_was_asked_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_slow_delete(monkeypatch) as (stage, _):
        stage.send("D", *"ny", "ctrl+q")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        await all_taken(stage)
        assert "Quit?" in stage.text(), "neither the n nor the y was its answer"
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.workbench)


@pytest.mark.asyncio
async def test_the_next_name_is_typed_while_the_database_before_is_being_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_go_on = threading.Event()
    mark = Mark(kind=MarkKind.KEPT, database="fence", job="bak-00000000", at=NOW)
    kept = tuple(MarkedDatabase(f"fence__old_{end}", 1_000_000, mark, is_busy=False) for end in "ab")
    async with on_scene() as stage:
        profile, board, offer = stage.workbench.profile, stage.workbench.board, stage.workbench._offer
        assert profile is not None
        assert board is not None
        offer._looked_after.clear()
        monkeypatch.setattr(offer, "_look", lambda *_: (Leftovers(()), kept))
        monkeypatch.setattr(stage.bak.engine, "jobs", ())
        monkeypatch.setattr(stage.bak.house, "drop", lambda *_: may_go_on.wait(PATIENCE))
        stage.workbench.run_worker(offer.make(profile, board), group="board-read")
        await stage.until(lambda: isinstance(stage.app.screen, LeftoversDialog))
        try:
            stage.send("d", *"fence__old_a", "enter", *"fence__old_b")
            await stage.until(lambda: stage.app.screen is stage.workbench)
            await stage.rest()
            assert not stage.app.typeahead.is_empty
        finally:
            may_go_on.set()
        await stage.until(lambda: isinstance(stage.app.screen, TypeName))
        await all_taken(stage)
        assert isinstance(stage.app.focused, Input)
        assert stage.app.focused.value == "fence__old_b"


@pytest.mark.asyncio
async def test_what_is_pasted_follows_the_key_before_it() -> None:
    async with on_scene() as stage:
        stage.send("/")
        stage.app.post_message(Paste("fence q"))
        stage.send("!", "enter", "4")
        await stage.until(lambda: stage.databases.filter == "fence q!")
        await stage.until(lambda: stage.jobs.listing.has_focus)


@pytest.mark.asyncio
async def test_a_defect_here_ends_the_program_and_not_the_keyboard_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def break_down(_typeahead: Typeahead, _before: object) -> None:
        raise RuntimeError("broken typeahead")

    async def run() -> None:
        async with on_scene() as stage:
            await all_taken(stage)
            monkeypatch.setattr(Typeahead, "_stands", break_down)
            stage.send("j")
            await stage.until(lambda: not stage.app.is_running)

    with pytest.raises(RuntimeError, match="broken typeahead"):
        await run()


@pytest.mark.asyncio
async def test_a_held_key_moves_on_every_time() -> None:
    async with on_scene() as stage:
        listing = stage.databases.listing
        stage.send("g", *"jjjjjjjj", "k")
        await stage.until(lambda: listing.cursor > 0)
        await all_taken(stage)
        assert listing.cursor == 7


def test_what_is_typed_at_the_start_of_the_program_is_taken_in_order(tmp_path: Path) -> None:
    history = History(tmp_path)
    for status in ENDED[:3]:
        history.record(status, None)
    terminal = Terminal({**os.environ, "BAK_STATE_DIR": str(tmp_path), "BAK_CONFIG": str(tmp_path / "none")})
    try:
        os.write(terminal.master, b"4j/x2q+")
        terminal.until_drawn_whole(b"/ x2q+   0 of 3", seconds=120)
        os.write(terminal.master, b"\x1b")
        terminal.until_drawn_whole(b"3 finished")
        os.write(terminal.master, b"?/:zz")
        assert terminal.process.poll() is None
    finally:
        terminal.close()
