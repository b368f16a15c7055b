"""How keys are called on the screens: `^p`, `esc`, `/`. Short, as footer and help have little room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import App
from textual.binding import Binding

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "full_stop": ".",
    "escape": "esc",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pagedown": "pgdn",
    "pageup": "pgup",
}


def key_name(binding: Binding) -> str:
    """What the binding says of itself, else its first key by its short name."""
    return binding.key_display or short_name(binding.key.partition(",")[0])


def short_name(key: str) -> str:
    """`ctrl+p` is `^p`."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last, last)
    for modifier in reversed(modifiers):
        name = f"^{name}" if modifier == "ctrl" else f"{modifier}+{name}"
    return name


def working_name(binding: Binding, working: Sequence[str]) -> str:
    """What to call it by while only these of its keys work: a field takes letters and signs as text."""
    names = [short_name(key) for key in working]
    usual = key_name(binding)
    is_meant = any(name == usual or name.endswith(f"+{usual}") for name in names)  # shift+tab is tab, too
    return usual if is_meant or not names else names[0]


def own_keys_of(app: App[Any]) -> Mapping[str, str]:
    """The user's own keys by the action's id; none in an app that has no workbench."""
    found: Mapping[str, str] = getattr(app, "own_keys", {})
    return found


def name_of_action(own_keys: Mapping[str, str], name: str, usual: str) -> str:
    """The key that does it: `usual`, unless the user has given it another."""
    return short_name(own_keys[name].partition(",")[0]) if name in own_keys else usual
