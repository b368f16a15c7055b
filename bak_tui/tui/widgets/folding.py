"""Rarer options of a dialog, folded away until they are wanted; folded, a line says what they come to."""

from __future__ import annotations

from abc import abstractmethod

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click

from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.fields import FormRow


class Folded(Vertical):
    """`▸ Options` and what they are; unfolded a row for each. `label` is the cells of the labels."""

    DEFAULT_CSS = """
    Folded {
        height: auto;
        & > FormRow { display: none; }
        &.-unfolded > FormRow { display: block; }
        & TextField { width: 1fr; }
    }
    """

    def __init__(self, label: int) -> None:
        super().__init__()
        self._label = label
        self._told = Drawn([[]])

    @abstractmethod
    def rows(self) -> list[FormRow]:
        """The fields."""

    @abstractmethod
    def said(self) -> str:
        """What the options come to."""

    def trouble(self) -> str:
        """What is wrong with them; empty when nothing is."""
        return ""

    def compose(self) -> ComposeResult:
        yield self._told
        yield from self.rows()

    def on_mount(self) -> None:
        self.tell()

    def on_click(self, event: Click) -> None:
        if event.widget is self._told:
            self.fold()

    def fold(self) -> None:
        """Out, or in again; out, the first field has the focus."""
        self.toggle_class("-unfolded")
        self.tell()
        first = next((widget for widget in self.query("*") if widget.can_focus), None)
        self.screen.set_focus(first if self.has_class("-unfolded") else None)

    def tell(self) -> None:
        """What they come to now, or what is wrong."""
        sign = "▾" if self.has_class("-unfolded") else "▸"
        trouble = self.trouble()
        line: Line = [(trouble, "bad")] if trouble else [(self.said(), "muted")]
        self._told.show([[(f"{f'{sign} Options':<{self._label}}", "muted"), *line]])
