"""The buttons of a form, each a label and its key, in one row however narrow that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Click
from textual.strip import Strip

from bak_tui.tui.look.keynames import short_name
from bak_tui.tui.look.spans import middle
from bak_tui.tui.widgets.drawn import Drawn, strip_of

Naming = Callable[[str], str]
"""What is shown of a key."""
_GAP = 4


def _whole(key: str) -> str:
    return key


def _nothing(_key: str) -> str:
    return ""


_WAYS: tuple[tuple[int, Naming], ...] = (
    (_GAP, _whole),
    (2, _whole),
    (2, short_name),
    (1, short_name),
    (1, _nothing),
)
"""Blanks between buttons, and what is shown of their keys: the first that has room is taken."""


class FormButton(Drawn, can_focus=True):
    """Does the screen's action of that name: by enter, by space, by a click."""

    DEFAULT_CSS = "FormButton { height: 1; width: auto; margin: 0 4 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "Press", show=False, id="button.press", tooltip="Do what it says"),
    ]

    def __init__(self, label: str, key: str, action: str, *, is_default: bool = False) -> None:
        super().__init__([[(f" {label} {key}", "")]])
        self.key = key
        """The key that does the same."""
        self.action = action
        self._label = label
        self._naming: Naming = _whole
        self._is_default = is_default

    def render_line(self, y: int) -> Strip:
        del y
        is_lit = self.has_focus or (self._is_default and not isinstance(self.screen.focused, FormButton))
        look = "bg bold on accent" if is_lit else "text"
        if self.has_class("-arming"):
            look = "prodtext bold on prod" if self.has_class("-armed") else "muted on idle"
        return strip_of(self, [(f" {self._label} ", look), (self._key_cell, "muted")], self.size.width)

    def get_content_width(self, *_: object) -> int:
        return self.width_by(self._naming)

    def width_by(self, naming: Naming) -> int:
        """In cells, its key named so."""
        return cell_len(self._label) + 2 + cell_len(self._cell(naming))

    def stand(self, gap: int, naming: Naming) -> None:
        """So far from the next one, its key named so."""
        self._naming = naming
        self.styles.margin = (0, gap, 0, 0)
        self.refresh(layout=True)

    @property
    def _key_cell(self) -> str:
        return self._cell(self._naming)

    def _cell(self, naming: Naming) -> str:
        return f" {naming(self.key)}" if naming(self.key) else ""

    async def action_press(self) -> None:
        await self.screen.run_action(self.action)

    async def on_click(self, event: Click) -> None:
        event.stop()
        await self.action_press()


class Remark(Drawn):
    """At the right of the buttons: cropped in its middle where it does not fit, for it may be a path."""

    DEFAULT_CSS = "Remark { height: 1; width: 1fr; }"

    def __init__(self, text: str) -> None:
        super().__init__([[(text, "muted")]])
        self._text = text

    def tell(self, text: str) -> None:
        """Say this from now on."""
        self._text = text
        self.show([[(text, "muted")]])

    def render_line(self, y: int) -> Strip:
        del y
        width = self.size.width
        room = min(width, cell_len(self._text))
        return strip_of(self, [(" " * (width - room), ""), (middle(self._text, room), "muted")], width)


class FormButtons(Horizontal):
    """A row of them; the default one is lit as long as no other has the focus."""

    DEFAULT_CSS = "FormButtons { height: 1; }"

    def on_resize(self) -> None:
        self.fit()

    def fit(self) -> None:
        """Closer together where they have no room, then with shorter names of their keys, then without."""
        buttons = self.query(FormButton)
        needed = {
            way: sum(button.width_by(naming) for button in buttons) + gap * (len(buttons) - 1)
            for way, (gap, naming) in enumerate(_WAYS)
        }
        fits = (way for way, width in needed.items() if width <= self.size.width)
        gap, naming = _WAYS[next(fits, len(_WAYS) - 1)]
        for button in buttons:
            button.stand(gap, naming)

    def on_descendant_focus(self) -> None:
        self._redraw()

    def on_descendant_blur(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        for button in self.query(FormButton):
            button.refresh()
