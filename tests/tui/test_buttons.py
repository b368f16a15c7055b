"""Every button of every dialog, found and not listed: by a click, by tab and enter, and by its key.

What each does is in `buttons.py`; a dialog or a button that is not there fails here.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from bak_tui.tui.dialogs.dialog import Dialog
from bak_tui.tui.widgets.pressing import FormButton
from tests.scenes.databases import STORED
from tests.tui.buttons import GROUPS, STATES, Shown, State
from tests.tui.conftest import Stage
from tests.tui.places import back_to_the_workbench, on_scene
from tests.tui.test_hostile import every_dialog

pytestmark = pytest.mark.asyncio

KEYS = {"esc": "escape", "←": "left", "alt+←": "alt+left"}
MOST_TABS = 40
SIZE = (120, 40)


def declared(kind: type) -> set[str]:
    """The actions of the buttons that a dialog's source speaks of."""
    tree = ast.parse(inspect.getsource(kind).lstrip())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Button"]
    return {ast.literal_eval(call.args[2]) for call in named}


async def shown(stage: Stage, state: State, room: Path) -> Shown:
    await back_to_the_workbench(stage)
    dialog = state.make(stage, room)
    it = Shown(stage, dialog)
    stage.app.push_screen(dialog, it.answers.append)
    await stage.until(lambda: stage.app.screen is dialog and dialog.query(FormButton))
    await stage.rest()
    for key in state.keys:
        await stage.press(key)
        await stage.rest()
    await stage.until(lambda: state.ready(it))
    await stage.until(lambda: set(state.does) | state.idle <= actions(it))
    await stage.rest()
    return it


def buttons(it: Shown) -> dict[str, FormButton]:
    return {button.action: button for button in it.dialog.query(FormButton)}


def actions(it: Shown) -> set[str]:
    return set(buttons(it))


async def by_click(it: Shown, action: str) -> None:
    assert await it.stage.pilot.click(buttons(it)[action], offset=(1, 0))


async def by_tab(it: Shown, action: str) -> None:
    for _ in range(MOST_TABS):
        if buttons(it)[action].has_focus:
            await it.stage.press("enter")
            return
        await it.stage.press("tab")
        await it.stage.rest()
    raise AssertionError(f"tab does not come to {action}:\n{it.stage.text()}")


async def by_key(it: Shown, action: str) -> None:
    key = buttons(it)[action].key
    await it.stage.press(KEYS.get(key, key))


WAYS: dict[str, Callable[[Shown, str], Awaitable[None]]] = {"click": by_click, "tab": by_tab, "key": by_key}


@pytest.mark.parametrize("way", ["click", "key", pytest.param("tab", marks=pytest.mark.sweep)])
@pytest.mark.parametrize("states", GROUPS, ids=lambda states: f"{states[0].name} …")
async def test_every_button_does_what_it_says(
    states: Sequence[State], way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAK_CONFIG", str(tmp_path / "config.toml"))
    async with on_scene(SIZE) as stage:
        stage.bak.profiles.save(STORED)
        for state in states:
            await _each_button(stage, state, way, tmp_path)


async def _each_button(stage: Stage, state: State, way: str, room: Path) -> None:
    for action, does in state.does.items():
        it = await shown(stage, state, room)
        assert not does(it), f"{state.name}: {action} was done before anybody pressed it"
        await WAYS[way](it, action)
        await stage.until(lambda: does(it))  # noqa: B023  # awaited here
    for action in state.idle:
        it = await shown(stage, state, room)
        before = stage.text()
        await WAYS[way](it, action)
        await stage.rest()
        assert (it.answers, stage.app.screen) == ([], it.dialog), f"{action} is not armed:\n{before}"


async def test_no_button_of_any_dialog_is_without_its_trial() -> None:
    tried: dict[type, set[str]] = {}
    async with on_scene(SIZE) as stage:
        for state in STATES:
            kind = type(state.make(stage, Path()))
            tried.setdefault(kind, set()).update({*state.does, *state.idle})
    there: dict[type, set[str]] = {}
    for kind in every_dialog():
        said = next(each for each in kind.__mro__ if "buttons" in vars(each))
        there[kind] = declared(said if issubclass(said, Dialog) else kind)
    assert tried == there
