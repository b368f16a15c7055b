"""Prose that must be read whole, such as what went wrong: wrapped, not cropped."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells

_JOINTS = "/_-.,:@="


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at blanks, or at joints of long names."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        if current and cell_len(current) + 1 + cell_len(word) > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
        if cell_len(current) > width > 0:
            *whole, current = _chopped(current, width)
            lines += whole
    return [*lines, current] if current else lines


def _chopped(word: str, width: int) -> list[str]:
    """A word too long for a line: after a sign that joins parts of names, where one is in the line's half."""
    pieces = []
    while cell_len(word) > width:
        piece = chop_cells(word, width)[0] or word[0]
        cut = max(piece.rfind(sign) for sign in _JOINTS) + 1
        if cell_len(piece[:cut]) * 2 > width:
            piece = piece[:cut]
        pieces.append(piece)
        word = word[len(piece) :]
    return [*pieces, word]
