"""Sizes, times and counts as sentences say them."""

from __future__ import annotations

import pytest

from bak_tui.core.wording import amount, counted, duration, first_of, plural, size


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (None, "unknown"),
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (48_000_000_000, "48.0 GB"),
    ],
)
def test_sizes_are_decimal_and_unknown_is_said(number: int | None, said: str) -> None:
    assert size(number) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00:00"), (59.9, "0:00:59"), (72, "0:01:12"), (360_000, "100:00:00")]
)
def test_durations_have_hours_minutes_and_seconds(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_an_amount_has_size_and_time() -> None:
    assert amount(3_100_000_000, 72) == "3.1 GB in 0:01:12"
    assert amount(3_100_000_000, -3600) == "3.1 GB in an unknown time"


@pytest.mark.parametrize(("number", "said"), [(0, "0 rows"), (1, "1 row"), (1_204_331, "1,204,331 rows")])
def test_plurals(number: int, said: str) -> None:
    assert plural(number, "row") == said


def test_of_many_names_the_first_are_told_and_how_many_more() -> None:
    assert (first_of([], 2), first_of(["a"], 2), first_of(["a", "b"], 2)) == ("", "a", "a, b")
    assert first_of([str(number) for number in range(2000)], 2) == "0, 1 and 1,998 more"


def test_rows_that_were_not_counted_are_not_called_none() -> None:
    assert counted(84, 1_204_331) == "84 tables, 1,204,331 rows counted"
    assert counted(1, None) == "1 table, rows not counted"
