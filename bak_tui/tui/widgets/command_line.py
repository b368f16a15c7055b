r"""The `bak` line of a dialog: `$ bak … \`, wrapped at blanks to the room there is, copied by `Y`."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells

from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.drawn import Flowing

_MOST_ROWS = 10
"""Of a command that names a hundred dumps the rest is copied, not shown."""
_MARGINS = 4
"""Cells of the prompt, and of the backslash at the end."""


class CommandLine(Flowing):
    """On `field`, the prompt muted."""

    DEFAULT_CSS = "CommandLine { background: $bak-field; padding: 0 1; margin-top: 1; }"

    def __init__(self) -> None:
        super().__init__(lambda _width: ())
        self.display = False

    def tell(self, command: str) -> None:
        """Show this one from now on; none hides it."""
        self.display = bool(command)
        self.flow(lambda width: _begun(command_lines(command, width)))


def _begun(lines: list[Line]) -> list[Line]:
    """As many as are shown, and how many more there are."""
    if len(lines) <= _MOST_ROWS:
        return lines
    more = len(lines) - _MOST_ROWS + 1
    return [
        *lines[: _MOST_ROWS - 1],
        [("  ", ""), (f"… {more:,} more lines, copied with the others", "muted")],
    ]


def command_lines(command: str, width: int) -> list[Line]:
    """The command in lines of at most `width` cells, broken at blanks, else within a word."""
    rows: list[str] = []
    current = ""
    for word in foreign(command).split(" "):
        if current.strip() and cell_len(current) + cell_len(word) + 1 > width - _MARGINS:
            rows.append(f"{current} \\")
            current = f"    {word}"
        else:
            current = f"{current} {word}" if current else word
        while cell_len(current) > width - _MARGINS > 1:  # one word: a shell joins it again
            piece = chop_cells(current, width - _MARGINS)[0]
            rows.append(f"{piece}\\")
            current = current[len(piece) :]
    rows.append(current)
    return [[("$ " if number == 0 else "  ", "muted"), (row, "text")] for number, row in enumerate(rows)]
