"""How well a database is protected, and what the board and the bucket show of it.

The first of these that applies is its standing:

    NONE        there is no dump at all
    UNVERIFIED  the newest has no valid manifest, does not fit it, or a check found harm since
    SHRUNK      the newest has less than half the size, or rows, of the median of the three before
    STALE       the newest is older than the limit
    OK

Everything here is a pure function of dumps and a clock, and does not depend on the dumps' order. What must
stay true: nothing reads OK on the word of a timestamp that cannot be. A dump dated more than `MAX_SKEW`
ahead of our clock has no known age; it can be restored, but it makes no database look fresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from statistics import median

from bak_tui.core.wording import age, duration, plural, size

MAX_SKEW = timedelta(minutes=15)
"""How far two machines' clocks may differ before a time is not believed (S3 itself refuses at 15 minutes)."""

_COMPARED_WITH = 3


class Standing(StrEnum):
    """The words of the screens, worst first."""

    NONE = "NONE"
    SHRUNK = "SHRUNK"
    STALE = "STALE"
    UNVERIFIED = "UNVERIFIED"
    OK = "OK"

    @property
    def rank(self) -> int:
        """0 is the worst: the board's default order."""
        return list(Standing).index(self)

    @property
    def is_at_risk(self) -> bool:
        """Whether the header counts it."""
        return self in {Standing.NONE, Standing.SHRUNK, Standing.STALE}


class Day(StrEnum):
    """One cell of the last days."""

    NONE = "none"
    DUMP = "dump"
    """Only dumps that nothing vouches for."""
    BACKUP = "backup"
    SHRUNK = "shrunk"


@dataclass(frozen=True, slots=True)
class DumpFact:
    """What the rule looks at."""

    taken: datetime
    size: int
    """Bytes of the dump."""
    rows: int | None
    """Counted rows, None when they were not."""
    is_backup: bool
    """Whether it has a valid manifest that fits it."""
    problem: str = ""
    """Why its manifest does not count."""
    harm: str = ""
    """What a check found since: its bytes are not what its manifest says, however valid that is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A standing, and the sentence of facts behind it."""

    standing: Standing
    why: str
    guilty: str = ""
    """`age` or `size`: the number in the row that takes the standing's colour; `check`: the standing is a
    check's finding, to be drawn as harm; empty when none does."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time longer than the limit in which no dump was taken."""

    after: datetime
    """The dump before it."""
    until: datetime
    """The dump that ended it, or now."""
    is_open: bool
    """Whether it lasts until now."""

    @property
    def sentence(self) -> str:
        """`38 h since 22 Nov 00:03`, `3 d after 14 Nov 12:00`, in UTC."""
        moment = self.after.astimezone(UTC)
        word = "since" if self.is_open else "after"
        return f"{age(self.until - self.after)} {word} {moment.day} {moment:%b %H:%M}"


def judge(dumps: Sequence[DumpFact], *, now: datetime, limit: timedelta | None) -> Verdict:
    """The standing of one database, by all its dumps. `limit` None: its age does not matter (it is gone)."""
    if not dumps:
        return Verdict(Standing.NONE, "no dump at all")
    dated = _newest_first(_dated(dumps, now))
    ahead = len(dumps) - len(dated)
    if not dated:
        why = f"{plural(ahead, 'dump')} dated in the future, none before: a clock is wrong"
        return Verdict(Standing.STALE, why, "age")
    verdict = _judge_content(dated[0], dated[1:]) or _judge_age(now - dated[0].taken, limit)
    if not ahead:
        return verdict
    why = f"{verdict.why}; {plural(ahead, 'dump')} dated in the future left aside"
    return Verdict(verdict.standing, why, verdict.guilty)


def judge_each(dumps: Sequence[DumpFact]) -> tuple[Verdict, ...]:
    """One verdict a dump of one database, in the order given: OK, SHRUNK or UNVERIFIED; no age in it."""
    ranked = sorted(range(len(dumps)), key=lambda index: _order(dumps[index]), reverse=True)
    verdicts: dict[int, Verdict] = {}
    for place, index in enumerate(ranked):
        before = [dumps[other] for other in ranked[place + 1 : place + 1 + _COMPARED_WITH]]
        verdict = _judge_content(dumps[index], before)
        verdicts[index] = verdict or Verdict(Standing.OK, "its manifest is valid and fits it")
    return tuple(verdicts[index] for index in range(len(dumps)))


def last_days(dumps: Sequence[DumpFact], *, now: datetime, days: int = 14) -> tuple[Day, ...]:
    """One cell a UTC day, oldest first, today last. A day's newest backup speaks for it."""
    today = now.astimezone(UTC).date()
    cells = [Day.NONE] * days
    dated = sorted(_dated(dumps, now), key=_order)
    for dump, verdict in zip(dated, judge_each(dated), strict=True):
        place = days - 1 - (today - min(dump.taken, now).astimezone(UTC).date()).days
        if place < 0:
            continue
        if dump.is_backup and not dump.harm:
            cells[place] = Day.SHRUNK if verdict.standing is Standing.SHRUNK else Day.BACKUP
        elif cells[place] is Day.NONE:
            cells[place] = Day.DUMP
    return tuple(cells)


def missed(dumps: Sequence[DumpFact], *, now: datetime, limit: timedelta, days: int = 14) -> tuple[Gap, ...]:
    """The times longer than `limit` without any dump that reach into the last `days`, newest first.

    Nothing stores a schedule: a gap is a fact, a missed run would be a guess. Before the first dump is none.
    """
    times = [dump.taken for dump in _newest_first(_dated(dumps, now))]
    ends = [now, *times][: len(times)]
    return tuple(
        Gap(after, until, is_open=index == 0)
        for index, (after, until) in enumerate(zip(times, ends, strict=True))
        if until - after > limit and now - until < timedelta(days=days)
    )


def _dated(dumps: Sequence[DumpFact], now: datetime) -> list[DumpFact]:
    return [dump for dump in dumps if dump.taken <= now + MAX_SKEW]


def _newest_first(dumps: Sequence[DumpFact]) -> list[DumpFact]:
    return sorted(dumps, key=_order, reverse=True)


def _order(dump: DumpFact) -> tuple[datetime, bool, int, int, str, str]:
    """By time; of equal times the backup, then the larger, counts as the newer: one may be a copy."""
    rows = -1 if dump.rows is None else dump.rows
    return dump.taken, dump.is_backup, dump.size, rows, dump.problem, dump.harm


def _judge_content(dump: DumpFact, before: Sequence[DumpFact]) -> Verdict | None:
    """UNVERIFIED or SHRUNK; None when neither. Of the three before, as many as there are."""
    if dump.harm:
        return Verdict(Standing.UNVERIFIED, dump.harm, "check")
    if not dump.is_backup:
        return Verdict(Standing.UNVERIFIED, dump.problem or "no manifest: nothing vouches for its bytes")
    compared = before[:_COMPARED_WITH]
    usual_size = median(other.size for other in compared) if compared else 0
    if dump.size * 2 < usual_size:
        why = f"{size(dump.size)} where {_said_before(compared)} had {size(usual_size)}"
        return Verdict(Standing.SHRUNK, why, "size")
    counted = [other for other in compared if other.rows is not None]
    usual_rows = median(other.rows or 0 for other in counted) if counted else 0
    if dump.rows is not None and dump.rows * 2 < usual_rows:
        why = f"{plural(dump.rows, 'row')} where {_said_before(counted)} had {int(usual_rows):,}"
        return Verdict(Standing.SHRUNK, why)
    return None


def _said_before(compared: Sequence[DumpFact]) -> str:
    return {1: "the one before", 2: "the two before"}.get(len(compared), "the three before")


def _judge_age(old: timedelta, limit: timedelta | None) -> Verdict:
    if limit is None:
        return Verdict(Standing.OK, f"newest is {age(old)} old")
    said, allowed = age(old), age(limit)
    if said == allowed:  # rounded down they read alike; the difference is what matters here
        said, allowed = duration(max(0.0, old.total_seconds())), duration(limit.total_seconds())
    why = f"newest is {said} old, {allowed} allowed"
    return Verdict(Standing.STALE, why, "age") if old > limit else Verdict(Standing.OK, why)
