"""How wide text is on a terminal: CJK and emoji take two cells, what combines takes none.

Rich knows the widths (it has Unicode's tables). It is loaded only for text that needs them: `bak --help` does
not.
"""

from __future__ import annotations


def cells(text: str) -> int:
    """How many cells it takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int, *, is_right: bool = False) -> str:
    """At least `width` cells: blanks at its end, or before it when it is to stand right."""
    blanks = " " * (width - cells(text))
    return blanks + text if is_right else text + blanks


def cropped(text: str, width: int) -> str:
    """At most `width` cells, cut at the end."""
    if cells(text) <= width:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, width).rstrip()
