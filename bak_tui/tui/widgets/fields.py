"""One row of a form: a label, and what is typed or chosen behind it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Paste
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.tui.look.spans import foreign
from bak_tui.tui.widgets.drawn import Drawn, ruled


class Field(Input):
    """One row that takes all of what is pasted: Textual takes its first line, and does not say so."""

    def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        text = self.pasted(event.text.strip("\r\n"))
        begin, end = sorted(self.selection)
        if self.max_length:
            room = max(0, self.max_length - len(self.value) + end - begin)
            if len(text) > room:
                self.notify(f"pasted as far as it fits: {room:,} of {len(text):,} characters")
            text = text[:room]
        self.replace(text, begin, end)

    def pasted(self, text: str) -> str:
        """How that gets in; line ends around it came with what was copied."""
        return text


class TextField(Field):
    """Text in one row. Whatever gets into it is shown by `foreign`; untouched it is still what it was."""

    DEFAULT_CSS = """
    TextField, TextField.-textual-compact, TextField:focus {
        width: 1fr;
        height: 1;
        border: none;
        padding: 0 1;
        color: $bak-text;
        background: $bak-field;
        background-tint: $bak-field 0%;
        & > .input--placeholder { color: $bak-muted; }
    }
    TextField:focus { background: $bak-cursor; }
    """

    def __init__(self, text: str = "", *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002
        self._given = text
        super().__init__(foreign(text), placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def render_line(self, y: int) -> Strip:
        return ruled(self, super().render_line(y))

    def pasted(self, text: str) -> str:
        return foreign(text)

    def validate_value(self, value: str) -> str:
        """Nothing unprintable stands here, however it came in."""
        return foreign(value)

    @property
    def text(self) -> str:
        """What was given, when it stands there as it was, else what is typed."""
        return self._given if self.value == foreign(self._given) else self.value

    @text.setter
    def text(self, text: str) -> None:
        self._given = text
        self.value = text


class SecretField(Field):
    """What must not be seen: dots stand for it."""

    DEFAULT_CSS = """
    SecretField, SecretField:focus {
        height: 1;
        border: none;
        padding: 0 1;
        color: $bak-text;
        background: $bak-cursor;
        background-tint: $bak-cursor 0%;
        & > .input--placeholder { color: $bak-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__(password=True, compact=True, placeholder="password")
        self.cursor_blink = False

    def render_line(self, y: int) -> Strip:
        return ruled(self, super().render_line(y))


class FormRow(Horizontal):
    """A label of 11 cells and its fields; lit while one of them has the focus."""

    DEFAULT_CSS = """
    FormRow {
        height: 1;
        & > .label { width: 11; color: $bak-muted; }
        &.-lit > .label { color: $bak-accent; }
        & > .remark { color: $bak-muted; }
    }
    """

    def __init__(self, label: str, *fields: Widget, remark: str = "") -> None:
        super().__init__()
        self._label = label
        self._fields = fields
        self._remark = remark

    def compose(self) -> ComposeResult:
        yield Drawn([[(self._label, "")]], classes="label")
        yield from self._fields
        if self._remark:
            yield Drawn([[(self._remark, "")]], classes="remark")

    def on_descendant_focus(self) -> None:
        self.add_class("-lit")

    def on_descendant_blur(self) -> None:
        self.remove_class("-lit")
