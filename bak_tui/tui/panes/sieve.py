"""A filter over a million names that seldom looks at one: names that run together are asked for all at once.

What must stay true: it lets through what asking for each name would let through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bak_tui.operations.bucket.entries import Entries

_TOGETHER = 1024
"""Names asked for at once."""


class Sieve:
    """Of one folder's entries."""

    def __init__(self, entries: Entries, lets_through: Callable[[str], bool]) -> None:
        """What is let through must be let through with more text around it, too: as looking for words is."""
        self._entries = entries
        self._lets_through = lets_through
        self._may: dict[int, bool] = {}
        """Whether one of those that run together may be let through."""

    def through(self, numbers: Iterable[int]) -> list[int]:
        """Those let through, as they come."""
        return [
            number
            for number in numbers
            if self._may_pass(number // _TOGETHER) and self._lets_through(self._entries.name(number))
        ]

    def _may_pass(self, which: int) -> bool:
        may = self._may.get(which)
        if may is None:
            begin, end = which * _TOGETHER, (which + 1) * _TOGETHER
            if end > len(self._entries):
                return True  # more may come
            text = self._entries.run_together(begin, end)
            # What upper and lower case are may depend on the neighbours in other scripts.
            may = self._may[which] = not text.isascii() or self._lets_through(text)
        return may
