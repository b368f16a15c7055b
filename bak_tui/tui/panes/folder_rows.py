"""What is shown of a folder: what the filter lets through, in an order, `..` above it.

The folder may hold a million entries and still be loading. So the rows are found in slices, between which
keys are answered; what must stay true is that every entry that was looked at is in its place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

from bak_tui.operations.bucket.entries import BrowseEntry, Entries, EntryKind, Facts
from bak_tui.tui.panes.ordering import Ordering

UP = BrowseEntry(name="..", path="..", size=None, modified=None, kind=EntryKind.FOLDER)
SortKey = tuple[float | str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort a folder."""

    name: str
    key: Callable[[Facts], SortKey]


NEWEST_FIRST = Order("newest first", lambda of: (of.group, -of.when, of.name))
BY_NAME = Order("by name", lambda of: (of.group, of.name))
LARGEST_FIRST = Order("largest first", lambda of: (of.group, -of.size, of.name))
ORDERS = (NEWEST_FIRST, BY_NAME, LARGEST_FIRST)


def folder_between(above: str, below: str) -> BrowseEntry | None:
    """The folder in `above` that leads to `below`; None when none does."""
    name, slash, _ = below.removeprefix(above).partition("/")
    if not slash or not below.startswith(above):
        return None
    return BrowseEntry(name + slash, above + name + slash, None, None, EntryKind.FOLDER)


class FolderRows(Sequence[BrowseEntry]):
    """The rows found so far; `catch_up` finds more. Entries may be added to the folder at any time."""

    def __init__(self, entries: Entries, order: Order, lets_through: Callable[[str], bool] | None) -> None:
        """`lets_through` is asked with each name; None lets all through."""
        self.entries = entries
        self.order = order
        self._lets_through = lets_through
        self._above = 1 if entries.folder else 0
        self._found = Ordering(lambda number: order.key(entries.facts(number)))
        self._looked_at = 0

    @property
    def is_caught_up(self) -> bool:
        """Whether every entry there is was looked at."""
        return self._looked_at == len(self.entries)

    def catch_up(self, most: int) -> None:
        """Look at the next entries, at most so many."""
        end = min(len(self.entries), self._looked_at + most)
        numbers = range(self._looked_at, end)
        passes, name = self._lets_through, self.entries.name
        self._found.add(numbers if passes is None else [each for each in numbers if passes(name(each))])
        self._looked_at = end

    @property
    def matching(self) -> int:
        """How many rows there are without `..`."""
        return len(self._found)

    @property
    def first_dump(self) -> int | None:
        """The row of the first dump; None when there is none yet. Every order has folders above dumps."""
        below = bisect_left(range(len(self)), True, key=lambda row: self[row].kind is not EntryKind.FOLDER)
        return below if below < len(self) and self[below].kind is EntryKind.DUMP else None

    def where(self, entry: BrowseEntry | None) -> int | None:
        """The row an entry is in; None when it is not (yet) among them, or has changed."""
        if entry is UP:
            return 0 if self._above else None
        if entry is None or entry.path != self.entries.folder + entry.name:
            return None
        index = self._found.index(self.order.key(entry.facts))
        return None if index is None else index + self._above

    def __len__(self) -> int:
        return self._above + len(self._found)

    @overload
    def __getitem__(self, index: int) -> BrowseEntry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[BrowseEntry, ...]: ...
    def __getitem__(self, index: int | slice) -> BrowseEntry | tuple[BrowseEntry, ...]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        index = range(len(self))[index]
        if index < self._above:
            return UP
        return self.entries[self._found[index - self._above]]
