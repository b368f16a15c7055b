"""Who was cancelled looks what is left, and says only what the look has shown: at best that nothing is.

The look itself is bounded: a server that says nothing must not keep a cancelled job from ending.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from bak_tui.core.errors import BakError, Cancelled
from bak_tui.core.outcomes import LEFT_NOTHING

_PATIENCE = 5.0
"""Seconds."""


@contextmanager
def looked_after(is_clean: Callable[[], bool]) -> Iterator[None]:
    """Around work that undoes itself when it is cancelled; `is_clean` asks then what is there."""
    with told_after(lambda: LEFT_NOTHING if is_clean() else ""):
        yield


@contextmanager
def told_after(look: Callable[[], str]) -> Iterator[None]:
    """Around work that is looked after when it is cancelled: `look` gives the words for what is left."""
    try:
        yield
    except Cancelled as error:
        error.left = _answer(look)
        raise


def _answer(question: Callable[[], str]) -> str:
    """Within `_PATIENCE`; empty when it is not known. What is left waiting ends by its own time-outs."""
    answers: list[str] = []

    def ask() -> None:
        with suppress(BakError):
            answers.append(question())

    asking = threading.Thread(target=ask, name="bak-looks-after", daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    return next(iter(answers), "")
