"""What is typed ahead of the screen: a key is handed on when what the one before it brought about stands.

Textual hands a key to what has the focus at that moment, even if the key before is still about to open
a filter or a dialog: of a burst (a slow line, a busy moment, the start) `/` and all that follows reached the
list, where a letter is a command. What must stay true: no key is lost, none overtakes another, and a key that
has nothing before it does not wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from textual.app import App, ScreenStackError
from textual.dom import DOMNode
from textual.events import Event
from textual.message_pump import MessagePump

_MOST_ROUNDS = 20
"""After which it stands, whatever else goes on: news may come in all the time."""
_GONE_SECONDS = 0.05
"""Between two looks whether what is waited for has been removed meanwhile."""


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
        before = self._place
        if before is None:
            return
        await self._hand_on(event)
        self._begin(before)

    def _begin(self, before: DOMNode | None = None) -> None:
        self._handing = asyncio.create_task(self._go_on(before))

    async def _go_on(self, before: DOMNode | None) -> None:
        await self._settled(before)
        while self._waiting:
            before = self._place
            self._app.call_later(self._hand_on, self._waiting.popleft())
            await _reached(self._app, self._app.call_later)
            await self._settled(before)
        self._handing = None

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


async def _reached(node: MessagePump, later: Callable[[Callable[[], None]], bool]) -> None:
    """Until the node has handled all that it was sent before; at once when it is gone."""
    done = asyncio.Event()
    if not later(done.set):
        return
    while not done.is_set() and node.is_running:
        with suppress(TimeoutError):
            async with asyncio.timeout(_GONE_SECONDS):
                await done.wait()
