"""How keys are called on the screens: `^p`, `esc`, `/`. Short, as footer and help have little room."""

from __future__ import annotations

from textual.binding import Binding

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
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
