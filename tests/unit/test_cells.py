"""Numbers as the screens' tables show them: fixed widths, rounded down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.wording import age, age_cell, count_cell, duration_cell, percent_cell, size_cell

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800


@pytest.mark.parametrize(
    ("seconds", "cell"),
    [
        (-5, "  0 s"),
        (0, "  0 s"),
        (59.9, " 59 s"),
        (MINUTE, "  1 m"),
        (HOUR - 1, " 59 m"),
        (HOUR, "  1 h"),
        (38 * HOUR, " 38 h"),
        (48 * HOUR - 1, " 47 h"),
        (48 * HOUR, "  2 d"),
        (60 * DAY - 1, " 59 d"),
        (60 * DAY, "  8 w"),
        (11 * WEEK, " 11 w"),
        (104 * WEEK - 1, "103 w"),
        (104 * WEEK, "  1 y"),
        (730 * DAY, "  2 y"),
        (999 * 365 * DAY, "999 y"),
    ],
)
def test_ages_have_one_letter_and_are_rounded_down(seconds: float, cell: str) -> None:
    assert age_cell(timedelta(seconds=seconds)) == cell
    assert age(timedelta(seconds=seconds)) == cell.strip()


def test_what_never_was_has_no_age() -> None:
    assert age_cell(None) == "never"


@pytest.mark.parametrize(
    ("number", "cell"),
    [
        (None, "    –    "),
        (0, "   0    B"),
        (17, "  17    B"),
        (999, " 999    B"),
        (1000, "   1.0 kB"),
        (4_100, "   4.1 kB"),
        (412_700_000, " 412.7 MB"),
        (999_949, " 999.9 kB"),
        (999_960, "   1.0 MB"),
        (48_000_000_000, "  48.0 GB"),
        (7_400_000_000_000, "   7.4 TB"),
        (2**63, "   9.2 EB"),
    ],
)
def test_sizes_have_points_and_units_in_line(number: int | None, cell: str) -> None:
    assert size_cell(number) == cell


@given(st.integers(0, 2**63), st.integers(0, 998 * 365 * DAY))
def test_cells_never_change_their_width(number: int, seconds: int) -> None:
    assert len(size_cell(number)) == 9
    assert len(age_cell(timedelta(seconds=seconds))) == 5


@pytest.mark.parametrize(
    ("seconds", "cell"), [(None, "unknown"), (312, "0:05:12"), (9 * HOUR, "9:00:00"), (36_000, "10:00:00")]
)
def test_durations(seconds: float | None, cell: str) -> None:
    assert duration_cell(seconds) == cell


@pytest.mark.parametrize(
    ("number", "cell"), [(None, "            –"), (0, "            0"), (1_204_331, "    1,204,331")]
)
def test_counts(number: int | None, cell: str) -> None:
    assert count_cell(number) == cell


@pytest.mark.parametrize(
    ("fraction", "is_estimate", "cell"),
    [
        (None, False, "     "),
        (0.0, False, "  0 %"),
        (0.236, False, " 23 %"),
        (0.611, True, "~61 %"),
        (0.05, True, " ~5 %"),
        (0.99, True, "~99 %"),
        (1.0, True, "100 %"),
    ],
)
def test_percents(fraction: float | None, is_estimate: bool, cell: str) -> None:
    assert percent_cell(fraction, is_estimate=is_estimate) == cell
