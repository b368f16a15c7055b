"""For terminals that cannot draw our glyphs: all in ASCII, a cell for a cell, so that nothing moves."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_GLYPHS = str.maketrans(
    {
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼▪", "+"),
        **dict.fromkeys("─╌╶╴–—", "-"),
        **dict.fromkeys("│▏▎▕", "|"),
        **dict.fromkeys("┃┏┓┗┛█▊", "#"),
        **dict.fromkeys("━╸╺═", "="),
        **dict.fromkeys("▌►▸→➜›", ">"),
        **dict.fromkeys("←‹", "<"),
        **dict.fromkeys("●•", "*"),
        **dict.fromkeys("○▫", "o"),
        **dict.fromkeys("▲", "!"),
        **dict.fromkeys("✗×", "x"),
        **dict.fromkeys("·", "."),
        **dict.fromkeys("▾✓↓", "v"),
        **dict.fromkeys("↑", "^"),
        **dict.fromkeys("…", "~"),
        **dict.fromkeys("▁▂", "_"),
        **dict.fromkeys("▃▄▅", "-"),
        **dict.fromkeys("▆▇▔", "^"),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("“”", '"'),
        "\xa0": " ",
    }
)
_UNKNOWN = "?"


@lru_cache(maxsize=4096)
def in_ascii(text: str) -> str:
    """The text in as many cells, without a character outside ASCII; what has no likeness is `?`."""
    if text.isascii():
        return text
    said = text.translate(_GLYPHS)
    return "".join(char if char.isascii() else _UNKNOWN * cell_len(char) for char in said)


class AsciiFilter(LineFilter):
    """Over everything that is drawn, also what is Textual's own."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
