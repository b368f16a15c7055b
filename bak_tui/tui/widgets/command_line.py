r"""The `bak` line of a dialog: `$ bak … \`, wrapped at blanks to the room there is, copied by `Y`."""

from __future__ import annotations

import re

from rich.cells import cell_len

from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.drawn import Flowing

_MOST_ROWS = 10
"""Of a command that names a hundred dumps the rest is copied, not shown."""
_MARGINS = 4
"""Cells of the prompt, and of the backslash at the end."""
_LEAST = 12
"""Cells in which every part of a word has room."""
_UNIT = re.compile(r"\\x[0-9a-f]{2}|\\.|.")
"""What stands for one character or byte between `$'` and `'`."""
_QUOTED = r"""\$'(?:\\.|[^'\\])*'|'[^']*'|"[^"]*\""""
_PART = re.compile(f"{_QUOTED}|.")
_WORD = re.compile(f"(?:{_QUOTED}|[^ ])+")


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
    """The command in lines of at most `width` cells, which a shell reads as the one.

    Broken at blanks between words, else within a word: what is quoted is closed before, and opened again.
    """
    room = max(_LEAST, width - _MARGINS)
    rows: list[str] = []
    current = ""
    for word in _WORD.findall(foreign(command)):
        if current and cell_len(current) + cell_len(word) + 1 > room:
            rows.append(f"{current} \\")
            current = "   "
        current = f"{current} {word}" if current else word
        if cell_len(current) > room:
            indent = " " * (len(current) - len(word))
            *pieces, current = _pieces(word, room - len(indent), room)
            rows += [f"{indent if number == 0 else ''}{piece}\\" for number, piece in enumerate(pieces)]
            current = current if pieces else indent + current
    rows.append(current)
    return [[("$ " if number == 0 else "  ", "muted"), (row, "text")] for number, row in enumerate(rows)]


def _pieces(word: str, first: int, room: int) -> list[str]:
    """One word in pieces that fit; a shell joins them again."""
    pieces = [""]
    for part in _PART.findall(word):
        for atom in _closed(part, min(first, room)):
            most = first if len(pieces) == 1 else room
            if pieces[-1] and cell_len(pieces[-1]) + cell_len(atom) > most:
                pieces.append("")
            pieces[-1] += atom
    return pieces


def _closed(part: str, room: int) -> list[str]:
    """A quoted part that is too long as several that are quoted each; all else as it is."""
    if cell_len(part) <= room or not part.endswith("'"):
        return [part]
    opening, _, said = part[:-1].partition("'")
    units = _UNIT.findall(said) if opening else list(said)
    quoted = [""]
    for unit in units:
        if quoted[-1] and cell_len(quoted[-1]) + cell_len(unit) + len(opening) + 2 > room:
            quoted.append("")
        quoted[-1] += unit
    return [f"{opening}'{each}'" for each in quoted]
