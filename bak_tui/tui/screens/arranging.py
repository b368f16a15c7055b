"""Which panes there is room for, which one is active, and whether it has the screen to itself."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from bak_tui.tui.widgets.frame import Frame
from bak_tui.tui.widgets.pane import Pane

_LAYOUTS = ("-wide", "-middle", "-narrow", "-single", "-tiny")
_PROFILES, _JOBS = 1, 4


def layout_for(width: int, height: int) -> str:
    """Which panes there is room for on so many columns and rows."""
    if width < 60 or height < 15:
        return "-tiny"
    if width < 100 or height < 30:
        return "-single"
    if width < 140:
        return "-narrow"
    return "-middle" if width < 150 else "-wide"


class Arrangement:
    """The classes by which TCSS lays the workbench out."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self.active = 2
        """The number of the pane that has, or had, the focus."""

    @property
    def is_single(self) -> bool:
        """Whether there is room for one pane only, under tabs."""
        return self._screen.has_class("-single")

    def fit(self, width: int, height: int) -> None:
        """The screen has that size now."""
        chosen = layout_for(width, height)
        for name in _LAYOUTS:
            self._screen.set_class(name == chosen, name)
        self._light()

    def activate(self, number: int) -> None:
        """Go to a pane; where it is folded away it comes out."""
        if number != self.active:
            # First of all: else what hides with the focus on it hands it on to the next in the same pane.
            self._screen.set_focus(None)
        self.active = number
        self._light()
        # A pane that was folded away can take the focus only when it has been laid out.
        self._screen.call_after_refresh(self.pane(number).listing.focus)

    def zoom(self) -> None:
        """Give the active pane the whole screen, or give the others their room back."""
        self._screen.toggle_class("-zoomed")

    def pane(self, number: int) -> Pane[object]:
        return self._screen.query_one(f"#pane-{number}", Pane)

    def _light(self) -> None:
        for number in (1, 2, 3, 4):
            frame = self._screen.query_one(f"#pane-{number}", Frame)
            frame.set_class(number == self.active, "-active")
        self._screen.set_class(self.active == _PROFILES, "-profiles")
        self._screen.set_class(self.active == _JOBS, "-jobs")
