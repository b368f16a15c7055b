"""The palette: every command that works now, made of the bindings, so that nothing needs to be said twice.

Those of the place where the focus is come first; those of the other panes go there before they act.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from textual import actions
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.command import CommandInput, CommandPalette
from textual.screen import Screen

from bak_tui.tui.look.keynames import key_name, name_of_action
from bak_tui.tui.widgets.pane import Pane


class Palette(CommandPalette):
    """Textual's, and nothing in it blinks."""

    def on_mount(self) -> None:
        self.query_one(CommandInput).cursor_blink = False


def commands_of(app: App[Any], screen: Screen[Any], own_keys: Mapping[str, str]) -> Iterator[SystemCommand]:
    """A command for each binding that works; moving about is none. `own_keys`: the user's, by action."""
    seen = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        if not _is_command(binding) or binding.id in seen or not active.enabled:
            continue
        seen.add(binding.id)
        run = partial(app.run_action, binding.action, active.node)
        yield SystemCommand(f"{binding.description}  {key_name(binding)}", binding.tooltip, run)
    focused = screen.focused
    for pane in screen.query(Pane):
        if focused is None or pane not in focused.ancestors:
            yield from _of_another(app, pane, own_keys)


def _of_another(app: App[Any], pane: Pane[Any], own_keys: Mapping[str, str]) -> Iterator[SystemCommand]:
    """Those of a pane that is not the active one."""
    for binding in vars(type(pane))["BINDINGS"]:
        if _is_command(binding) and _works(binding, pane):
            key = name_of_action(own_keys, str(binding.id), key_name(binding))
            title = f"{pane.title}: {binding.description}  {key}"
            yield SystemCommand(title, binding.tooltip, partial(_go_and_run, app, pane, binding))


def _is_command(binding: Binding) -> bool:
    return binding.id is not None and binding.group is None


def _works(binding: Binding, pane: Pane[Any]) -> bool:
    place, name, parameters = actions.parse(binding.action)
    if pane.check_action(name, parameters) is not True:
        return False
    return place != "screen" or pane.screen.check_action(name, parameters) is True


async def _go_and_run(app: App[Any], pane: Pane[Any], binding: Binding) -> None:
    """Go there first: what a command takes is what is under the cursor of the active pane."""
    await app.run_action(f"screen.pane({pane.number})", pane)
    pane.screen.call_after_refresh(_run_there, app, pane, binding)


async def _run_there(app: App[Any], pane: Pane[Any], binding: Binding) -> None:
    if not await app.run_action(binding.action, pane):
        app.notify(f"{binding.description}: there is nothing to do it with", markup=False)
