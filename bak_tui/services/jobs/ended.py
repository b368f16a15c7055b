"""Errors of jobs that have ended, which are kept as long as the program runs.

A traceback holds its frames, and they all that was in use when it was raised: a store's client, a part of
16 MiB. Nobody reads it any more: an error of ours tells its sentence, a defect was logged.
"""

from __future__ import annotations

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def let_go(error: E) -> E:
    """The error as it is, and those it came from, without what their frames hold."""
    seen: set[int] = set()
    found: list[BaseException | None] = [error]
    while found:
        each = found.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = None
        found += [each.__cause__, each.__context__]
    return error
