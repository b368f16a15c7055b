"""How well a database is protected: the rule of core/standing.py, case by case and for any dumps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.standing import (
    MAX_SKEW,
    Day,
    DumpFact,
    Standing,
    judge,
    judge_each,
    last_days,
    missed,
)

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
LIMIT = timedelta(hours=26)
GB = 10**9


def dump(hours: float, size: int = 6 * GB, rows: int | None = 1000, *, is_backup: bool = True) -> DumpFact:
    return DumpFact(NOW - timedelta(hours=hours), size, rows, is_backup)


def daily(number: int, first: float = 2) -> list[DumpFact]:
    return [dump(first + 24 * day) for day in range(number)]


@pytest.mark.parametrize(
    ("dumps", "standing", "guilty", "why"),
    [
        ([], "NONE", "", "no dump at all"),
        (daily(14), "OK", "", "newest is 2 h old, 26 h allowed"),
        ([dump(2)], "OK", "", "newest is 2 h old, 26 h allowed"),
        ([dump(38)], "STALE", "age", "newest is 38 h old, 26 h allowed"),
        (daily(5, 9 * 24), "STALE", "age", "newest is 9 d old, 26 h allowed"),
        ([dump(26)], "OK", "", "newest is 26:00:00 old, 26:00:00 allowed"),
        ([dump(26.5)], "STALE", "age", "newest is 26:30:00 old, 26:00:00 allowed"),
        (
            [dump(2, 212_600_000), *daily(3, 26)],
            "SHRUNK",
            "size",
            "212.6 MB where the three before had 6.0 GB",
        ),
        ([dump(2, 3 * GB), *daily(3, 26)], "OK", "", "newest is 2 h old, 26 h allowed"),
        ([dump(2, 3 * GB - 1), dump(26)], "SHRUNK", "size", "3.0 GB where the one before had 6.0 GB"),
        (
            [dump(2, rows=1), *daily(2, 26)],
            "SHRUNK",
            "",
            "1 row where the two before had 1,000",
        ),
        (
            [replace(dump(2), harm="verify failed on 1 Jan 00:00: it is cut"), *daily(3, 26)],
            "UNVERIFIED",
            "check",
            "verify failed on 1 Jan 00:00: it is cut",
        ),
        ([dump(2), replace(dump(26), harm="bad"), dump(50)], "OK", "", "newest is 2 h old, 26 h allowed"),
        ([dump(2, rows=None), *daily(3, 26)], "OK", "", "newest is 2 h old, 26 h allowed"),
        ([dump(2, rows=0), dump(26, rows=None)], "OK", "", "newest is 2 h old, 26 h allowed"),
        ([dump(2, 0, 0), dump(26, 0, 0)], "OK", "", "newest is 2 h old, 26 h allowed"),
        (
            [dump(2, is_backup=False), *daily(3, 26)],
            "UNVERIFIED",
            "",
            "no manifest: nothing vouches for its bytes",
        ),
        (
            [dump(99, 1, is_backup=False), *daily(3, 200)],
            "UNVERIFIED",
            "",
            "no manifest: nothing vouches for its bytes",
        ),
        ([dump(99, 1), *daily(3, 200)], "SHRUNK", "size", "1 B where the three before had 6.0 GB"),
        # One that shrank among three is outvoted; the fourth before is not asked.
        ([dump(2), dump(26, 1), *daily(2, 50)], "OK", "", "newest is 2 h old, 26 h allowed"),
        ([dump(2, GB), *[dump(26 + n, GB) for n in range(3)], dump(99, 99 * GB)], "OK", "", None),
        ([dump(-0.1)], "OK", "", "newest is 0 s old, 26 h allowed"),
        (
            [dump(-1), dump(38)],
            "STALE",
            "age",
            "newest is 38 h old, 26 h allowed; 1 dump dated in the future left aside",
        ),
        ([dump(-1)], "STALE", "age", "1 dump dated in the future, none before: a clock is wrong"),
    ],
)
def test_the_first_that_applies(dumps: list[DumpFact], standing: str, guilty: str, why: str | None) -> None:
    verdict = judge(dumps, now=NOW, limit=LIMIT)
    assert (verdict.standing, verdict.guilty) == (standing, guilty)
    assert why is None or verdict.why == why


def test_why_a_manifest_does_not_count_is_said() -> None:
    odd = DumpFact(NOW, 9, None, False, "the manifest says 10 bytes, the object has 9")
    assert judge([odd], now=NOW, limit=LIMIT).why == odd.problem
    assert judge_each([odd])[0].why == odd.problem


def test_of_equal_times_the_backup_counts_as_the_newer() -> None:
    dumps = [dump(2, is_backup=False), dump(2)]
    assert judge(dumps, now=NOW, limit=LIMIT).standing is Standing.OK
    assert [verdict.standing for verdict in judge_each(dumps)] == ["UNVERIFIED", "OK"]


def test_a_database_that_is_gone_is_not_stale() -> None:
    verdict = judge([dump(41 * 24)], now=NOW, limit=None)
    assert (verdict.standing, verdict.why) == (Standing.OK, "newest is 41 d old")


def test_each_dump_is_judged_by_those_before_it() -> None:
    dumps = [dump(2), dump(26), dump(50, 1), dump(74), dump(98, is_backup=False), dump(122)]
    assert [verdict.standing for verdict in judge_each(dumps)] == [
        "OK",
        "OK",
        "SHRUNK",
        "OK",
        "UNVERIFIED",
        "OK",
    ]
    assert judge_each([]) == ()


def test_the_words_are_in_order_of_badness() -> None:
    assert [standing.rank for standing in Standing] == [0, 1, 2, 3, 4]
    assert [standing for standing in Standing if standing.is_at_risk] == ["NONE", "SHRUNK", "STALE"]


def test_the_last_days_are_utc_days_with_today_last() -> None:
    dumps = [
        dump(2, 1),
        dump(26),
        dump(27, is_backup=False),
        dump(50, is_backup=False),
        dump(98),
        dump(15 * 24),
    ]
    assert last_days(dumps, now=NOW, days=6) == (
        Day.NONE,
        Day.BACKUP,
        Day.NONE,
        Day.DUMP,
        Day.BACKUP,
        Day.SHRUNK,
    )
    assert last_days([], now=NOW) == (Day.NONE,) * 14


def test_days_end_at_midnight_utc_and_a_skewed_clock_puts_nothing_into_tomorrow() -> None:
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    ahead = DumpFact(midnight + timedelta(minutes=5), 1, None, True)
    before = DumpFact(midnight - timedelta(seconds=1), 1, None, True)
    wrong = DumpFact(midnight + timedelta(days=3), 1, None, True)
    days = last_days([ahead, wrong], now=midnight - timedelta(minutes=5), days=2)
    assert days == (Day.NONE, Day.BACKUP)
    assert last_days([before], now=midnight, days=2) == (Day.BACKUP, Day.NONE)
    east = midnight.astimezone(tz=None)
    assert last_days([before], now=east, days=2) == (Day.BACKUP, Day.NONE)


def test_gaps_longer_than_the_limit_are_told_newest_first() -> None:
    dumps = [dump(38), dump(40), dump(112), dump(130), dump(30 * 24)]
    gaps = missed(dumps, now=NOW, limit=LIMIT)
    assert [gap.sentence for gap in gaps] == [
        "38 h since 22 Nov 00:00",
        "3 d after 18 Nov 22:00",
        "24 d after 24 Oct 14:00",
    ]
    assert [gap.is_open for gap in gaps] == [True, False, False]
    assert len(missed(dumps, now=NOW, limit=LIMIT, days=3)) == 2
    assert missed([], now=NOW, limit=LIMIT) == ()
    assert missed([dump(-5)], now=NOW, limit=LIMIT) == ()
    assert missed(daily(14), now=NOW, limit=LIMIT) == ()


FACTS = st.builds(
    DumpFact,
    taken=st.integers(-100, 3000).map(lambda hours: NOW - timedelta(hours=hours)),
    size=st.integers(0, 10**13),
    rows=st.none() | st.integers(0, 10**9),
    is_backup=st.booleans(),
    problem=st.sampled_from(["", "its size differs"]),
    harm=st.sampled_from(["", "verify failed on 1 Jan 00:00: it is cut"]),
)
DUMPS = st.lists(FACTS, max_size=8)


@given(DUMPS)
def test_every_database_has_one_standing_and_says_why(dumps: list[DumpFact]) -> None:
    verdict = judge(dumps, now=NOW, limit=LIMIT)
    assert verdict.standing in Standing
    assert verdict.why
    assert verdict.guilty in {"", "age", "size", "check"}
    assert (verdict.standing is Standing.NONE) == (not dumps)
    assert len(judge_each(dumps)) == len(dumps)
    assert {each.standing for each in judge_each(dumps)} <= {"OK", "SHRUNK", "UNVERIFIED"}


@given(DUMPS, st.randoms())
def test_the_order_of_the_dumps_is_of_no_importance(dumps: list[DumpFact], random: Random) -> None:
    shuffled = random.sample(dumps, len(dumps))
    assert judge(shuffled, now=NOW, limit=LIMIT) == judge(dumps, now=NOW, limit=LIMIT)
    assert last_days(shuffled, now=NOW) == last_days(dumps, now=NOW)
    assert missed(shuffled, now=NOW, limit=LIMIT) == missed(dumps, now=NOW, limit=LIMIT)
    pairs = sorted(map(repr, zip(dumps, judge_each(dumps), strict=True)))
    assert sorted(map(repr, zip(shuffled, judge_each(shuffled), strict=True))) == pairs


@given(DUMPS, st.timedeltas(timedelta(), timedelta(days=1000)))
def test_time_alone_never_makes_a_standing_better(dumps: list[DumpFact], later: timedelta) -> None:
    believed = [fact for fact in dumps if fact.taken <= NOW + MAX_SKEW]
    before = judge(believed, now=NOW, limit=LIMIT)
    after = judge(believed, now=NOW + later, limit=LIMIT)
    assert after.standing.rank <= before.standing.rank
    if before.standing is not Standing.OK:
        assert after.standing is before.standing


@given(DUMPS)
def test_a_standing_of_ok_rests_on_a_backup_younger_than_the_limit(dumps: list[DumpFact]) -> None:
    if judge(dumps, now=NOW, limit=LIMIT).standing is Standing.OK:
        assert any(fact.is_backup and NOW - LIMIT <= fact.taken <= NOW + MAX_SKEW for fact in dumps)
