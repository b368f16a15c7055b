"""Wait on a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds. What has not come by then does not, however busy the machine; nothing passes by being quick."""


def until(condition: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The condition's first true value; AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {seconds} s")
        time.sleep(0.02)
