"""A folder in the bucket's list while it comes in: as far as it was listed, in an order, behind a filter.

Pages come in while the keys go on working. What must stay true: no step on the way takes longer than a few
milliseconds, however large the folder, and the cursor stays on the entry it is on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from textual.timer import Timer

from bak_tui.core.errors import BakError
from bak_tui.operations.bucket.entries import BrowseEntry, Entries
from bak_tui.tui.clock import Clock
from bak_tui.tui.panes.folder_rows import (
    BY_NAME,
    NEWEST_FIRST,
    ORDERS,
    FolderRows,
    Order,
    SortedFolder,
    folder_between,
)
from bak_tui.tui.panes.how_far import HowFar
from bak_tui.tui.panes.seeking import Seeking
from bak_tui.tui.widgets.listing import Listing

_WORK = 0.008
"""Seconds of looking for what the filter lets through in one go."""
_BREATH = 0.004
"""Seconds between two of them, for keys and for the threads that list."""
_PRESENT_SECONDS = 0.1
"""Between two looks at what was listed meanwhile."""


class FolderView:
    """Puts the rows of one folder at a time into a list, and tells when there is more to say of them."""

    def __init__(self, listing: Listing[BrowseEntry], clock: Clock, say: Callable[[], None]) -> None:
        self._listing = listing
        self._clock = clock
        self._say = say
        """While a listing comes in it is called not more often than anybody can read."""
        self._shown = SortedFolder()
        self._coming = self._shown
        """What is being listed: what is shown, unless a folder that is shown is listed again."""
        self._filter: tuple[str, Callable[[str], bool] | None] = ("", None)
        self._filtered_by = ""
        self._rows = FolderRows(self._shown, BY_NAME, None)
        self._seeking = Seeking()
        self._going_on: Timer | None = None
        self._presenting: Timer | None = None
        self._seen: datetime | None = None
        """When what is shown was whole."""
        self.chosen_order: Order | None = None
        """None until the user sorts."""
        self.is_whole = False
        """Whether it was listed to its end."""
        self.error: BakError | None = None
        """Why the listing broke off."""

    # -- what is shown -------------------------------------------------------------------------------

    @property
    def entries(self) -> Entries:
        """All that was listed, whatever the filter."""
        return self._shown.entries

    @property
    def rows(self) -> FolderRows:
        """What the filter lets through, as far as it has looked."""
        return self._rows

    @property
    def order(self) -> Order:
        """Until the user sorts: newest first, which says little where there are no dumps: by name then."""
        return self.chosen_order or (NEWEST_FIRST if self.entries.has_dumps else BY_NAME)

    @property
    def is_at_rest(self) -> bool:
        """Whether all was listed and looked at."""
        return self.is_whole and self._rows.is_caught_up

    @property
    def how_far(self) -> HowFar:
        """What can be said of it now."""
        return HowFar(
            self.entries, self.is_whole, self._rows.is_caught_up, self.error is not None, self._seen
        )

    # -- what comes in -------------------------------------------------------------------------------

    def begin(self, folder: str, *, is_again: bool = False) -> None:
        """A folder is about to be listed; again: what is shown of it stays until the listing is whole."""
        came_from = folder_between(folder, self.entries.folder)
        self.error = None
        self.is_whole = False
        self._coming = SortedFolder(folder)
        if not (is_again and self.entries):
            self._shown = self._coming
            self._seen = None
            self._seeking.enter(came_from, wants_first_dump=bool(folder) and came_from is None)

    def add(self, entries: Entries, *, is_last: bool = False) -> None:
        """One more page of it."""
        self._coming.add(entries)
        self.is_whole = is_last
        if is_last:
            self._shown = self._coming
            self._seen = self._clock()
        if self._coming is not self._shown:
            self._coming.take_in(None)
        elif is_last or len(self.entries) == len(entries) or self._is_stale:
            self.refill()
        elif self._going_on is None:
            self._going_on = self._listing.set_timer(_PRESENT_SECONDS, self._go_on)

    def fail(self, error: BakError) -> None:
        """The listing broke off; what was shown before it stays."""
        self.error = error
        self.present()

    def go_on(self) -> None:
        """A listing that broke off is taken up where it did."""
        self.error = None
        self.present()

    # -- what the user wants -------------------------------------------------------------------------

    def sort(self) -> None:
        """The next order."""
        self.chosen_order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self.refill()

    def filter(self, wanted: str, lets_through: Callable[[str], bool]) -> None:
        """Show only names that are let through; all without anything `wanted`."""
        self._filter = (wanted, lets_through if wanted else None)
        self.refill()

    def first_from(self, name: str) -> BrowseEntry | None:
        """The first entry by name that is not below this one; None when there is none, or not listed yet."""
        return self._shown.first_from(name)

    def go_to(self, entry: BrowseEntry) -> None:
        """Put the cursor there, if it is among the rows."""
        self._listing.go_to(self._rows.where(entry) or 0)

    # -- finding its rows ----------------------------------------------------------------------------

    @property
    def _is_stale(self) -> bool:
        """Whether rows must be found anew: another folder, order or filter."""
        rows = self._rows
        return (rows.folder, rows.order, self._filtered_by) != (self._shown, self.order, self._filter[0])

    def refill(self) -> None:
        """Find the rows, as far as that is done in a moment; the rest follows by itself."""
        if self._is_stale:
            self._filtered_by, lets_through = self._filter
            held, row = self._listing.current, self._listing.cursor
            self._seeking.hold(held, row, is_filtered=lets_through is not None)
            self._rows = FolderRows(self._shown, self.order, lets_through)
            self._rows.catch_up()
            wanted = self._seeking.row_in(self._rows)
            self._listing.show(self._rows, self._listing.cursor if wanted is None else wanted)
            self._see_from_its_top()
            self._seeking.wait_in(self._listing.cursor)
        if self._going_on is not None:
            self._going_on.stop()
        self._go_on()
        self.present()

    def _go_on(self) -> None:
        """Take in what was listed, look on for what the filter lets through; the rest at the next turn."""
        self._going_on = None
        self._seeking.heed(self._listing.cursor)
        held = self._listing.current
        self._rows.take_in()
        until = time.monotonic() + _WORK
        while not self._rows.is_caught_up and time.monotonic() < until:
            self._rows.catch_up()
        found = self._seeking.row_in(self._rows)
        self._listing.settle(self._rows.where(held) if found is None else found)
        self._listing.settle(self._seeking.match_in(self._rows, self._listing.cursor))
        self._see_from_its_top()
        self._seeking.wait_in(self._listing.cursor)
        is_reached = self._seeking.reached(is_found=found is not None, is_all=self.is_at_rest)
        if not self._rows.is_caught_up:
            self._going_on = self._listing.set_timer(_BREATH, self._go_on)
        if is_reached or self.is_at_rest:
            self.present()
        elif self._presenting is None:
            self._presenting = self._listing.set_timer(_PRESENT_SECONDS, self.present)

    def _see_from_its_top(self) -> None:
        """Of a folder that was just entered `..` is seen, whatever stood there before."""
        if self._seeking.is_entering:
            self._listing.see_from_top()

    def present(self) -> None:
        """Draw the rows anew, and what is said around them."""
        if self._presenting is not None:
            self._presenting.stop()
            self._presenting = None
        self._listing.show(self._rows, self._listing.cursor)
        self._say()
