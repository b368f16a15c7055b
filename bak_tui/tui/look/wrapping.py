"""Prose that must be read whole, such as what went wrong: wrapped, not cropped."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at blanks where there are any."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        if current and cell_len(current) + 1 + cell_len(word) > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
        if cell_len(current) > width > 0:
            *whole, current = chop_cells(current, width)
            lines += whole
    return [*lines, current] if current else lines
