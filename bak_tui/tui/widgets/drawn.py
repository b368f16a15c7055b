"""Widgets that show lines, cell for cell: given ones, or such as flow into the width there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from bak_tui.tui.look.palette import DARK, PALETTES
from bak_tui.tui.look.spans import Line, fitted, foreign, width_of
from bak_tui.tui.look.wrapping import wrapped


def strip_of(widget: Widget, line: Line, width: int, ground: str = "") -> Strip:
    """One line as Textual wants it, exactly `width` cells, on the widget's own ground (or a token's)."""
    style = PALETTES.get(widget.app.theme, DARK).style
    base = widget.rich_style
    if ground:
        base += style(f"text on {ground}")
    segments = [
        Segment(text, base + style(words, ground) if words else base) for text, words in fitted(line, width)
    ]
    return Strip(segments, width)


def ruled(widget: Widget, strip: Strip) -> Strip:
    """A field's row; where its ground is the screen's, a line under the rest shows how far it reaches."""
    palette = PALETTES.get(widget.app.theme, DARK)
    is_lit = widget.has_focus and palette.tokens["cursor"] != palette.tokens["field"]
    if is_lit or not palette.has_ruled_fields:
        return strip
    end = reached = 0
    for text, style, _ in strip:
        is_caret = style is not None and bool(style.reverse)
        end = reached + cell_len(text if is_caret else text.rstrip()) if is_caret or text.strip() else end
        reached += cell_len(text)
    rest = Segment("▁" * max(0, widget.content_size.width - end), widget.rich_style + palette.style("line"))
    return Strip.join([strip.crop(0, end), Strip([rest])])


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
        is_other_height = len(lines) != len(self._lines)
        self._lines = list(lines)
        self.refresh(layout=is_other_height)
        if is_other_height:
            self.call_after_refresh(self._lay_out_again)

    def _lay_out_again(self) -> None:
        """Where Textual has laid out what was shown a moment before.

        It keeps a widget's height by the number of its wishes, and counts those between two idle moments as
        one: when others brought a layout about between two of them, the second was lost.
        """
        height = self.styles.height
        if height is not None and height.is_auto and self.size.height != len(self._lines):
            self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        del container, viewport
        return max((width_of(line) for line in self._lines), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport, width
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        line = self._lines[y] if y < len(self._lines) else []
        return strip_of(self, line, self.size.width)


Flow = Callable[[int], Sequence[Line]]
"""The lines for a width in cells."""


class Flowing(Widget):
    """Shows what `flow` makes of its width; as high as that is."""

    DEFAULT_CSS = "Flowing { height: auto; width: 1fr; }"

    def __init__(self, flow: Flow, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._flow = flow
        self._kept: tuple[int, Sequence[Line]] | None = None

    @property
    def lines(self) -> Sequence[Line]:
        """As they are shown now."""
        return self._lines(self.size.width or self.app.size.width)

    def flow(self, flow: Flow) -> None:
        """Show what this makes from now on."""
        self._flow = flow
        self._kept = None
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        del viewport
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        lines = self._lines(self.size.width)
        return strip_of(self, lines[y] if y < len(lines) else [], self.size.width)

    def _lines(self, width: int) -> Sequence[Line]:
        if self._kept is None or self._kept[0] != width:
            self._kept = (width, self._flow(width))
        return self._kept[1]


def prose(text: str, words: str = "text") -> Flow:
    """A flow of plain text, wrapped at blanks."""
    return lambda width: [[(row, words)] for row in wrapped(foreign(text), width)]
