"""The program on the screen: theme, the workbench, and an orderly end whatever ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, ClassVar

from rich.segment import Segments
from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen
from textual.worker import get_current_worker

from bak_tui.core.errors import BakError, Cancelled, ExitCode
from bak_tui.core.jobs import JobStatus
from bak_tui.operations.bak import Bak
from bak_tui.tui.bounds import SessionBounds
from bak_tui.tui.choices import Choice
from bak_tui.tui.commands import commands_of
from bak_tui.tui.dialogs.ask import Confirm
from bak_tui.tui.look.terminal import Look
from bak_tui.tui.messages import JobEnded, JobUpdated
from bak_tui.tui.ringing import ring
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.terminal import LastingDriver
from bak_tui.tui.themed import Themed
from bak_tui.tui.widgets.help import Help, toggle_help

_HERE = Path(__file__).parent
_SIGNALS = {signal.SIGTERM: ExitCode.TERMINATED, signal.SIGHUP: ExitCode.HANGUP}
_SCROLLS_HELP = Binding.Group("scroll the help")


class BakApp(Themed):
    """Holds one `Bak` and one workbench; jobs are the engine's and outlive every screen."""

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
            "colon",
            "command_palette",
            "Palette",
            show=False,
            id="app.palette",
            tooltip="Every command, also ^p",
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
        bak: Bak,
        choices: Sequence[Choice],
        *,
        banner: str = "",
        prepare: Callable[[Callable[[str], None]], Choice] | None = None,
        look: Look = Look(),  # noqa: B008  # frozen
        own_keys: Mapping[str, str] = MappingProxyType({}),
        session: SessionBounds = SessionBounds(),  # noqa: B008  # frozen
    ) -> None:
        super().__init__(look)
        self.own_keys = own_keys
        """The user's own keys, by the action's id."""
        self._bak = bak
        self._session = session
        self._workbench = Workbench(
            bak, choices, banner=banner, prepares=prepare is not None, place=session.place
        )
        self._prepare = prepare
        self._unsubscribe: Callable[[], None] = lambda: None

    def get_driver_class(self) -> type[Driver]:
        """Textual's, but where it is Linux's (macOS has the same) one that outlives its terminal."""
        driver = super().get_driver_class()
        return LastingDriver if driver is LinuxDriver else driver

    def on_mount(self) -> None:
        self.set_keymap(dict(self.own_keys))
        self.push_screen(self._workbench)
        self._unsubscribe = self._bak.engine.subscribe(self._tell_job)
        loop = asyncio.get_running_loop()
        for number, code in _SIGNALS.items():
            loop.add_signal_handler(number, self._end, code)
        if self._prepare is not None:
            self._make_ready(self._prepare)

    def on_unmount(self) -> None:
        self._unsubscribe()

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

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: our bindings, and nothing of Textual's own."""
        return commands_of(self, screen, self.own_keys)

    @work(description="-")
    async def action_quit(self) -> None:  # type: ignore[override]  # a worker: it may ask
        """Quit; while jobs run, ask first."""
        running = [job for job in self._bak.engine.jobs if not job.status.state.is_final]
        if running:
            jobs = [f"{job.id} {job.verb} {job.what}" for job in running[:6]]
            said = [f"{len(running)} running:", *jobs, "", "Quit cancels them and cleans up after them."]
            if not await self.push_screen_wait(Confirm("Quit?", said)):
                return
        self._end(ExitCode.DONE)

    def _end(self, code: ExitCode) -> None:
        """Cancel what runs; the engine is closed, cleaned up, by who opened it."""
        for job in self._bak.engine.jobs:
            self._bak.engine.cancel(job)
        theme = self.chosen_theme or self._session.place.theme
        self._session.keep(replace(self._workbench.place, theme=theme))
        self.exit(int(code))

    def on_job_ended(self, message: JobEnded) -> None:
        if self._session.rings:
            ring(self, message.status)

    def _tell_job(self, status: JobStatus) -> None:
        """Called from the engine's thread: a message is the only bridge."""
        self._workbench.post_message(JobUpdated(status))

    @work(thread=True, description="-")
    def _make_ready(self, prepare: Callable[[Callable[[str], None]], Choice]) -> None:
        worker = get_current_worker()

        def say(step: str) -> None:
            if worker.is_cancelled:  # the user has quit: what comes next is not wanted any more
                raise Cancelled("the demo was left while it was being prepared")
            self.call_later(self._workbench.say_preparing, step)

        try:
            choice = prepare(say)
        except Cancelled:
            return
        except BakError as error:
            self.exit(int(error.exit_code), message=f"bak-tui: {error.message}")
            return
        self.call_later(self._workbench.add_choice, choice)

    def _fatal_error(self) -> None:
        """A crash shows where, never with what: locals hold passwords."""
        self.bell()
        from rich.traceback import Traceback  # with pygments: for a crash alone

        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()
