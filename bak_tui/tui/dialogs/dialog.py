"""The frame all dialogs share: title with the PROD block, facts, the `bak` line, buttons in one row.

Centred over the veil. Under 100 columns or 30 rows a dialog is the screen: its title stands in the header
row, its body scrolls, its buttons stay, and its other keys stand in the footer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from bak_tui.core.profile import Profile
from bak_tui.tui.look import states
from bak_tui.tui.look.keynames import name_of_action, own_keys_of
from bak_tui.tui.look.palette import NO_COLOUR
from bak_tui.tui.look.spans import Line, fitted, foreign, width_of
from bak_tui.tui.widgets.command_line import CommandLine
from bak_tui.tui.widgets.drawn import Drawn
from bak_tui.tui.widgets.keys import Keys
from bak_tui.tui.widgets.listing import Listing
from bak_tui.tui.widgets.pressing import FormButton, FormButtons, Remark

Answer = TypeVar("Answer")

_FULL_BELOW = (100, 30)
_CHROME = 6
"""Rows around the body: border, padding, buttons and what is above them."""
_LEAST_LISTED = 3
_FIXED = frozenset({"enter", "esc"})
_MOVES = Binding.Group("move, also pgup pgdn")


@dataclass(frozen=True)
class Button:
    """A label, the key that does the same, and the action of the dialog both mean."""

    label: str
    key: str
    action: str


def prod_block(theme: str) -> Content:
    """The filled block that only PROD has; without colours it is in reverse video."""
    is_colourless = theme == NO_COLOUR.name
    return Content.styled(" PROD ", "bold reverse" if is_colourless else "bold $bak-prodtext on $bak-prod")


class Body(VerticalScroll, inherit_bindings=False):
    """Scrolled by the dialog's keys: its own would take the arrows that go from field to field."""

    def watch_show_vertical_scrollbar(self, scrolls: bool) -> None:
        """The blank rows around it go first."""
        if scrolls:
            self.screen.add_class("-tight")


class Dialog(ModalScreen[Answer]):
    """Says what it is about in `body`, what can be done in `buttons`, and the `bak` line in `command`."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = "dialog.tcss"
    AUTO_FOCUS = "Input, Listing"
    WIDTH: ClassVar[int] = 92
    FOOTER: ClassVar[tuple[str, ...]] = ("dialog.copy", "dialog.help")
    """The ids of the bindings that the footer shows, where a dialog is the screen."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False, id="dialog.cancel", tooltip="Close it"),
        # Quitting is the workbench's: whoever closes one dialog too many with it must not lose the program.
        Binding(
            "q",
            "cancel",
            "Close",
            show=False,
            id="dialog.close",
            tooltip="Close it, as esc does",
        ),
        Binding("enter", "accept", "Go", show=False, id="dialog.accept", tooltip="What the lit button says"),
        Binding(
            "Y,ctrl+y",
            "copy_command",
            "Copy command",
            key_display="Y",
            id="dialog.copy",
            tooltip="Copy the bak command",
        ),
        Binding(
            "question_mark,f1", "app.help", "Help", key_display="?", id="dialog.help", tooltip="These keys"
        ),
        Binding(
            "down,j", "scroll_body(1)", "Down", show=False, key_display="j", id="dialog.down", group=_MOVES
        ),
        Binding("up,k", "scroll_body(-1)", "Up", show=False, key_display="k", id="dialog.up", group=_MOVES),
        Binding(
            "pagedown,ctrl+d",
            "scroll_body(8)",
            "Page down",
            show=False,
            key_display="^d",
            id="dialog.page-down",
            group=_MOVES,
        ),
        Binding(
            "pageup,ctrl+u",
            "scroll_body(-8)",
            "Page up",
            show=False,
            key_display="^u",
            id="dialog.page-up",
            group=_MOVES,
        ),
    ]

    def __init__(self, title: str, profile: Profile | None) -> None:
        super().__init__()
        self.title = title
        self._profile = profile
        self._command_line = CommandLine()
        self._laying = asyncio.Lock()

    # -- what a dialog says --------------------------------------------------------------------------

    def body(self) -> list[Widget]:
        """What stands between title and buttons."""
        return []

    def below(self) -> list[Widget]:
        """What stands between them and does not scroll."""
        return []

    def buttons(self) -> list[Button]:
        """The first is what enter does."""
        return [Button("OK", "enter", "accept")]

    def remark(self) -> str:
        """One remark, lower right."""
        return ""

    def command(self) -> str:
        """The `bak` line that does the same; empty when there is none."""
        return ""

    def steps(self) -> Line:
        """How far it is; beside the title where the dialog is the screen."""
        return []

    @property
    def beside_keys(self) -> Line:
        """How many jobs run, where the dialog is the screen and covers what says it otherwise."""
        running = getattr(self.app, "jobs_running", 0) if self.has_class("-full") else 0
        return [(f"► {running} running", "accent")] if running else []

    # -- how it is laid out --------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with Vertical(id="frame") as frame:
            frame.border_title = self._heading()
            yield Drawn([self._bar()], id="bar")
            with Body(id="body", can_focus=False):
                yield from self.body()
                yield self._command_line
            yield from self.below()
            with FormButtons():
                yield from self._pressed()
            yield Keys()

    def on_mount(self) -> None:
        self.renew_command()

    def on_resize(self) -> None:
        self.fit()
        self.call_after_refresh(self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        """What has the focus, in a body that may have fewer rows now."""
        if self.focused is not None:
            self.focused.scroll_visible(animate=False)

    def fit(self) -> None:
        """Take the room there is; the body scrolls when it is not enough."""
        width, height = self.size
        is_full = width < _FULL_BELOW[0] or height < _FULL_BELOW[1]
        if not (is_full and self.has_class("-full")):
            # What did not fit before it was laid out like this says nothing of whether it does now.
            self.remove_class("-tight")
            self.call_after_refresh(self._tighten)
        self.set_class(is_full, "-full")
        self.set_class(bool(self._profile and self._profile.is_prod), "-prod")
        self.query_one("#frame").styles.width = "100%" if is_full else min(self.WIDTH, width - 4)
        room = height - _CHROME - sum(self._rows_of(widget) for widget in self.query(".below"))
        self.query_one("#body").styles.max_height = None if is_full else max(3, room)

    def _tighten(self) -> None:
        """It may have been scrolled before, and is still: nothing else would tell."""
        if self.query_one("#body").show_vertical_scrollbar:
            self.add_class("-tight")

    def fit_list(self, listing: Listing[Any], most: int) -> None:
        """So many rows at most; where the dialog is the screen, fewer, so that what is below is seen, too."""
        listing.styles.height = "1fr" if self.has_class("-full") else most
        listing.styles.min_height, listing.styles.max_height = min(_LEAST_LISTED, most), most

    @staticmethod
    def _rows_of(widget: Widget) -> int:
        return len(widget.lines) + 2 if isinstance(widget, Drawn) and widget.lines else 0

    def renew_command(self) -> None:
        """Something was chosen: another command does it."""
        self._command_line.tell(self.command())
        self.refresh_bindings()

    async def renew_buttons(self) -> None:
        """Other things can be done now."""
        async with self._laying:
            row = self.query_one(FormButtons)
            lit = self.focused.action if isinstance(self.focused, FormButton) else ""
            await row.remove_children()
            await row.mount(*self._pressed())
            row.fit()
            for button in row.query(FormButton):
                if button.action == lit:
                    button.focus()

    def _pressed(self) -> list[Widget]:
        pressed: list[Widget] = [
            FormButton(button.label, self._key_of(button), button.action, is_default=number == 0)
            for number, button in enumerate(self.buttons())
        ]
        return [*pressed, Remark(self.remark())]

    def _key_of(self, button: Button) -> str:
        """The user's own, where the action has one; enter and escape are fixed."""
        if button.key in _FIXED:
            return button.key
        own = own_keys_of(self.app)
        declared = (each for kind in type(self).__mro__ for each in vars(kind).get("BINDINGS", ()))
        names = [
            str(each.id) for each in declared if isinstance(each, Binding) and each.action == button.action
        ]
        return next((name_of_action(own, name, button.key) for name in names if name in own), button.key)

    def key_of(self, name: str, usual: str) -> str:
        """How the key of an action is called: `usual`, or the user's own."""
        return name_of_action(own_keys_of(self.app), name, usual)

    def _heading(self) -> Content:
        parts = [Content(self.title or "")]
        if self._profile is not None:
            if self._profile.is_prod:
                parts += [Content("   "), prod_block(self.app.theme)]
            gap = " " if self._profile.is_prod else "   "
            parts.append(Content.styled(f"{gap}{foreign(self._profile.name)}", "not bold $bak-text"))
        return Content("").join(parts)

    def renew_title(self) -> None:
        """It is about another profile, or a step further."""
        self.query_one("#frame").border_title = self._heading()
        self.query_one("#bar", Drawn).show([self._bar()])
        self.set_class(bool(self._profile and self._profile.is_prod), "-prod")

    def _bar(self) -> Line:
        line: Line = []
        if self._profile is not None:
            label = states.environment(foreign(self._profile.environment))
            line = [(" " * (not label[0].startswith(" ")), ""), label, (" " * bool(label[0]), "")]
            line += [(foreign(self._profile.name), "text bold"), ("   ", "")]
        line.append((self.title or "", "text" if line else "text bold"))
        steps = self.steps()
        return [*fitted(line, max(0, self.app.size.width - width_of(steps) - 3)), ("  ", ""), *steps]

    # -- keys ----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        return action != "copy_command" or bool(self.command())

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_accept(self) -> None:
        self.dismiss(None)

    def action_copy_command(self) -> None:
        """Copy the `bak` line."""
        self.app.copy_to_clipboard(self.command())
        self.notify(f"copied: {foreign(self.command())}", markup=False)

    def action_scroll_body(self, rows: int) -> None:
        """To what does not fit."""
        self.query_one("#body").scroll_relative(y=rows, animate=False)


def fact(label: str, line: Line) -> Line:
    """A labelled line of a dialog."""
    return [(f"{label:<12}", "muted"), *line]
