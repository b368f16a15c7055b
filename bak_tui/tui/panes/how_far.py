"""What the bucket pane says around its rows: how many there are, of how many, and what is still to be done.

Pure; nothing here claims that all was seen before it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bak_tui.core.wording import plural
from bak_tui.operations.bucket.entries import Entries
from bak_tui.tui.look import placeholders
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.panes.marking import marked_words


@dataclass(frozen=True)
class HowFar:
    """One moment of a listing and of a filter over it."""

    entries: Entries
    """What was listed."""
    is_whole: bool
    """Nothing more comes."""
    is_caught_up: bool
    """The filter has looked at every one."""
    has_failed: bool = False
    """No more comes, and it was not all."""
    seen: datetime | None = None
    """When what is listed was whole; None when it never was."""

    @property
    def trouble(self) -> str:
        """What is wrong with the rows as a whole: they are of before, or not all there are."""
        if not self.has_failed:
            return ""
        return placeholders.stale(self.seen) if self.seen else "✗ the listing broke off"

    def count(self, order: str, marked: int = 0) -> str:
        """`13 objects, 3 marked, newest first`, below the pane."""
        if not self.entries and not self.is_whole:
            return "" if self.has_failed else "loading"
        return f"{self._still}{self._sum}{marked_words(marked)}, {order}"

    def found(self, wanted: str, matching: int, marked: int = 0) -> str:
        """`/ wanted   4 of 15`, below it while it is filtered; what is marked may be hidden by that."""
        far = f"{self._still}{matching:,} of {len(self.entries):,}{marked_words(marked)}"
        return f"/ {foreign(wanted)}   {far}"

    def instead(self, nothing_matches: Sequence[Line], fills: str) -> Sequence[Line]:
        """In place of rows, where there are none. `fills` is the key that takes a backup."""
        if self.entries:
            is_sure = self.is_whole and self.is_caught_up
            return nothing_matches if is_sure else placeholders.loading("searching")
        return placeholders.empty_folder(fills) if self.is_whole else placeholders.loading("listing")

    @property
    def _still(self) -> str:
        if not self.is_whole and not self.has_failed:
            return "loading, "
        return "" if self.is_caught_up else "searching, "

    @property
    def _sum(self) -> str:
        folders = self.entries.folders
        objects = len(self.entries) - folders
        parts = [plural(folders, "folder")] if folders else []
        return ", ".join([*parts, plural(objects, "object")] if objects or not parts else parts)
