"""Choosing one of a few: side by side as `● ○`, or folded into `▾`. One row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from bak_tui.tui.look.spans import Line
from bak_tui.tui.widgets.drawn import ruled, strip_of

Option = tuple[str, str]
"""What it stands for, and how it is called."""


class Chooser(Widget, can_focus=True):
    """One of `options`; left and right go through them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "step(1)", "Next", show=False, id="choice.next", tooltip="The next choice"),
        Binding("left", "step(-1)", "Previous", show=False, id="choice.previous", tooltip="The one before"),
    ]

    class Changed(Message):
        """Another one is chosen."""

        def __init__(self, chooser: Chooser) -> None:
            super().__init__()
            self.chooser = chooser

        @property
        def control(self) -> Chooser:
            return self.chooser

    def __init__(self, options: Sequence[Option], value: str, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.options = tuple(options)
        self._value = value

    @property
    def value(self) -> str:
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        if value != self._value:
            self._value = value
            self.refresh(layout=True)
            self.post_message(self.Changed(self))

    @property
    def index(self) -> int:
        values = [value for value, _ in self.options]
        return values.index(self._value) if self._value in values else 0

    def action_step(self, by: int) -> None:
        self.value = self.options[(self.index + by) % len(self.options)][0]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport, width
        return 1

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


class Radio(Chooser):
    """`● PROD   ○ stage   ○ dev`."""

    DEFAULT_CSS = "Radio { height: 1; width: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "step(1)", "Choose", show=False, id="choice.choose", tooltip="The next choice"),
    ]

    def get_content_width(self, container: Size, viewport: Size) -> int:
        del container, viewport
        return sum(self._widths()) + 3 * (len(self.options) - 1)

    def render_line(self, y: int) -> Strip:
        del y
        line: Line = []
        for number, (value, label) in enumerate(self.options):
            is_chosen = value == self._value
            ground = " on cursor" if is_chosen and self.has_focus else ""
            words = "text" if is_chosen else "muted"
            line += [(" " * self._gap, "")] if number else []
            line.append((f"{'●' if is_chosen else '○'} ", words + ground))
            is_prod = label == "PROD" and is_chosen
            line.append((f" {label} ", "prodtext bold on prod") if is_prod else (label, words + ground))
        return strip_of(self, line, self.size.width)

    def on_click(self, event: Click) -> None:
        left = 0
        for (value, _), width in zip(self.options, self._widths(), strict=True):
            if left <= event.x < left + width:
                self.value = value
            left += width + self._gap

    @property
    def _gap(self) -> int:
        room = self.size.width - sum(self._widths())
        return max(1, min(3, room // max(1, len(self.options) - 1)))

    def _widths(self) -> list[int]:
        prod = 2
        return [
            2 + cell_len(label) + (prod if label == "PROD" and value == self._value else 0)
            for value, label in self.options
        ]


class Dropdown(Chooser):
    """`Ceph  ▾`; enter, space or a click shows them all."""

    DEFAULT_CSS = """
    Dropdown {
        height: 1;
        width: 1fr;
        padding: 0 1;
        background: $bak-field;
        &:focus { background: $bak-cursor; }
        &.-short { width: auto; }
        &.-bare { width: auto; padding: 0; background: $bak-bg; &:focus { background: $bak-cursor; } }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "open", "Choose", show=False, id="choice.open", tooltip="Show every choice"),
    ]

    class Opened(Message):
        """The user wants to see them all; who holds it shows them."""

        def __init__(self, dropdown: Dropdown) -> None:
            super().__init__()
            self.dropdown = dropdown

    def __init__(
        self,
        title: str,
        options: Sequence[Option],
        value: str,
        *,
        id: str,  # noqa: A002
        is_bare: bool = False,
    ) -> None:
        super().__init__(options, value, id=id)
        self.title = title
        self.set_class(is_bare, "-bare")
        self._sign = " ▾" if is_bare else "  ▾"
        """In a field of its own it stands further off."""

    def get_content_width(self, container: Size, viewport: Size) -> int:
        del container, viewport
        return cell_len(self.options[self.index][1]) + cell_len(self._sign)

    def render_line(self, y: int) -> Strip:
        del y
        line: Line = [(self.options[self.index][1], "text"), (self._sign, "muted")]
        strip = strip_of(self, line, self.size.width)
        return strip if self.has_class("-bare") else ruled(self, strip)

    def action_open(self) -> None:
        self.post_message(self.Opened(self))

    def on_click(self, event: Click) -> None:
        event.stop()
        self.focus()
        self.action_open()
