"""The five palettes, by token. Code and TCSS name tokens, never a colour; each hue has one meaning.

In TCSS a token `muted` is `$bak-muted`; in spans it is the word `muted`. Two palettes draw with what the
terminal itself has: its sixteen colours, or none, where reverse video, bold and the glyphs say everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.style import Style
from textual.theme import Theme

_TEXTUALS_OWN = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "border-blurred": "ansi_default",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_white",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-selection-background": "ansi_blue",
    "input-selection-foreground": "ansi_bright_white",
    "screen-selection-background": "ansi_blue",
    "screen-selection-foreground": "ansi_bright_white",
}
"""What its own style sheets want of a theme with the terminal's colours."""


@dataclass(frozen=True, eq=False)
class Palette:
    """A colour for each token; all palettes have the same tokens."""

    name: str
    tokens: Mapping[str, str]
    is_dark: bool = True
    is_ansi: bool = False
    """Whether its colours are the terminal's own."""
    has_ruled_fields: bool = False
    """Its fields have the colour of their ground: a line below them shows how far they reach."""
    _styles: dict[tuple[str, str], Style] = field(default_factory=dict, repr=False)

    @property
    def theme(self) -> Theme:
        """A Textual theme whose every colour is one of the tokens."""
        tokens = self.tokens
        return Theme(
            name=self.name,
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
            dark=self.is_dark,
            ansi=self.is_ansi,
            variables={**self.variables, **(_TEXTUALS_OWN if self.is_ansi else {})},
        )

    @property
    def variables(self) -> dict[str, str]:
        """The tokens as TCSS variables: `$bak-muted`."""
        return {f"bak-{token}": colour for token, colour in self.tokens.items()}

    def style(self, words: str, row: str = "") -> Style:
        """The style of a span: `muted`, `bad bold`, `prodtext bold on prod`; `row`: the ground of its row."""
        found = self._styles.get((words, row))
        if found is None:
            found = self._styles[words, row] = self._ansi(words, row) if self.is_ansi else self._rgb(words)
        return found

    def _rgb(self, words: str) -> Style:
        name, ground, is_bold = _parts(words)
        return Style(
            color=self.tokens[name] if name else None,
            bgcolor=self.tokens[ground] if ground else None,
            bold=is_bold or None,
        )

    def _ansi(self, words: str, row: str) -> Style:
        """What must be seen is never in a colour that the terminal may have as its ground."""
        name, ground, is_bold = _parts(words)
        colour, under = self._terminal(name), self._terminal(ground)
        is_lit = row == "cursor"
        if name == "bg" or (ground in {"prod", "cursor"} and under == "default"):
            # Reverse video: the ground's colour behind the terminal's own; in a reversed row the other way.
            is_reverse = not (is_lit and self._terminal("cursor") == "default")
            return Style(color=under or None, bgcolor="default", bold=is_bold or None, reverse=is_reverse)
        if (is_lit and not ground) or ground == "cursor":
            colour = self._terminal("prodtext")  # bright on the cursor's row, whatever state it tells
        return Style(color=colour or None, bgcolor=under or None, bold=is_bold or None)

    def _terminal(self, token: str) -> str:
        """As Rich names the terminal's colours."""
        return self.tokens[token].removeprefix("ansi_") if token else ""


def _parts(words: str) -> tuple[str, str, bool]:
    fore, _, ground = words.partition(" on ")
    names = fore.split()
    return next((name for name in names if name != "bold"), ""), ground, "bold" in names


DARK = Palette(
    "dark",
    {
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
    },
)
LIGHT = Palette(
    "light",
    {
        "bg": "#fcfcfa",
        "bar": "#eceeed",
        "prodbar": "#fae4e1",
        "prod": "#b3261e",
        "prodtext": "#ffffff",
        "text": "#20262c",
        "muted": "#59636e",
        "faint": "#b4bbc2",
        "line": "#c9ced4",
        "accent": "#0a6a9f",
        "cursor": "#d3e7f4",
        "idle": "#e9edf0",
        "field": "#ffffff",
        "ok": "#2f6d44",
        "warn": "#875700",
        "bad": "#b3261e",
        "veil": "#dfe2e4",
    },
    is_dark=False,
    has_ruled_fields=True,
)
HIGH_CONTRAST = Palette(
    "high-contrast",
    {
        "bg": "#000000",
        "bar": "#1c1c1c",
        "prodbar": "#400000",
        "prod": "#ff4040",
        "prodtext": "#000000",
        "text": "#ffffff",
        "muted": "#cfcfcf",
        "faint": "#8a8a8a",
        "line": "#8a8a8a",
        "accent": "#5fd7ff",
        "cursor": "#004b70",
        "idle": "#2a2a2a",
        "field": "#000000",
        "ok": "#87ff9f",
        "warn": "#ffd75f",
        "bad": "#ff9a9a",
        "veil": "#000000",
    },
    has_ruled_fields=True,
)
SIXTEEN = Palette(
    "16-colours",
    {
        "bg": "ansi_default",
        "bar": "ansi_default",
        "prodbar": "ansi_default",
        "prod": "ansi_red",
        "prodtext": "ansi_bright_white",
        "text": "ansi_default",
        "muted": "ansi_default",
        "faint": "ansi_bright_black",
        "line": "ansi_bright_black",
        "accent": "ansi_cyan",
        "cursor": "ansi_blue",
        "idle": "ansi_default",
        "field": "ansi_default",
        "ok": "ansi_green",
        "warn": "ansi_yellow",
        "bad": "ansi_red",
        "veil": "ansi_default",
    },
    is_ansi=True,
    has_ruled_fields=True,
)
NO_COLOUR = Palette(
    "no-colour", dict.fromkeys(DARK.tokens, "ansi_default"), is_ansi=True, has_ruled_fields=True
)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT, HIGH_CONTRAST, SIXTEEN, NO_COLOUR)}
