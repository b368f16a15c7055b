"""Told before each change that this process makes to the names on its disks: what is there then is what a
kill would leave. By an audit hook (docs.python.org/3/library/audit_events.html), which stays as long as the
process: there is one, set when it is first wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CHANGES = frozenset({"os.remove", "os.rename", "os.rmdir", "os.mkdir"})
"""`os.replace` is a rename, too. What is written into a file that has no name yet changes nothing."""

_watchers: list[Callable[[], None]] = []
_hooks: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in CHANGES and not _is_in_vain(event, arguments):
        for each in _watchers:
            each()


def _is_in_vain(event: str, arguments: tuple[Any, ...]) -> bool:
    """What is removed for safety's sake and is not there."""
    return event == "os.remove" and arguments[1] == -1 and not os.path.lexists(arguments[0])


def watch(watcher: Callable[[], None]) -> None:
    """From now on `watcher` is called before each, by the thread that makes it."""
    if not _hooks:
        _hooks.append(True)
        sys.addaudithook(_hook)
    _watchers.append(watcher)


@contextmanager
def watched(watcher: Callable[[], None]) -> Iterator[None]:
    """The same, as long as inside."""
    watch(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
