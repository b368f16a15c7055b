"""The palette: every command that works now, made of the bindings, so that nothing needs to be said twice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from bak_tui.tui.look.keynames import key_name


def commands_of(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """A command for each binding that works; moving about is no command."""
    seen = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.id is None or binding.id in seen or not active.enabled or binding.group:
            continue
        seen.add(binding.id)
        run = partial(app.run_action, binding.action, active.node)
        yield SystemCommand(f"{binding.description}  {key_name(binding)}", binding.tooltip, run)
