"""The frame of a pane: its number, its name, and the place it shows. It stands before what is in it does."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content

from bak_tui.tui.look.spans import foreign


class Frame(Vertical):
    """An empty box of the workbench."""

    DEFAULT_CSS = """
    Frame {
        border: round $bak-line;
        border-title-color: $bak-muted;
        border-subtitle-color: $bak-muted;
        border-subtitle-align: right;
        padding: 0 1;
        background: $bak-bg;
    }
    """

    def __init__(self, number: int, name: str) -> None:
        super().__init__(id=f"pane-{number}")
        self.number = number
        self.title = name

    def on_mount(self) -> None:
        self.say_place("")

    def say_place(self, place: str) -> None:
        """`3 Bucket  gen3 / indexd-prod` above."""
        parts = [Content(f"{self.number} {self.title}")]
        if place:
            parts.append(Content.styled(f"  {foreign(place)}", "not bold $bak-muted"))
        self.border_title = Content("").join(parts)
