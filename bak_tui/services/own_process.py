"""Our own process, as each program sets it up at its start."""

from __future__ import annotations

import gc
import sys

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 50


def leave_no_core() -> None:
    """No core file of us or of our children, which inherit it: passwords would stand in it (core(5))."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def collect_seldom() -> None:
    """Look for garbage seldom: for programs that make many short-lived objects beside many that stay.

    A page of a listing is thousands of XML elements, which at Python's own pace (700) bring on a look at
    everything that boto3, psycopg and Textual have loaded, over and over: two thirds of the time that a long
    listing takes, and each look 100 ms in which no key is answered. Reference counts free them without it.
    """
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
