"""Numbers in the order of their keys: adding one costs the same however many there are."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

_BLOCK = 1000
"""Blocks are split when they are twice as long."""


class Ordering:
    """In blocks of numbers (4 bytes each); of keys only each block's last is kept, others are asked for."""

    def __init__(self, key: Callable[[int], Any]) -> None:
        self._key = key
        self._blocks: list[array[int]] = []
        self._lasts: list[Any] = []
        self._ends: list[int] | None = []
        """How many there are up to each block's end; None until somebody asks."""

    def add(self, numbers: Iterable[int]) -> None:
        """Equal keys stay in the order they come in."""
        for number in numbers:
            self._insert(number, self._key(number))
            self._ends = None

    def index(self, key: Any) -> int | None:
        """Where the first number with that key stands."""
        which = bisect_left(self._lasts, key)
        if which == len(self._blocks):
            return None
        block = self._blocks[which]
        where = bisect_left(block, key, key=self._key)
        return self._begin(which) + where if self._key(block[where]) == key else None

    def __len__(self) -> int:
        return self._counted()[-1] if self._blocks else 0

    def __getitem__(self, index: int) -> int:
        """By a position from 0 on."""
        which = bisect_right(self._counted(), index)
        return self._blocks[which][index - self._begin(which)]

    def _insert(self, number: int, key: Any) -> None:
        if not self._blocks or not key < self._lasts[-1]:
            if not self._blocks or len(self._blocks[-1]) >= _BLOCK:
                self._blocks.append(array("I"))
                self._lasts.append(key)
            self._blocks[-1].append(number)
            self._lasts[-1] = key
            return
        which = bisect_right(self._lasts, key)
        block = self._blocks[which]
        block.insert(bisect_right(block, key, key=self._key), number)
        if len(block) >= 2 * _BLOCK:
            self._blocks[which : which + 1] = block[:_BLOCK], block[_BLOCK:]
            self._lasts.insert(which, self._key(block[_BLOCK - 1]))

    def _begin(self, which: int) -> int:
        return self._counted()[which - 1] if which else 0

    def _counted(self) -> list[int]:
        if self._ends is None:
            self._ends = list(accumulate(map(len, self._blocks)))
        return self._ends
