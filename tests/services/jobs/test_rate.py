"""How fast: bytes a second over the last seconds, None when that is not known."""

from __future__ import annotations

import pytest

from bak_tui.services.jobs.rate import RateHistory, RateMeter


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        ([], None),
        ([(0, 0)], None),
        ([(0, 0), (0.1, 100)], None),
        ([(0, 0), (1, 100)], 100.0),
        ([(0, 0), (1, 0)], None),
        ([(0, 0), (10, 1000), (20, 1000)], None),
        ([(0, 0), (10, 1000), (15, 2000), (20, 3000)], 200.0),
        ([(0, 500), (1, 0), (2, 50)], 50.0),
    ],
)
def test_the_rate_is_over_the_last_ten_seconds(samples: list[tuple[float, int]], rate: float | None) -> None:
    meter = RateMeter(window=10.0)
    for now, done in samples:
        meter.sample(now, done)
    assert meter.rate == rate


@pytest.mark.parametrize(
    ("samples", "each"),
    [
        ([], ()),
        ([(5.0, 70)], (70.0,)),
        ([(5.0, 0), (5.5, 10), (6.2, 30), (6.9, 35)], (10.0, 25.0)),
        ([(5.0, 0), (8.0, 30)], (0.0, 0.0, 0.0, 30.0)),
        ([(5.0, 0), (6.0, 100), (7.0, 20)], (0.0, 100.0, 20.0)),
        ([(5.0, 0), (900.0, 30)], (0.0, 0.0, 0.0, 30.0)),
    ],
    ids=["nothing", "one look", "by seconds", "stood still", "a new phase", "only the last are kept"],
)
def test_what_moved_in_each_second(samples: list[tuple[float, int]], each: tuple[float, ...]) -> None:
    history = RateHistory(kept=4)
    for now, done in samples:
        history.sample(now, done)
    assert history.each == each
