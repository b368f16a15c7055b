"""The program on the screen: how its session begins, the workbench, and an orderly end whatever ends it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment, Segments
from textual import work
from textual.command import CommandPalette
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key, Paste
from textual.screen import ModalScreen
from textual.worker import get_current_worker

from bak_tui.core.errors import BakError, Cancelled, ExitCode
from bak_tui.services.logs import crash_report
from bak_tui.tui.driver import LastingDriver
from bak_tui.tui.everywhere import Everywhere
from bak_tui.tui.look.terminal import Look
from bak_tui.tui.ringing import ring
from bak_tui.tui.screens.opening import Opening
from bak_tui.tui.session.begun import Begin, Begun, Prepare
from bak_tui.tui.session.bounds import SessionBounds
from bak_tui.tui.typeahead import Typeahead

if TYPE_CHECKING:
    from bak_tui.tui.messages import JobEnded
    from bak_tui.tui.screens.workbench import Workbench

_HERE = Path(__file__).parent
_SIGNALS = {signal.SIGTERM: ExitCode.TERMINATED, signal.SIGHUP: ExitCode.HANGUP}


class BakApp(Everywhere):
    """Paints the frame, begins the session, shows its workbench; jobs are the engine's and outlive both."""

    TITLE = "bak-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        str(_HERE / f"{name}.tcss") for name in ("commands", "toasts", "less_colour")
    ]
    """In full: what is made of this class lives elsewhere."""
    ENABLE_COMMAND_PALETTE = True

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

    @property
    def jobs_begun(self) -> int:
        return sum(not job.status.state.is_final for job in self._begun.bak.engine.jobs) if self._begun else 0

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
