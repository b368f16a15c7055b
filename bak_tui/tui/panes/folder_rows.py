"""What is shown of a folder: what the filter lets through, in an order, `..` above it.

The folder may hold a million entries and still be loading. It is kept in every order from the start, so that
sorting is choosing; a filter goes through it in slices, between which keys are answered, in the order shown,
so that what was found stays where it is. What must stay true: every entry that was looked at is in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from bak_tui.operations.bucket.entries import GROUPS, BrowseEntry, Entries, EntryKind
from bak_tui.tui.panes.ordering import Ordering
from bak_tui.tui.panes.sieve import Sieve

UP = BrowseEntry(name="..", path="..", size=None, modified=None, kind=EntryKind.FOLDER)
_DUMPS = GROUPS.index(EntryKind.DUMP)
_WAITING = 4_000
"""Entries that may wait in an order nobody looks at; taking in so many takes a few hundredths of a second."""


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort a folder's folders, its dumps, its other objects; equal ones as they came."""

    name: str
    key: Callable[[Entries], Callable[[int], float | str]]
    """What a number is sorted by."""


NEWEST_FIRST = Order("newest first", lambda entries: lambda number: -entries.when(number))
BY_NAME = Order("by name", lambda entries: entries.name)
LARGEST_FIRST = Order("largest first", lambda entries: lambda number: -entries.size(number))
ORDERS = (NEWEST_FIRST, BY_NAME, LARGEST_FIRST)


def folder_between(above: str, below: str) -> BrowseEntry | None:
    """The folder in `above` that leads to `below`; None when none does."""
    name, slash, _ = below.removeprefix(above).partition("/")
    if not slash or not below.startswith(above):
        return None
    return BrowseEntry(name + slash, above + name + slash, None, None, EntryKind.FOLDER)


class SortedFolder:
    """The entries of one folder in every order there is; it only ever grows."""

    def __init__(self, folder: str = "") -> None:
        self.entries = Entries(folder)
        self._orders = {order: grouped(self.entries, order) for order in ORDERS}

    def add(self, page: Entries) -> None:
        """More entries; they wait until they are taken in."""
        begin = len(self.entries)
        self.entries.extend(page)
        for group in range(len(GROUPS)):
            numbers = [each for each in range(begin, len(self.entries)) if self.entries.group(each) == group]
            for orderings in self._orders.values():
                orderings[group].add(numbers)

    def take_in(self, shown: Order | None) -> None:
        """What waits is in its place in the order that is shown; in others, in turn, before it is much."""
        for order in {shown or BY_NAME, BY_NAME}:
            for ordering in self._orders[order]:
                ordering.take_in()
        hidden = (ordering for orderings in self._orders.values() for ordering in orderings)
        most = max(hidden, key=lambda ordering: ordering.waiting)
        if most.waiting > _WAITING:
            most.take_in()

    def ordered(self, order: Order) -> list[Ordering]:
        """By group: folders, dumps, other objects."""
        return self._orders[order]

    def number_of(self, entry: BrowseEntry) -> int | None:
        """The number of the entry of the same name and kind; None when there is none."""
        if entry.path != self.entries.folder + entry.name:
            return None
        names = self._orders[BY_NAME][GROUPS.index(entry.kind)]
        index = names.first_from((entry.name, -1))
        number = names[index] if index < len(names) else None
        return number if number is not None and self.entries.name(number) == entry.name else None

    def first_from(self, name: str) -> BrowseEntry | None:
        """The first entry by name that is not below this one."""
        first: list[int] = []
        for names in self._orders[BY_NAME]:
            index = names.first_from((name, -1))
            first += [names[index]] if index < len(names) else []
        return self.entries[min(first, key=self.entries.name)] if first else None


def grouped(entries: Entries, order: Order) -> list[Ordering]:
    """Empty orderings, one a group."""
    key = order.key(entries)
    return [Ordering(key) for _ in GROUPS]


class FolderRows(Sequence[BrowseEntry]):
    """The rows found so far; `catch_up` finds more. Entries may be added to the folder at any time."""

    def __init__(
        self, folder: SortedFolder, order: Order, lets_through: Callable[[str], bool] | None
    ) -> None:
        """`lets_through` None lets all through; else see Sieve."""
        self.folder = folder
        self.order = order
        self.entries = folder.entries
        self._above = 1 if self.entries.folder else 0
        folder.take_in(order)
        self._all = folder.ordered(order)
        self._sieve = Sieve(self.entries, lets_through) if lets_through else None
        self._found = grouped(self.entries, order) if self._sieve else self._all
        self._before = self._seen = len(self.entries)
        """How many there were when the filter began; how many came since and were looked at at once."""
        self._group = 0
        self._last: int | None = None
        """The number looked at last, in that group and order."""

    @property
    def is_caught_up(self) -> bool:
        """Whether every entry that was taken in was looked at."""
        return self._sieve is None or self._group == len(GROUPS)

    def take_in(self) -> None:
        """Have what was added to the folder among the rows."""
        self.folder.take_in(self.order)
        if self._sieve is not None:
            for number in self._sieve.through(range(self._seen, len(self.entries))):
                self._found[self.entries.group(number)].add((number,))
            self._seen = len(self.entries)
            for ordering in self._found:
                ordering.take_in()

    def catch_up(self) -> None:
        """Look at the next entries, a thousand or two at most."""
        if self._sieve is None or self.is_caught_up:
            return
        ordering = self._all[self._group]
        last = None if self._last is None else ordering.index(self._last)
        numbers = ordering.following(0 if last is None else last + 1)
        if not numbers:
            self._group, self._last = self._group + 1, None
            return
        self._last = numbers[-1]
        found = self._found[self._group]
        found.add(self._sieve.through([number for number in numbers if number < self._before]))
        found.take_in()

    @property
    def matching(self) -> int:
        """How many rows there are without `..`."""
        return sum(map(len, self._found))

    @property
    def first_dump(self) -> int | None:
        """The row of the first dump; None when there is none yet. Every order has folders above dumps."""
        folders, dumps, _ = self._found
        return self._above + len(folders) if len(dumps) else None

    def dumps(self) -> Iterator[str]:
        """The paths of all dumps among the rows."""
        return (self.entries.folder + self.entries.name(number) for number in self._found[_DUMPS])

    def where(self, entry: BrowseEntry | None) -> int | None:
        """The row an entry is in; None when it is not (yet) among them."""
        if entry is UP:
            return 0 if self._above else None
        number = self.folder.number_of(entry) if entry is not None else None
        if number is None:
            return None
        group = self.entries.group(number)
        index = self._found[group].index(number)
        return None if index is None else self._above + sum(map(len, self._found[:group])) + index

    def __len__(self) -> int:
        return self._above + self.matching

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
        index -= self._above
        for ordering in self._found:
            if index < len(ordering):
                return self.entries[ordering[index]]
            index -= len(ordering)
        raise IndexError(index)
