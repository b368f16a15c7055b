"""Where the cursor of the bucket is to be while its folder comes in: an entry, or the first dump there is.

What must stay true: nothing moves under a cursor that its user has moved. As soon as it is elsewhere than it
was left to wait, nothing is sought any more.
"""

from __future__ import annotations

from bak_tui.operations.bucket.entries import BrowseEntry
from bak_tui.tui.panes.folder_rows import UP, FolderRows


class Seeking:
    """Asked by the pane whenever there are more rows than before."""

    def __init__(self) -> None:
        self._entry: BrowseEntry | None = None
        """The one the cursor was on, or came out of; it may not be among the rows yet."""
        self._is_new = False
        """The folder was just entered: the first dump is wanted, if there is one."""
        self._wants_match = False
        """A filter may have taken the entry away: then the first that it lets through is wanted."""
        self._waits_in = 0

    @property
    def is_entering(self) -> bool:
        """Whether the folder was just entered, and its first dump is what the cursor goes to."""
        return self._is_new

    def enter(self, entry: BrowseEntry | None, *, wants_first_dump: bool) -> None:
        """Another folder is about to be listed; `entry` is the one in it that was come out of."""
        self._entry = entry
        self._is_new = wants_first_dump

    def hold(self, current: BrowseEntry | None, row: int, *, is_filtered: bool) -> None:
        """Rows are found anew: back to the entry under the cursor, unless another is sought already."""
        self._entry = self._entry or current
        waits = self._wants_match and row == self._waits_in
        self._wants_match = is_filtered and (waits or current is not UP)

    def row_in(self, rows: FolderRows) -> int | None:
        """The row the cursor is to be in, by what is known so far; None when it stays with its entry."""
        first = rows.first_dump if self._is_new else None
        return rows.where(self._entry) if first is None else first

    def match_in(self, rows: FolderRows, row: int) -> int | None:
        """Where the cursor is to be instead of on `..`, on which it was left over."""
        return 1 if self._wants_match and row == 0 and rows.matching and rows[0] is UP else None

    def wait_in(self, row: int) -> None:
        """The cursor was put there meanwhile."""
        self._waits_in = row

    def heed(self, row: int) -> None:
        """That is where the cursor is now: if its user has moved it on, it stays with him."""
        if row != self._waits_in:
            self._entry, self._is_new, self._wants_match = None, False, False

    def reached(self, *, is_found: bool, is_all: bool) -> bool:
        """Whether an entry was sought and is no more, because it `is_found`, or these were all rows."""
        was_sought = self._entry is not None and (is_found or is_all)
        if was_sought:
            self._entry = None
        self._is_new = self._is_new and not is_all
        return was_sought
