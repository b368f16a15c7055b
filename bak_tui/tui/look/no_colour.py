"""For who has set NO_COLOR: bold, reverse and underline stay; no colour is written, not even the default."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter


@lru_cache(maxsize=4096)
def _without_colour(style: Style) -> Style:
    return style.without_color + Style.from_meta(style.meta)  # which words a mouse is over is no colour


class ColourlessFilter(LineFilter):
    """Over everything that is drawn, also what is Textual's own."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background
        return [
            Segment(text, None if style is None else _without_colour(style), control)
            for text, style, control in segments
        ]
