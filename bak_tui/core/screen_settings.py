"""`[screen]` of `config.toml`: how `bak-tui` shows and rings, for who does not want to say it at every start.

What is misspelt is refused with a sentence, like everything in that file; a flag goes before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bak_tui.core.errors import UsageError
from bak_tui.core.spelling import close_hint

_KNOWN = ["ascii", "bell"]


@dataclass(frozen=True)
class ScreenSettings:
    """None: not said."""

    is_ascii: bool | None = None
    """Draw in ASCII only, or with all glyphs whatever the terminal seems to be."""
    rings: bool | None = None
    """Ring when a job ends and the user looks elsewhere."""


def screen_settings(written: object, where: str) -> ScreenSettings:
    """Take what stands under `[screen]`. `where`: the file, for complaints. Raises UsageError."""
    if not isinstance(written, Mapping):
        raise UsageError(f"{where}: screen is no table", hint="write [screen] and lines like bell = false")
    for key, value in written.items():
        if key not in _KNOWN:
            raise UsageError(f"{where}: screen: there is no key {key}", hint=close_hint(key, _KNOWN))
        if not isinstance(value, bool):
            raise UsageError(f"{where}: screen.{key} is neither true nor false", hint=f"{key} = true")
    return ScreenSettings(written.get("ascii"), written.get("bell"))
