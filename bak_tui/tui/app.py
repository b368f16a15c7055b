"""The program on the screen: theme, the workbench, and an orderly end whatever ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment, Segments
from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key, Paste
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen
from textual.worker import get_current_worker

from bak_tui.core.errors import BakError, Cancelled, ExitCode
from bak_tui.core.wording import plural
from bak_tui.services.logs import crash_report
from bak_tui.tui.driver import LastingDriver
from bak_tui.tui.keys.commands import Palette, commands_of
from bak_tui.tui.look.keynames import name_of_action
from bak_tui.tui.look.terminal import Look
from bak_tui.tui.ringing import ring
from bak_tui.tui.screens.opening import Opening
from bak_tui.tui.session.begun import Begin, Begun, Prepare
from bak_tui.tui.session.bounds import SessionBounds
from bak_tui.tui.suspending import stop_until_continued
from bak_tui.tui.themed import Themed
from bak_tui.tui.typeahead import Typeahead
from bak_tui.tui.widgets.help import Help, toggle_help

if TYPE_CHECKING:
    from bak_tui.tui.messages import JobEnded
    from bak_tui.tui.screens.workbench import Workbench

_log = logging.getLogger(__name__)

_LEVELS: dict[SeverityLevel, int] = {
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_HERE = Path(__file__).parent
_SIGNALS = {signal.SIGTERM: ExitCode.TERMINATED, signal.SIGHUP: ExitCode.HANGUP}
_OPENS_PALETTE = Binding.Group("every command")
_SCROLLS_HELP = Binding.Group("scroll the help")


class BakApp(Themed):
    """Paints the frame, begins the session, shows its workbench; jobs are the engine's and outlive both."""

    TITLE = "bak-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        str(_HERE / f"{name}.tcss") for name in ("commands", "toasts", "less_colour")
    ]
    """In full: what is made of this class lives elsewhere."""
    ENABLE_COMMAND_PALETTE = True
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

    def __init__(
        self,
        begin: Begun | Begin,
        *,
        look: Look = Look(),  # noqa: B008  # frozen
        session: SessionBounds = SessionBounds(),  # noqa: B008  # frozen
        begin_demo: Begin | None = None,
    ) -> None:
        """`begin` is what has begun already, or begins it in a thread once the first frame is painted.

        `begin_demo` is there for who has no profile yet.
        """
        super().__init__(look)
        self.own_keys: Mapping[str, str] = {}
        """The user's own keys, by the action's id."""
        self.refused: BakError | None = None
        """Why the session could not begin; the app has ended by itself then."""
        self._begin = begin
        self._begin_demo = begin_demo
        self._session = session
        self._begun: Begun | None = None
        self.typeahead = Typeahead(self, super().on_event)

    @property
    def jobs_running(self) -> int:
        """Said beside the keys of a dialog that covers everything that says it otherwise."""
        return self._begun.workbench.running if self._begun else 0

    def get_driver_class(self) -> type[Driver]:
        """Textual's, but where it is Linux's (macOS has the same) one that outlives its terminal."""
        driver = super().get_driver_class()
        return LastingDriver if driver is LinuxDriver else driver

    async def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number, code in _SIGNALS.items():
            loop.add_signal_handler(number, self._end, code)
        if isinstance(self._begin, Begun):
            await self._enter(self._begin)
            return
        opening = Opening(self._session.place.pane)
        await self.push_screen(opening)
        opening.call_after_refresh(self._begin_behind, self._begin, self._refuse)

    @work(thread=True, group="beginning", description="-")
    def _begin_behind(self, begin: Begin, refuse: Callable[[BakError], None]) -> None:
        try:
            begun = begin()
        except BakError as error:
            self.call_later(refuse, error)
            return
        self.call_later(self._enter, begun)

    def on_demo_wanted(self) -> None:
        """The demo takes the place of a session without a profile."""
        begin, self._begin_demo = self._begin_demo, None  # once is enough, however often the key is pressed
        if begin is not None:
            self._begin_behind(begin, partial(self._refuse_demo, begin))

    def _refuse_demo(self, begin: Begin, error: BakError) -> None:
        self._begin_demo = begin
        if self._begun is not None:
            self._begun.workbench.complain(error)

    def _refuse(self, error: BakError) -> None:
        self.refused = error
        self.exit(int(error.exit_code))

    async def _enter(self, begun: Begun) -> None:
        """The workbench, and then what was typed before it stood there."""
        is_first = self._begun is None
        self._begun = begun
        self.own_keys = begun.own_keys or self.own_keys
        self.set_keymap(dict(self.own_keys))
        while not is_first and isinstance(self.screen, ModalScreen):
            await self.pop_screen()
        show = self.push_screen if is_first and not isinstance(self.screen, Opening) else self.switch_screen
        await show(begun.workbench)
        if begun.prepare is not None:
            self._session = SessionBounds(rings=self._session.rings)  # the demo leaves nothing behind
            self._make_ready(begun.workbench, begun.prepare)
        if is_first:
            self.typeahead.release()

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            await self.typeahead.take(event)
        else:
            await super().on_event(event)

    def action_help_quit(self) -> None:
        """What ctrl+c says: it may have been meant for a copy, so it ends nothing."""
        if isinstance(self.screen, ModalScreen):
            closes = name_of_action(self.own_keys, "dialog.close", "q")
            self.notify(f"{closes} or esc closes this; ctrl+q quits")
            return
        self.notify(f"{name_of_action(self.own_keys, 'app.quit', 'q')} quits; ctrl+q does in a field, too")

    def action_suspend_process(self) -> None:
        """The terminal back to the shell. A process that is stopped stops its jobs: not while any runs."""
        jobs = self._begun.bak.engine.jobs if self._begun else ()
        running = sum(not job.status.state.is_final for job in jobs)
        why = f"{plural(running, 'job')} would stand still until fg, and lose the servers" if running else ""
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

    @work(description="-")
    async def action_quit(self) -> None:  # type: ignore[override]  # a worker: it may ask
        """Quit; while jobs run, ask first."""
        if self._begun is None or await self._begun.workbench.may_quit():
            self._end(ExitCode.DONE)

    def _end(self, code: ExitCode) -> None:
        """Cancel what runs; the engine is closed, cleaned up, by who opened it."""
        if self._begun is not None:
            engine = self._begun.bak.engine
            for job in engine.jobs:
                engine.cancel(job)
            theme = self.chosen_theme or self._session.place.theme
            self._session.keep(replace(self._begun.workbench.place, theme=theme))
        self._leave(code)

    def _leave(self, code: ExitCode) -> None:
        """Not while Textual's palette gathers its commands: it looks for its list, which would be gone."""
        if isinstance(self.screen, CommandPalette):
            if not self.screen.is_mounted:
                self.call_later(self._leave, code)
                return
            self.workers.cancel_node(self.screen)
        self.exit(int(code))

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

    def on_job_ended(self, message: JobEnded) -> None:
        if self._session.rings:
            ring(self, message.status)

    @work(thread=True, group="beginning", description="-")
    def _make_ready(self, workbench: Workbench, prepare: Prepare) -> None:
        worker = get_current_worker()

        def say(step: str) -> None:
            if worker.is_cancelled:  # the user has quit: what comes next is not wanted any more
                raise Cancelled("the demo was left while it was being prepared")
            self.call_later(workbench.say_preparing, step)

        try:
            choice = prepare(say)
        except Cancelled:
            return
        except BakError as error:
            self.exit(int(error.exit_code), message=f"bak-tui: {error.message}")
            return
        self.call_later(workbench.add_choice, choice)

    def _fatal_error(self) -> None:
        """A crash shows where, never with what: locals hold passwords, and its words may be anybody's."""
        self.bell()
        error = sys.exc_info()[1] or self._exception
        if error is not None:
            self._exit_renderables.append(Segments([Segment(crash_report(error))]))
        self._close_messages_no_wait()
