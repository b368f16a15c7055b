"""What holds in every dialog there is, in every state of `buttons.py` (which one without a state fails):

`q` does what escape does, a resized one loses nothing, and whatever is pasted into a field stays text there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.errors import UsageError
from bak_tui.core.foreign import visible
from bak_tui.core.plan import Mode
from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.dialogs.log import LogDialog
from bak_tui.tui.dialogs.peek import PeekDialog
from bak_tui.tui.dialogs.restore import RestoreDialog
from bak_tui.tui.widgets.choosing import Chooser
from bak_tui.tui.widgets.fields import SecretField
from bak_tui.tui.widgets.folding import Folded
from bak_tui.tui.widgets.pressing import FormButton
from tests.scenes.databases import STORED
from tests.tui.buttons import GROUPS, STATES, Shown, State
from tests.tui.conftest import Stage
from tests.tui.places import WHERE, on_scene
from tests.tui.test_buttons import shown
from tests.tui.test_hostile import every_dialog, sound

pytestmark = pytest.mark.asyncio

EACH_STATE = pytest.mark.parametrize("states", GROUPS, ids=lambda states: f"{states[0].name} …")
WIDE = (160, 45)
SIZES = [(80, 24), (60, 15), (50, 10), WIDE]
LEAST = (60, 15)
"""Columns and rows of a terminal that everything works in."""


@pytest.fixture(autouse=True)
def _own_profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BAK_CONFIG", str(tmp_path / "config.toml"))


async def opened(stage: Stage, state: State, room: Path) -> Shown:
    if state.name.endswith("profile"):
        with suppress(UsageError):  # it is there already
            stage.bak.profiles.save(STORED)
    return await shown(stage, state, room)


async def test_every_dialog_has_a_state() -> None:
    async with on_scene(WIDE) as stage:
        assert {type(state.make(stage, Path())) for state in STATES} == every_dialog()


# -- q ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Closed:
    """What a key has come to."""

    on_top: str
    said: str
    answers: tuple[object, ...]


async def closed_by(stage: Stage, state: State, room: Path, key: str) -> Closed:
    it = await opened(stage, state, room)
    it.dialog.query(FormButton).last().focus()  # in a field a letter is text
    await stage.rest()
    await stage.press(key)
    await stage.until(lambda: stage.app.screen is not it.dialog)
    await stage.rest()
    top = stage.app.screen
    assert stage.app.is_running
    return Closed(type(top).__name__, top.title or "", tuple(it.answers))


@EACH_STATE
async def test_q_does_what_escape_does_and_never_quits(states: Sequence[State], tmp_path: Path) -> None:
    async with on_scene(WIDE) as stage:
        for state in states:
            by_escape = await closed_by(stage, state, tmp_path, "escape")
            assert await closed_by(stage, state, tmp_path, "q") == by_escape, state.name
            it = await opened(stage, state, tmp_path)
            found = fields(it.dialog)
            await stage.rest()  # what is folded out is laid out
            for field in found:
                before = field.value
                field.focus()
                await stage.press("end", "q")
                await stage.until(lambda: field.value == f"{before}q")  # noqa: B023  # awaited here
                assert stage.app.screen is it.dialog, state.name


# -- resized ---------------------------------------------------------------------------------------------


def fields(dialog: Dialog[Any]) -> list[Input]:
    """Those that can be typed into; what is folded away is folded out."""
    for folded in dialog.query("Folded").results():
        if isinstance(folded, Folded) and _is_shown(folded) and not folded.has_class("-unfolded"):
            folded.fold()
    if isinstance(dialog, LogDialog | PeekDialog):
        dialog.action_filter()
    return [field for field in dialog.query(Input) if _is_shown(field)]


def _is_shown(widget: Widget) -> bool:
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))


def kept(it: Shown) -> tuple[object, ...]:
    """What must not be lost: the focus, what was typed and chosen, what can be done."""
    return (
        it.stage.app.focused,
        [(field.id, field.value, field.cursor_position) for field in it.dialog.query(Input)],
        [(chooser.id, chooser.value) for chooser in it.dialog.query(Chooser)],
        [button.action for button in it.dialog.query(FormButton)],
        it.answers,
    )


def drawn(it: Shown) -> list[str]:
    """The dialog, row by row."""
    frame = it.dialog.query_one("#frame").region
    strips = it.dialog._compositor.render_strips()[frame.y : frame.bottom]
    return [strip.crop(frame.x, frame.right).text for strip in strips]


def assert_in_sight(it: Shown, size: tuple[int, int]) -> None:
    screen = it.stage.app.screen
    for button in it.dialog.query(FormButton):
        hit, _ = screen.get_widget_at(button.region.x, button.region.y)
        assert hit is button, f"{button.action} is covered at {size}:\n{it.stage.text()}"
        assert button.region.right <= size[0], f"{button.action} is cut at {size}:\n{it.stage.text()}"
        assert button.region.width == button.get_content_width(), it.stage.text()
    focused = it.stage.app.focused
    if focused is not None:
        seen = screen.find_widget(focused).visible_region
        assert seen.area, f"{focused} has the focus and is not seen at {size}:\n{it.stage.text()}"


async def resized(it: Shown, size: tuple[int, int]) -> None:
    await it.stage.pilot.resize_terminal(*size)
    await it.stage.until(lambda: it.dialog.size == Size(*size))
    await it.stage.rest()


@EACH_STATE
async def test_a_dialog_that_is_resized_while_it_is_open_loses_nothing(
    states: Sequence[State], tmp_path: Path
) -> None:
    async with on_scene(WIDE) as stage:
        for state in states:
            it = await opened(stage, state, tmp_path)
            before, picture = kept(it), drawn(it)
            for size in SIZES:
                await resized(it, size)
                sound(stage)
                assert kept(it) == before, f"{state.name} at {size}"
                assert_in_sight(it, size)
            await stage.until(lambda: drawn(it) == picture)  # noqa: B023  # awaited here


@pytest.mark.sweep
@EACH_STATE
async def test_a_button_that_has_the_focus_keeps_it_when_the_dialog_is_resized(
    states: Sequence[State], tmp_path: Path
) -> None:
    async with on_scene(WIDE) as stage:
        for state in states:
            it = await opened(stage, state, tmp_path)
            last = it.dialog.query(FormButton).last()
            last.focus()
            await stage.until(lambda: last.has_focus)  # noqa: B023  # awaited here
            for size in (LEAST, WIDE):
                await resized(it, size)
                assert last.has_focus, f"{state.name} at {size}"
                assert_in_sight(it, size)


async def test_a_name_that_was_typed_before_the_server_has_told_its_databases_stays() -> None:
    async with WHERE.reached() as stage:
        await WHERE.enter(stage)
        dialog = stage.app.screen
        assert isinstance(dialog, RestoreDialog)
        field = dialog._form.name_field
        dialog._form.know({"indexd-prod_restored"})
        assert field.value == "indexd-prod_restored_2", "nothing was typed yet"
        await stage.press("end", "x")
        dialog._form.know({"indexd-prod_restored", "indexd-prod_restored_2"})
        assert field.value == "indexd-prod_restored_2x"


async def test_nothing_is_said_of_databases_that_the_server_has_not_told_yet() -> None:
    async with WHERE.reached() as stage:
        await WHERE.enter(stage)
        dialog = stage.app.screen
        assert isinstance(dialog, RestoreDialog)
        dialog._form.know(None)
        await stage.press("shift+tab", "right", "right")
        assert dialog._form.mode is Mode.SWAP
        assert "no such database" not in stage.text()
        dialog._form.know({"another"})
        assert "no such database" in stage.text()
        dialog._form.know(None)
        await stage.press("enter")
        await stage.until(lambda: "what was checked" in stage.text())  # the plan has asked for itself


# -- pasted ----------------------------------------------------------------------------------------------

_HOSTILE = (
    "\r\none\ntwo\r\nthree",
    "\x1b]52;c;aGk=\x07\x1b[31mred\x1b[0m\x9b2J",
    "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd",
    "[bold][@click=app.quit]x[/][/bold] \\[",
    "漢字🎉e\u0301",
)
PASTES = ("\r\none\n", "\n".join((*_HOSTILE, "x" * 10_000)))


@EACH_STATE
async def test_what_is_pasted_into_a_field_is_text_there_whatever_it_is(
    states: Sequence[State], tmp_path: Path
) -> None:
    async with on_scene(WIDE) as stage:
        for state in states:
            it = await opened(stage, state, tmp_path)
            found = fields(it.dialog)
            await stage.rest()  # what is folded out is laid out
            for field in found:
                await _paste_into(it, field)


async def _paste_into(it: Shown, field: Input) -> None:
    stage = it.stage
    field.focus()
    await stage.until(lambda: field.has_focus)
    for pasted in PASTES:
        field.value = ""
        stage.app.post_message(Paste(pasted))
        whole = pasted.strip("\r\n")
        expected = whole if isinstance(field, SecretField) else visible(whole)[: field.max_length or None]
        await stage.until(lambda: field.value == expected)  # noqa: B023  # awaited here
        await stage.rest()
        assert stage.app.screen is it.dialog, "a line end is no enter"
        assert it.answers == []
        sound(stage)
    field.value = ""
    await stage.rest()
