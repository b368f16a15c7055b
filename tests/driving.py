"""An app driven by its keys: each is followed by a wait for what it brings about, and for nothing else.

Textual's pilot waits until the process has done little for 20 ms, three times for a key. On a busy machine
that is so at any moment, whatever is still on its way; on an idle one it is most of the time of a test.
"""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.screen import ModalScreen
from textual.worker import WorkerState

from bak_tui.tui.app import BakApp
from bak_tui.tui.screens.opening import Opening
from bak_tui.tui.typeahead import ASKING
from tests.waiting import PATIENCE

_STILL_TURNS = 8
"""Turns of the loop in a row in which nothing was on its way: more than lie between two hops of a message."""
_MOST_TURNS = 1000
"""After which it is at rest, whatever a timer goes on doing."""
_FIRST_LOOK, _LAST_LOOK = 0.005, 0.05
"""Seconds between two looks whether it is so: the longer it takes, the fewer, for they cost who works."""
_ASKING = ASKING | {"board-read"}
"""Groups of workers that wait for a dialog's answer."""
_UNDER_WAY = {WorkerState.PENDING, WorkerState.RUNNING}


def send(app: App[Any], *keys: str) -> None:
    """As a terminal does: all are there before the first is looked at."""
    for key in keys:
        app.post_message(_event_of(key))


async def press(app: BakApp, *keys: str) -> None:
    """Send them, and wait until what the last has brought about stands; each waits for its turn there."""
    send(app, *keys)
    await rest(app)
    await until(app, lambda: _is_handed_on(app))
    await rest(app)


async def rest(app: App[Any]) -> None:
    """Until no message is on its way and all is laid out; threads and timers are waited for by `until`."""
    still = 0
    for _ in range(_MOST_TURNS):
        await asyncio.sleep(0)
        if not app.is_running:
            return
        still = 0 if _moves(app) else still + 1
        if still == _STILL_TURNS:
            return


async def until(app: App[Any], condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Let the app run until it is so."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_LOOK
    while not condition():
        assert app.is_running or app._exception is None, "the app has crashed"
        assert time.monotonic() < deadline, f"still not so after {seconds} s:\n{text(app)}"
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LAST_LOOK)
        await rest(app)


async def answered(app: App[Any]) -> None:
    """Until all that was asked of servers and files is answered, and what came of it stands."""
    for _ in range(2):  # between one question and the next none is under way
        await rest(app)
        await until(app, lambda: not unanswered(app))


def unanswered(app: App[Any]) -> list[str]:
    """The workers under way; whoever opened a dialog waits for its answer, and is not waited for here."""
    under_way = [worker for worker in app.workers if worker.state in _UNDER_WAY]
    is_asked = isinstance(app.screen, ModalScreen)
    return [worker.name for worker in under_way if worker.group not in _ASKING or not is_asked]


def text(app: App[Any]) -> str:
    """What stands on the screen, row by row."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips[:height])[: (width + 1) * height]


def _event_of(key: str) -> Key:
    """By its character or its name in Textual."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    char: str | None
    try:
        char = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        char = name if len(name) == 1 else None
    return Key(name, char)


def _is_handed_on(app: BakApp) -> bool:
    """Whether no key waits; nothing takes one before there is a workbench, and after the end."""
    return not app.is_running or isinstance(app.screen, Opening) or app.typeahead.is_empty


def _moves(app: App[Any]) -> bool:
    """Whether something is on its way; when that is all that is to be laid out, it is laid out, once."""
    stack = app.screen_stack
    nodes = (node for screen in stack for node in screen.walk_children(with_self=True))
    if any(node.message_queue_size for node in (app, *nodes)):
        return True
    for screen in stack[-1:]:
        wants = (screen._layout_required, screen._scroll_required, screen._recompose_required)
        if any(wants) or screen._callbacks:
            screen._on_timer_update()
            return True
    return False
