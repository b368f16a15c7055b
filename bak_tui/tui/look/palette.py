"""The palette, by token. Code and TCSS name tokens, never a colour; each hue has one meaning.

In TCSS a token `muted` is `$bak-muted`; in spans it is the word `muted`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.style import Style
from textual.theme import Theme

DARK: Mapping[str, str] = {
    "bg": "#14171c",
    "bar": "#1b2027",
    "prodbar": "#2b191b",
    "prod": "#c8382f",
    "prodtext": "#ffffff",
    "text": "#d6dbe1",
    "muted": "#96a0ac",
    "faint": "#4b5561",
    "line": "#363e49",
    "accent": "#6cb8e6",
    "cursor": "#1d3a4d",
    "idle": "#20262d",
    "field": "#0f1216",
    "ok": "#84b58d",
    "warn": "#e5b25d",
    "bad": "#f0807f",
    "veil": "#0d0f12",
}


def variables(tokens: Mapping[str, str]) -> dict[str, str]:
    """The tokens as TCSS variables: `$bak-muted`."""
    return {f"bak-{token}": colour for token, colour in tokens.items()}


def theme(name: str, tokens: Mapping[str, str], *, dark: bool) -> Theme:
    """A Textual theme whose every colour is one of the tokens."""
    return Theme(
        name=name,
        primary=tokens["accent"],
        secondary=tokens["accent"],
        accent=tokens["accent"],
        warning=tokens["warn"],
        error=tokens["bad"],
        success=tokens["ok"],
        foreground=tokens["text"],
        background=tokens["bg"],
        surface=tokens["bg"],
        panel=tokens["bar"],
        dark=dark,
        variables=variables(tokens),
    )


@lru_cache(maxsize=1024)
def _style(colour: str, ground: str, *, bold: bool) -> Style:
    return Style(color=colour or None, bgcolor=ground or None, bold=bold or None)


def style(tokens: Mapping[str, str], words: str) -> Style:
    """The style of a span: `muted`, `bad bold`, `prodtext bold on prod`."""
    fore, _, ground = words.partition(" on ")
    names = fore.split()
    colour = next((tokens[f"bak-{name}"] for name in names if name != "bold"), "")
    return _style(colour, tokens[f"bak-{ground}"] if ground else "", bold="bold" in names)
