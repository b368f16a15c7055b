"""Every palette says the same things, in colours that can be read (WCAG 2's contrast, LOOK's figures)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bak_tui.tui
from bak_tui.core.errors import UsageError
from bak_tui.tui.look.ascii_glyphs import in_ascii
from bak_tui.tui.look.palette import DARK, HIGH_CONTRAST, LIGHT, PALETTES, Palette
from bak_tui.tui.look.terminal import Look, look_for

RICH = (DARK, LIGHT, HIGH_CONTRAST)
WORDS = ("text", "muted", "accent", "ok", "warn", "bad")
"""What words are drawn in, on every ground of `LEAST`."""
LEAST = {
    "dark": {"bg": 5.7, "bar": 4.5, "field": 4.5, "idle": 4.5, "prodbar": 4.5, "cursor": 4.45},
    "light": {"bg": 5.7, "bar": 4.5, "field": 4.5, "idle": 4.5, "prodbar": 4.5, "cursor": 4.5},
    "high-contrast": {"bg": 10, "bar": 7, "field": 7, "idle": 7, "prodbar": 7, "cursor": 4.5},
}
"""At least WCAG's AA (1.4.3), in high contrast AAA (1.4.6); on `bg` more, on `cursor` hardly less."""
BLOCKS = (("prodtext", "prod"), ("bg", "accent"))
"""Words on a fill of their own, always bold: PROD and the armed button, and the lit button."""


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", RICH, ids=lambda palette: palette.name)
def test_words_stand_out_from_every_ground(palette: Palette) -> None:
    tokens = palette.tokens
    wanted = {(word, ground): least for ground, least in LEAST[palette.name].items() for word in WORDS}
    wanted |= dict.fromkeys(BLOCKS, 4.5)
    found = {pair: round(contrast(*(tokens[token] for token in pair)), 2) for pair in wanted}
    assert {pair: found[pair] for pair, least in wanted.items() if found[pair] < least} == {}


@pytest.mark.parametrize("palette", RICH, ids=lambda palette: palette.name)
def test_the_frame_of_the_focused_pane_stands_out_from_the_others(palette: Palette) -> None:
    assert contrast(palette.tokens["accent"], palette.tokens["line"]) >= 2


def test_every_ground_that_is_drawn_is_among_those_that_are_measured() -> None:
    folder = Path(bak_tui.tui.__path__[0])
    sources = [path.read_text(encoding="utf-8") for kind in ("*.py", "*.tcss") for path in folder.rglob(kind)]
    filled = {ground for text in sources for ground in re.findall(r"background: \$bak-([a-z]+)", text)}
    on = {found for text in sources for found in re.findall(r'"([a-z]+(?: bold)?) on ([a-z]+)"', text)}
    blocks = {(words.removesuffix(" bold"), ground) for words, ground in on}
    grounds = set(LEAST["dark"])
    assert filled - grounds == {"veil"}, "nothing behind a veil is to be read"
    assert {(word, ground) for word, ground in blocks if ground not in grounds} == set(BLOCKS)
    assert {word for word, ground in blocks if ground in grounds} <= set(WORDS)


def test_every_palette_has_every_token_and_no_other_place_names_a_colour() -> None:
    assert {frozenset(palette.tokens) for palette in PALETTES.values()} == {frozenset(DARK.tokens)}
    assert len(PALETTES) == 5
    folder = Path(bak_tui.tui.__path__[0])
    sources = [
        path for kind in ("*.py", "*.tcss") for path in folder.rglob(kind) if path.name != "palette.py"
    ]
    named = {
        f"{path.name}: {match}"
        for path in sources
        for match in re.findall(r"#[0-9a-f]{6}\b|\brgb\(", path.read_text(encoding="utf-8"), re.IGNORECASE)
    }
    assert named == set()


@pytest.mark.parametrize(
    ("environment", "palette", "is_ascii"),
    [
        ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, "dark", False),
        ({"TERM": "xterm-256color"}, "dark", False),
        ({"TERM": "xterm-kitty", "LANG": "C.UTF-8"}, "dark", False),
        ({"TERM": "xterm", "COLORTERM": "truecolor", "LANG": "en_US.utf8"}, "dark", False),
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, "16-colours", False),
        ({"TERM": "screen", "LANG": "C.UTF-8"}, "16-colours", False),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, "16-colours", True),
        ({"TERM": "dumb"}, "16-colours", True),
        ({"TERM": "xterm-256color", "LANG": "C"}, "dark", True),
        ({"TERM": "xterm-256color", "LANG": "POSIX", "LC_CTYPE": "C.UTF-8"}, "dark", True),
        ({"TERM": "xterm-256color", "LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, "dark", False),
        ({"TERM": "xterm-256color", "LC_ALL": "de_DE.ISO-8859-1", "LANG": "C.UTF-8"}, "dark", True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "no-colour", False),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "dark", False),
        ({"TERM": "linux", "NO_COLOR": "yes"}, "no-colour", True),
    ],
    ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else None,
)
def test_the_terminal_says_what_it_can_draw(
    environment: dict[str, str], palette: str, is_ascii: bool
) -> None:
    assert look_for(environment) == Look(PALETTES[palette], is_ascii)


def test_what_is_said_goes_before_what_the_environment_says() -> None:
    poor = {"TERM": "linux", "NO_COLOR": "1"}
    assert look_for(poor, said="light", is_ascii=False) == Look(LIGHT, is_ascii=False)
    assert look_for({"TERM": "xterm-256color"}, is_ascii=True) == Look(DARK, is_ascii=True)


def test_a_theme_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="there is no theme drak") as refused:
        look_for({}, said="drak")
    assert "dark" in refused.value.hint
    with pytest.raises(UsageError) as refused:
        look_for({}, said="\x1b[31m")
    assert "\x1b" not in refused.value.message
    assert "high-contrast" in refused.value.hint


def test_ascii_has_a_cell_for_every_cell() -> None:
    assert in_ascii("╭─ ● OK ──╮ ▁▂▃▄▅▆▇█ …") == "+- * OK --+ __---^^# ~"
    assert in_ascii("日本 é") == "???? ?"
    assert in_ascii("plain") == "plain"


def test_a_theme_that_was_kept_gives_way_to_what_is_said_and_to_what_the_terminal_can_do() -> None:
    rich = {"COLORTERM": "truecolor", "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    assert look_for(rich, kept="light").palette is LIGHT
    assert look_for(rich, kept="no such theme").palette is DARK
    assert look_for(rich, kept="light", said="high-contrast").palette is HIGH_CONTRAST
    assert look_for({**rich, "NO_COLOR": "1"}, kept="light").palette is PALETTES["no-colour"]
    assert look_for({"TERM": "xterm"}, kept="light").palette is PALETTES["16-colours"]
