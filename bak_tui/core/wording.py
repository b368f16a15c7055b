"""Sizes, times and counts as sentences say them."""

from __future__ import annotations

import humanize


def size(number: int | float | None) -> str:
    """`48.0 GB`, decimal; `unknown` when it is."""
    return (
        "unknown"
        if number is None
        else str(humanize.naturalsize(number, format="%.1f")).replace("Bytes", "B")
    )


def duration(seconds: float) -> str:
    """`0:05:12`."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def amount(number: int, seconds: float) -> str:
    """`3.1 GB in 0:01:12`."""
    return f"{size(number)} in {duration(seconds)}"


def plural(number: int, noun: str) -> str:
    """`1 table`, `2 tables`, `1,204 tables`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def counted(tables: int, rows: int | None) -> str:
    """`84 tables, 1,204,331 rows counted`."""
    if rows is None:
        return f"{plural(tables, 'table')}, rows not counted"
    return f"{plural(tables, 'table')}, {plural(rows, 'row')} counted"
