"""A label and what belongs to it, wrapped under itself: the way every dialog tells facts."""

from __future__ import annotations

from rich.cells import cell_len

from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.look.wrapping import wrapped

LABEL = 13
"""Cells of a label, in dialogs."""


def rule(label: str, width: int) -> Line:
    """`─ label ────`, which begins a section, `width` cells wide."""
    return [("─ ", "line"), (label, "muted"), (" " + "─" * max(0, width - cell_len(label) - 3), "line")]


def labelled(
    label: str,
    text: str,
    width: int,
    *,
    words: str = "text",
    label_words: str = "muted",
    room: int = LABEL,
) -> list[Line]:
    """Foreign text behind a label of `room` cells, in as many lines of `width` cells as it takes."""
    rows = wrapped(foreign(text), max(10, width - room))
    return [
        [(f"{label if number == 0 else '':<{room}}", label_words), (row, words)]
        for number, row in enumerate(rows)
    ]
