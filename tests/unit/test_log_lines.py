"""The rows of a log that is longer than what is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime

from bak_tui.core.jobs import LogLine
from bak_tui.tui.dialogs.log_lines import Shown

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINES = [LogLine(NOON, "pg_restore", f"table {number}") for number in range(6)]


def test_a_line_keeps_its_number_while_older_ones_go() -> None:
    """Else a log that has as many lines as are kept would seem to stand still, and slide under the cursor."""
    shown = Shown()
    assert [number for number, _ in shown.of(LINES[:3])] == [0, 1, 2]
    assert shown.of(LINES[1:4]) == [(1, LINES[1]), (2, LINES[2]), (3, LINES[3])]
    assert shown.of(LINES[1:4]) == [(1, LINES[1]), (2, LINES[2]), (3, LINES[3])]
    shortened = [LogLine(NOON, "bak", "4 lines before this one are no longer kept"), LINES[4], LINES[5]]
    assert [number for number, _ in shown.of(shortened)] == [4, 5, 6]
    assert (shown.known, shown.shown) == (3, 3)
