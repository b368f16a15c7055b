r"""The `bak` line of a dialog: `$ bak … \`, wrapped at blanks to the room there is, copied by `Y`."""

from __future__ import annotations

from rich.cells import cell_len
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.drawn import strip_of

_MARGINS = 4
"""Cells of the prompt, and of the backslash at the end."""


class CommandLine(Widget):
    """On `field`, the prompt muted."""

    DEFAULT_CSS = """
    CommandLine { height: auto; width: 1fr; background: $bak-field; padding: 0 1; margin-top: 1; }
    """

    def __init__(self, command: str = "") -> None:
        super().__init__()
        self._command = command

    def on_mount(self) -> None:
        self.display = bool(self._command)

    def tell(self, command: str) -> None:
        """Show this one from now on; none hides it."""
        self._command = command
        self.display = bool(command)
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        del viewport
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return len(command_lines(self._command, width))

    def render_line(self, y: int) -> Strip:
        lines = command_lines(self._command, self.size.width)
        return strip_of(self, lines[y] if y < len(lines) else [], self.size.width)


def command_lines(command: str, width: int) -> list[Line]:
    """The command in lines of at most `width` cells, as far as its words allow."""
    rows: list[str] = []
    current = ""
    for word in foreign(command).split(" "):
        if current.strip() and cell_len(current) + cell_len(word) + 1 > width - _MARGINS:
            rows.append(f"{current} \\")
            current = f"    {word}"
        else:
            current = f"{current} {word}" if current else word
    rows.append(current)
    return [[("$ " if number == 0 else "  ", "muted"), (row, "text")] for number, row in enumerate(rows)]
