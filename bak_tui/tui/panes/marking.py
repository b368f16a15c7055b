"""A pane whose rows can be marked: what a key then does, it does with all that is marked, at once.

Marks are kept by what a row is about, so that they stay with it whatever the order or the filter.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from typing import TypeVar

from bak_tui.tui.widgets.pane import Pane

T = TypeVar("T")


class MarkingPane(Pane[T]):
    """`mark` and `mark_all`; which rows can be marked is each pane's own."""

    @abstractmethod
    def markable(self) -> set[Hashable]:
        """What `mark_all` marks of the rows that are shown."""

    @property
    def has_marks(self) -> bool:
        return bool(self.listing.marks)

    def action_mark(self) -> None:
        """Mark the row under the cursor, or unmark it, and go on to the next."""
        self.listing.toggle_mark()
        self.on_listing_marked()

    def action_mark_all(self) -> None:
        """All that are shown, or none when they are."""
        every = self.markable()
        self.listing.marks = set() if every <= self.listing.marks else every
        self.on_listing_marked()

    def clear_marks(self) -> None:
        """What was marked is being done."""
        if self.has_marks:
            self.listing.marks = set()
            self.on_listing_marked()

    def on_listing_marked(self) -> None:
        self.refill()
        self.refresh_bindings()


def marked_words(number: int) -> str:
    """`, 3 marked`, behind a count; nothing when nothing is."""
    return f", {number:,} marked" if number else ""
