"""What works whatever screen is shown: help, the palette, toasts, the terminal given back to the shell."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen

from bak_tui.core.wording import plural
from bak_tui.tui.keys.commands import Palette, commands_of
from bak_tui.tui.look.keynames import name_of_action
from bak_tui.tui.look.terminal import Look
from bak_tui.tui.suspending import stop_until_continued
from bak_tui.tui.themed import Themed
from bak_tui.tui.widgets.help import Help, toggle_help

_log = logging.getLogger(__name__)

_LEVELS: dict[SeverityLevel, int] = {
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_OPENS_PALETTE = Binding.Group("every command")
_SCROLLS_HELP = Binding.Group("scroll the help")


class Everywhere(Themed):
    """The keys of the app itself; which screen there is, is the app's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "question_mark,f1",
            "help",
            "Help",
            key_display="?",
            id="app.help",
            tooltip="What the keys do here",
        ),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Quit; asks while jobs run"),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            show=False,
            priority=True,
            id="app.suspend",
            tooltip="Back to the shell until `fg`; not while jobs run",
        ),
        Binding(
            "colon",
            "command_palette",
            "Palette",
            show=False,
            id="app.palette",
            tooltip="Every command",
            group=_OPENS_PALETTE,
        ),
        # Textual's own is left out where another key opens it; in dialogs and fields a colon is text.
        Binding(
            "ctrl+p",
            "command_palette",
            "Palette",
            show=False,
            priority=True,
            id="app.palette-ctrl+p",
            tooltip="Every command",
            group=_OPENS_PALETTE,
        ),
        *(
            Binding(
                key,
                f"scroll_help({direction})",
                "Scroll the help",
                show=False,
                priority=True,
                id=f"app.help-{key}",
                tooltip="Scroll the help",
                group=_SCROLLS_HELP,
            )
            for key, direction in (("pagedown", 1), ("pageup", -1))
        ),
    ]

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.own_keys: Mapping[str, str] = {}
        """The user's own keys, by the action's id."""

    @property
    @abstractmethod
    def jobs_begun(self) -> int:
        """How many have not ended, those that wait for others too."""

    def action_help_quit(self) -> None:
        """What ctrl+c says: it may have been meant for a copy, so it ends nothing."""
        if isinstance(self.screen, ModalScreen):
            closes = name_of_action(self.own_keys, "dialog.close", "q")
            self.notify(f"{closes} or esc closes this; ctrl+q quits", markup=False)
            return
        quits = name_of_action(self.own_keys, "app.quit", "q")
        self.notify(f"{quits} quits; ctrl+q does in a field, too", markup=False)

    def action_suspend_process(self) -> None:
        """The terminal back to the shell. A process that is stopped stops its jobs: not while any runs."""
        begun = self.jobs_begun
        why = f"{plural(begun, 'job')} would stand still until fg, and lose the servers" if begun else ""
        if self._driver is None or not self._driver.can_suspend:
            why = why or "this terminal cannot be given back"
        if not why:
            with self.suspend():
                was_stopped = stop_until_continued()
            why = "" if was_stopped else "no shell has started this that could bring it back"
        if why:
            self.notify(f"not suspended: {why}", severity="warning", markup=False)

    def action_help(self) -> None:
        """Help over the right of the screen, or away with it; the keys go on working."""
        toggle_help(self.screen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The help takes the paging keys while it is shown."""
        del parameters
        return action != "scroll_help" or bool(self.screen.query(Help))

    def action_scroll_help(self, direction: int) -> None:
        """A page of the help; lists have ^d and ^u."""
        panel = self.screen.query_one(Help)
        panel.scroll_relative(y=direction * panel.size.height, animate=False)

    def action_command_palette(self) -> None:
        """Every command that works now, to be looked for by its name."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette())

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: our bindings, and nothing of Textual's own."""
        return commands_of(self, screen, self.own_keys)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """A toast, and a line of the session's log: a toast is gone after some seconds."""
        _log.log(_LEVELS[severity], "%s", message.replace("\n", "; "))
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)
