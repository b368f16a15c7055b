"""Sizes, times and counts: as sentences say them, and as cells whose width never changes (`…_cell`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import humanize

_AGES = (
    ("s", 1, 59),
    ("m", 60, 59),
    ("h", 3600, 47),
    ("d", 86_400, 59),
    ("w", 604_800, 103),
)
"""Letter, seconds, and the last number that is told in it; beyond them are years of 365 days."""


def size(number: int | float | None) -> str:
    """`48.0 GB`, decimal; `unknown` when it is."""
    if number is None:
        return "unknown"
    return re.sub("Bytes?$", "B", str(humanize.naturalsize(number, format="%.1f")))


def duration(seconds: float) -> str:
    """`0:05:12`; `unknown` where the clock was set back meanwhile."""
    if seconds < 0:
        return "unknown"
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def amount(number: int, seconds: float) -> str:
    """`3.1 GB in 0:01:12`; `3.1 GB in an unknown time`."""
    return f"{size(number)} in {duration(seconds) if seconds >= 0 else 'an unknown time'}"


def plural(number: int, noun: str) -> str:
    """`1 table`, `2 tables`, `1,204 tables`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def first_of(names: Sequence[str], most: int) -> str:
    """`a, b, c and 1,204 more`: `most` names at most, and how many others; empty without any."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(tables: int, rows: int | None) -> str:
    """`84 tables, 1,204,331 rows counted`."""
    if rows is None:
        return f"{plural(tables, 'table')}, rows not counted"
    return f"{plural(tables, 'table')}, {plural(rows, 'row')} counted"


def age(delta: timedelta) -> str:
    """`38 h`, `9 d`: rounded down; less than nothing is `0 s`."""
    number, letter = _aged(delta)
    return f"{number} {letter}"


def age_cell(delta: timedelta | None) -> str:
    """5 wide: ` 38 h`, `  9 d`; None is `never`."""
    if delta is None:
        return "never"
    number, letter = _aged(delta)
    return f"{number:3d} {letter}"


def size_cell(number: int | float | None) -> str:
    """9 wide, decimal, units in line: ` 412.7 MB`, `  17    B`; unknown: `–` under the point."""
    if number is None:
        return "    –    "
    if number < 1000:
        return f"{int(number):4d}    B"
    value, unit = number / 1000, "kB"
    for larger in ("MB", "GB", "TB", "PB", "EB"):
        if round(value, 1) < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:6.1f} {unit}"


def duration_cell(seconds: float | None) -> str:
    """7 wide: `0:05:12`, `unknown`."""
    return "unknown" if seconds is None else f"{duration(seconds):>7}"


def count_cell(number: int | None) -> str:
    """13 wide, right aligned: `    1,204,331`."""
    return f"{number:13,}" if number is not None else f"{'–':>13}"


def percent_cell(fraction: float | None, *, is_estimate: bool = False) -> str:
    """5 wide, rounded down: ` 23 %`, `~61 %`, `100 %`; None is blank (the word `unknown` is wider)."""
    if fraction is None:
        return " " * 5
    number = int(fraction * 100)
    tilde = "~" if is_estimate and number < 100 else ""
    return f"{f'{tilde}{number}':>3} %"


def skew_in_words(skew: float) -> str:
    """`2 min 5 s, this machine's is behind the server's`; `skew` is how far a server's clock is ahead."""
    minutes, seconds = divmod(round(abs(skew)), 60)
    direction = "behind" if skew > 0 else "ahead of"
    amount = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{amount}, this machine's is {direction} the server's"


def _aged(delta: timedelta) -> tuple[int, str]:
    seconds = max(0, int(delta.total_seconds()))
    for letter, length, last in _AGES:
        if seconds // length <= last:
            return seconds // length, letter
    return seconds // (365 * 86_400), "y"
