"""What this terminal can draw, and so which palette and glyphs a session begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bak_tui.core.errors import UsageError
from bak_tui.core.foreign import visible
from bak_tui.core.spelling import close_hint
from bak_tui.tui.look.palette import DARK, NO_COLOUR, PALETTES, SIXTEEN, Palette

_POOR = frozenset({"linux", "dumb", "unknown", "vt100", "vt102", "vt220", "ansi", "cons25"})
"""Values of TERM whose terminals lack the glyphs."""
_COERCED = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})
"""What Python itself puts into LC_CTYPE when the locale is C (PEP 538)."""


@dataclass(frozen=True)
class Look:
    """How a session is drawn."""

    palette: Palette = DARK
    is_ascii: bool = False


def look_for(
    environment: Mapping[str, str], *, said: str | None = None, is_ascii: bool | None = None, kept: str = ""
) -> Look:
    """What is said goes first, then NO_COLOR, then what the terminal can do, then what was `kept`.

    Raises UsageError when there is no such palette; a kept one that is not there any more is none.
    """
    if is_ascii is None:
        is_ascii = not draws_glyphs(environment)
    if said is not None:
        return Look(_named(said), is_ascii)
    if environment.get("NO_COLOR"):
        return Look(NO_COLOUR, is_ascii)
    return Look(SIXTEEN if has_few_colours(environment) else PALETTES.get(kept, DARK), is_ascii)


def _named(name: str) -> Palette:
    if name not in PALETTES:
        raise UsageError(f"there is no theme {visible(name)}", hint=close_hint(name, list(PALETTES)))
    return PALETTES[name]


def has_few_colours(environment: Mapping[str, str]) -> bool:
    """Sixteen at most, by what COLORTERM and TERM say; both follow the terminal through SSH and tmux."""
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return False
    term = environment.get("TERM", "").lower()
    rich = ("256color", "kitty", "direct", "truecolor", "ghostty", "alacritty", "wezterm", "foot")
    return not any(part in term for part in rich)


def draws_glyphs(environment: Mapping[str, str]) -> bool:
    """Whether it takes UTF-8, and has a font for more than letters. Without a locale it is trusted to."""
    if environment.get("TERM", "") in _POOR:
        return False
    ctype = environment.get("LC_CTYPE", "")
    language = environment.get("LANG", "")
    said = environment.get("LC_ALL") or (language if ctype in _COERCED and language else ctype) or language
    return not said or "utf8" in said.lower().replace("-", "")
