"""A job that stands still at a named step for as long as a test needs."""

from __future__ import annotations

import threading

from bak_tui.operations.checkpoint import Step
from tests.waiting import PATIENCE


class HeldAt:
    """A checkpoint that holds the job at one step, the first time, until it is let go."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self, step: Step, _subject: str, /) -> None:
        if step is self.step:
            self.reached.set()
            assert self.go_on.wait(PATIENCE)
