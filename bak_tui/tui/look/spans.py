"""Lines of styled text, measured in terminal cells.

A span is (text, words of its style); a line is a list of spans. Foreign text comes in by `foreign` alone,
so that markup, control and bidi characters are drawn as plain visible text, whatever a name holds.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from bak_tui.core.foreign import visible

Span = tuple[str, str]
Line = list[Span]

_CUT = "…"


def foreign(text: str) -> str:
    """Foreign text, made safe to draw."""
    return visible(text)


def width_of(line: Line) -> int:
    """In cells."""
    return sum(cell_len(text) for text, _ in line)


def left(text: str, width: int) -> str:
    """Exactly `width` cells, cropped at the end; blanks there are no loss."""
    if cell_len(text) > width:
        text = text.rstrip(" ")
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    if width <= 0:
        return ""
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + _CUT, width)


def right(text: str, width: int) -> str:
    """Exactly `width` cells, aligned right."""
    missing = width - cell_len(text)
    return " " * missing + text if missing >= 0 else left(text, width)


def middle(text: str, width: int) -> str:
    """Exactly `width` cells, cropped in the middle: a key's time and suffix tell it apart."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    if width < 4:
        return left(text, width)
    tail_room = (width - 1) // 2
    head = set_cell_size(text, width - tail_room - 1)
    tail = ""
    for character in reversed(text):
        if cell_len(character + tail) > tail_room:
            break
        tail = character + tail
    return set_cell_size(f"{head.rstrip()}{_CUT}{tail}", width)


def first_that_fits(width: int, *ways: Line) -> Line:
    """The same said in fewer and fewer cells; the last way when not even that has room."""
    return next((line for line in ways if width_of(line) <= width), ways[-1])


def fitted(line: Line, width: int) -> Line:
    """The line cropped or padded to exactly `width` cells."""
    result: Line = []
    room = width
    for text, words in line:
        length = cell_len(text)
        if length > room:
            result.append((left(text, room), words))
            return result
        result.append((text, words))
        room -= length
    if room > 0:
        result.append((" " * room, ""))
    return result


def columns(*cells: Span) -> Line:
    """The cells side by side, two blanks between them."""
    line: Line = []
    for cell in cells:
        line += [("  ", ""), cell] if line else [cell]
    return line
