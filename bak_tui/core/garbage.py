"""How often Python looks for garbage."""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 50


def collect_seldom() -> None:
    """For programs that make many short-lived objects beside many that stay; once, at their start.

    A page of a listing is thousands of XML elements, which at Python's own pace (700) bring on a look at
    everything that boto3, psycopg and Textual have loaded, over and over: two thirds of the time that a long
    listing takes, and each look 100 ms in which no key is answered. Reference counts free them without it.
    """
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
