"""Numbers in the order of their keys: taking in a thousand more costs the same however many there are.

What is added waits until it is taken in, so that nothing moves between two looks; and a block is put in order
when somebody looks into it. A million numbers are in order as soon as they are there, and 4 bytes each.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

_BLOCK = 1000
"""Blocks are split when they are twice as long."""


class Ordering:
    """By key, equal ones by number. Of the keys only each block's last is kept, others are asked for."""

    def __init__(self, key: Callable[[int], Any]) -> None:
        self._key = key
        self._waiting = array("I")
        self._blocks: list[array[int]] = []
        self._lasts: list[tuple[Any, int]] = []
        """The place of each block's last."""
        self._ends: list[int] | None = []
        """How many there are up to each block's end; None until somebody asks."""
        self._untidy: set[int] = set()
        """The blocks that more was put into since they were in order."""

    def add(self, numbers: Iterable[int]) -> None:
        """They wait until they are taken in."""
        self._waiting.extend(numbers)

    @property
    def waiting(self) -> int:
        """How many are not taken in."""
        return len(self._waiting)

    def take_in(self) -> None:
        """Put what waits into its blocks."""
        if not self._waiting:
            return
        numbers = sorted(self._waiting, key=self._place)
        self._waiting = array("I")
        self._ends = None
        begin = 0
        while begin < len(numbers):
            which = bisect_right(self._lasts, self._place(numbers[begin]))
            if which == len(self._blocks):
                self._append(numbers[begin:])
                return
            end = bisect_left(numbers, self._lasts[which], lo=begin, key=self._place)
            self._blocks[which].extend(numbers[begin:end])
            self._untidy.add(which)
            if len(self._blocks[which]) >= 2 * _BLOCK:
                self._split(which)
            begin = end

    def index(self, number: int) -> int | None:
        """Where a number stands; None when it is not in."""
        place = self._place(number)
        index = self.first_from(place)
        return index if index < len(self) and self[index] == number else None

    def first_from(self, place: tuple[Any, int]) -> int:
        """Where the first stands whose key and number are not below these; behind the last when none is."""
        which = bisect_left(self._lasts, place)
        if which == len(self._blocks):
            return len(self)
        return self._begin(which) + bisect_left(self._tidy(which), place, key=self._place)

    def following(self, index: int) -> array[int]:
        """The numbers from that position on, as many as are at hand; none behind the last."""
        which = bisect_right(self._counted(), index)
        return self._tidy(which)[index - self._begin(which) :] if which < len(self._blocks) else array("I")

    def __len__(self) -> int:
        """How many were taken in."""
        return self._counted()[-1] if self._blocks else 0

    def __iter__(self) -> Iterator[int]:
        for which in range(len(self._blocks)):
            yield from self._tidy(which)

    def __getitem__(self, index: int) -> int:
        """By a position from 0 on."""
        which = bisect_right(self._counted(), index)
        return self._tidy(which)[index - self._begin(which)]

    def _place(self, number: int) -> tuple[Any, int]:
        return self._key(number), number

    def _append(self, numbers: list[int]) -> None:
        """They belong behind all others."""
        room = 2 * _BLOCK - len(self._blocks[-1]) if self._blocks else 0
        if room > 0 and self._blocks:
            self._blocks[-1].extend(numbers[:room])
            self._lasts[-1] = self._place(self._blocks[-1][-1])
            numbers = numbers[room:]
        for begin in range(0, len(numbers), 2 * _BLOCK):
            block = array("I", numbers[begin : begin + 2 * _BLOCK])
            self._blocks.append(block)
            self._lasts.append(self._place(block[-1]))

    def _split(self, which: int) -> None:
        """Into as many as it is long enough for."""
        block = self._tidy(which)
        pieces = [block[begin : begin + _BLOCK] for begin in range(0, len(block), _BLOCK)]
        self._blocks[which : which + 1] = pieces
        self._lasts[which : which + 1] = [self._place(piece[-1]) for piece in pieces]
        more = len(pieces) - 1
        self._untidy = {each + more if each > which else each for each in self._untidy}

    def _tidy(self, which: int) -> array[int]:
        if which in self._untidy:
            self._blocks[which] = array("I", sorted(self._blocks[which], key=self._place))
            self._untidy.discard(which)
        return self._blocks[which]

    def _begin(self, which: int) -> int:
        return self._counted()[which - 1] if which else 0

    def _counted(self) -> list[int]:
        if self._ends is None:
            self._ends = list(accumulate(map(len, self._blocks)))
        return self._ends
