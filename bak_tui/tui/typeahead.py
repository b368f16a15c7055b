"""What is typed ahead of the screen: a key is handed on when what the one before it brought about stands.

Textual hands a key to what has the focus at that moment, even if the key before is still about to open
a filter or a dialog: of a burst (a slow line, a busy moment, the start) `/` and all that follows reached the
list, where a letter is a command. What must stay true: no key is lost, none overtakes another, and a key that
has nothing before it does not wait. However long a server takes that is asked before a dialog opens, what is
typed is the dialog's; only escape, or quitting, gives the question up, and what was typed for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from textual.app import App, ScreenStackError
from textual.dom import DOMNode
from textual.events import Event, Key
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from bak_tui.tui.asking import ASKED, DROPPING

ASKING = frozenset({"default", "profiling", "import", ASKED, DROPPING})
"""Groups of workers that open dialogs, and of what they ask a server or a file first."""
_ESCAPE = "escape"
_GIVES_UP = frozenset({_ESCAPE, "ctrl+q"})
_LOOK_SECONDS = 0.01
_MOST_ROUNDS = 20
"""After which it stands, whatever else goes on: news may come in all the time."""
_GONE_SECONDS = 0.05
"""Between two looks whether what is waited for has been removed meanwhile."""


@dataclass(frozen=True)
class _Before:
    """What there was when a key was handed on."""

    place: DOMNode | None = None
    screen: Screen[Any] | None = None
    workers: frozenset[Worker[Any]] = frozenset()


class Typeahead:
    """Hands on events of the keyboard in order; each runs in the app's own loop."""

    def __init__(self, app: App[Any], hand_on: Callable[[Event], Awaitable[None]]) -> None:
        self._app = app
        self._hand_on = hand_on
        self._waiting: deque[Event] = deque()
        self._is_held = True
        self._handing: asyncio.Task[None] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all was handed on, and what it brought about stands."""
        return self._handing is None and not self._waiting

    def release(self) -> None:
        """There is something now that takes keys; what was typed before follows when it stands."""
        self._is_held = False
        self._begin()

    async def take(self, event: Event) -> None:
        """Hand it on now, if nothing is before it."""
        if self._is_held or self._handing is not None:
            self._waiting.append(event)
            return
        if self._asked:  # by a click
            self._waiting.append(event)
            self._begin()
            return
        before = self._look()
        if before.place is None:
            return
        await self._hand_on(event)
        self._begin(before)

    def _begin(self, before: _Before = _Before()) -> None:
        self._handing = asyncio.create_task(self._go_on(before))
        self._handing.add_done_callback(self._crash_of)

    def _crash_of(self, handing: asyncio.Task[None]) -> None:
        """A defect here ends the program like any other: a keyboard that is dead would not even quit."""
        error = None if handing.cancelled() else handing.exception()
        if error is not None:
            self._app.call_later(_raise, error)

    async def _go_on(self, before: _Before) -> None:
        await self._stands(before)
        while self._waiting:
            before = self._look()
            self._app.call_later(self._hand_on, self._waiting.popleft())
            await _reached(self._app, self._app.call_later)
            await self._stands(before)
        self._handing = None

    def _look(self) -> _Before:
        place = self._place
        screen = self._app.screen if place is not None else None
        return _Before(place, screen, frozenset(self._app.workers))

    async def _stands(self, before: _Before) -> None:
        """Until what a key has brought about is there."""
        await self._settled(before.place)
        if await self._has_waited_for_a_dialog(before):
            await self._settled(before.place)

    async def _has_waited_for_a_dialog(self, before: _Before) -> bool:
        """Whether one was about to be opened, by what the key began or by what goes on after an answer."""
        has_waited = False
        while (here := self._look()).place is not None:
            is_same = here.screen is before.screen
            asked = self._asked
            if not is_same and isinstance(here.screen, ModalScreen) and not asked:
                break
            begun = here.workers - before.workers if is_same else here.workers
            if not any(worker.group in ASKING and not worker.is_finished for worker in begun):
                break
            if asked:
                self._give_up_if_wanted(asked)
            has_waited = True
            await asyncio.sleep(_LOOK_SECONDS)
        return has_waited

    @property
    def _asked(self) -> list[Worker[Any]]:
        """What waits for an answer from outside."""
        return [worker for worker in self._app.workers if worker.group == ASKED and not worker.is_finished]

    def _give_up_if_wanted(self, asked: list[Worker[Any]]) -> None:
        """What was typed for the dialog goes with the question; quitting still quits."""
        keys = [event.key if isinstance(event, Key) else "" for event in self._waiting]
        at = next((number for number, key in enumerate(keys) if key in _GIVES_UP), None)
        if at is None:
            return
        for worker in asked:
            worker.cancel()
        for _ in range(at + (keys[at] == _ESCAPE)):
            self._waiting.popleft()

    @property
    def _place(self) -> DOMNode | None:
        """Where a key would go; None when the app is at its end."""
        try:
            return self._app.focused or self._app.screen
        except ScreenStackError:
            return None

    async def _settled(self, before: DOMNode | None) -> None:
        """Until nothing is on its way between what has the focus and the app, and the focus stays there.

        A screen that opens, and a pane that comes out, take the focus after they were laid out.
        """
        is_second = False  # the key comes up to the app in one round; what that has sent, in another
        for _ in range(_MOST_ROUNDS):
            place = self._place
            if place is None:
                return
            nodes: list[DOMNode] = [*place.ancestors_with_self]
            for node in nodes:
                await _reached(node, node.call_later)
            here = self._place
            if here is None:
                return
            if here is not before:
                before, is_second = here, False
                await _reached(self._app.screen, self._app.screen.call_after_refresh)
                await _reached(self._app, self._app.call_later)
            elif is_second and not any(node.message_queue_size for node in nodes):
                return
            else:
                is_second = True


def _raise(error: BaseException) -> NoReturn:
    raise error


async def _reached(node: MessagePump, later: Callable[[Callable[[], None]], bool]) -> None:
    """Until the node has handled all that it was sent before; at once when it is gone."""
    done = asyncio.Event()
    if not later(done.set):
        return
    while not done.is_set() and node.is_running:
        with suppress(TimeoutError):
            async with asyncio.timeout(_GONE_SECONDS):
                await done.wait()
