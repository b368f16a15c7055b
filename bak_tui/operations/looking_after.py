"""Who was cancelled looks whether anything is left, and only then says that nothing is.

The look itself is bounded: a server that says nothing must not keep a cancelled job from ending.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bak_tui.core.errors import BakError, Cancelled

_PATIENCE = 5.0
"""Seconds."""


@contextmanager
def looked_after(is_clean: Callable[[], bool]) -> Iterator[None]:
    """Around work that undoes itself when it is cancelled; `is_clean` asks then what is there."""
    try:
        yield
    except Cancelled as error:
        error.left_nothing = _answers_yes(is_clean)
        raise


def _answers_yes(question: Callable[[], bool]) -> bool:
    """Within `_PATIENCE`; not known is no. What is left waiting ends by its own time-outs."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            answers.append(question())
        except BakError:
            answers.append(False)

    asking = threading.Thread(target=ask, name="bak-looks-after", daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    return answers == [True]
