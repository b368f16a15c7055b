"""A widget that shows given lines, cell for cell."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from bak_tui.tui.look import palette
from bak_tui.tui.look.spans import Line, fitted, width_of


def strip_of(widget: Widget, line: Line, width: int, ground: str = "") -> Strip:
    """One line as Textual wants it, exactly `width` cells, on the widget's own ground (or a token's)."""
    variables = widget.app.theme_variables
    base = widget.rich_style
    if ground:
        base += palette.style(variables, f"text on {ground}")
    segments = [
        Segment(text, base + palette.style(variables, words) if words else base)
        for text, words in fitted(line, width)
    ]
    return Strip(segments, width)


class Drawn(Widget):
    """Shows `lines`; as high as they are many, unless TCSS says otherwise."""

    DEFAULT_CSS = "Drawn { height: auto; width: 1fr; }"

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        id: str | None = None,  # noqa: A002  # Textual's own word
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._lines = list(lines)

    @property
    def lines(self) -> list[Line]:
        return self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Show these from now on."""
        is_higher = len(lines) != len(self._lines)
        self._lines = list(lines)
        self.refresh(layout=is_higher)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        del container, viewport
        return max((width_of(line) for line in self._lines), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport, width
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        line = self._lines[y] if y < len(self._lines) else []
        return strip_of(self, line, self.size.width)
