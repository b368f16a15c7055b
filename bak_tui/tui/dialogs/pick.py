"""One of a list: enter takes the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Click
from textual.widget import Widget

from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.choosing import Dropdown
from bak_tui.tui.widgets.listing import Drawing, Listing

_MOST_ROWS = 14


class Pick(Dialog[int]):
    """Answers the number of the line."""

    WIDTH = 72

    def __init__(self, title: str, lines: Sequence[Line], index: int = 0) -> None:
        super().__init__(title, None)
        self._rows = list(enumerate(lines))
        self._index = index
        self._listing: Listing[tuple[int, Line]] = Listing(_draw, lambda row: row[0])

    def body(self) -> list[Widget]:
        self._listing.styles.height = min(_MOST_ROWS, len(self._rows))
        return [self._listing]

    def buttons(self) -> list[Button]:
        return [Button("Choose", "enter", "accept"), Button("Cancel", "esc", "cancel")]

    def on_mount(self) -> None:
        self._listing.show(self._rows)
        self._listing.go_to(self._index)
        self._listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.action_accept()

    def on_click(self, event: Click) -> None:
        """A click beside it closes it, as with any list that folds out."""
        if event.widget is self:
            self.action_cancel()

    def action_accept(self) -> None:
        current = self._listing.current
        self.dismiss(None if current is None else current[0])


def _draw(row: tuple[int, Line], drawing: Drawing) -> list[Line]:
    del drawing
    return [row[1]]


def unfold(dropdown: Dropdown) -> None:
    """Show every choice of a dropdown; the one that is taken is its value from then on."""

    def choose(index: int | None) -> None:
        if index is not None:
            dropdown.value = dropdown.options[index][0]

    labels: list[Line] = [[(foreign(label), "text")] for _, label in dropdown.options]
    dropdown.app.push_screen(Pick(dropdown.title, labels, dropdown.index), choose)
