"""The table at the end, in Markdown: minimum, median and maximum of the runs that count, and ratios."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from tests.bench.rounds import Found
from tests.bench.rows import Row
from tests.bench.running import Measured
from tests.bench.saying import say, say_heads, say_row

_FEWEST = 3


def print_table(rows: Sequence[Row], found: Found) -> None:
    """`~` before a median: fewer than three runs had the machine to themselves, so all were taken."""
    say("")
    wall = "wall s: min / median / max"
    say_heads("what", wall, "cpu s", "÷", "=", "goal", "own MB", "tree MB", "disk MB", "void")
    for row in rows:
        _print_row(row, found)
    say("")
    for name, reasons in found.failed.items():
        say(f"FAILED {len(reasons)} times: {name}: {reasons[-1]}")


def _print_row(row: Row, found: Found) -> None:
    runs = found.measured[row.name]
    name, by = row.name.replace("|", "to"), " or ".join(row.compared)
    failed = f", {len(found.failed[row.name])} failed" if row.name in found.failed else ""
    if not runs:
        say_row(name, "–", "–", by, "–", row.goal, "–", "–", "–", f"none{failed}")
        return
    counting, doubt = _counting(runs)
    walls = sorted(run.wall for run in counting)
    wall = f"{walls[0]:.2f} / {doubt}{statistics.median(walls):.2f} / {walls[-1]:.2f}"
    by_those = ratio(found, row.name, row.compared)
    megabytes = (
        f"{max(getattr(run, peak) for run in runs) / 1e6:.0f}"
        for peak in ("peak_own", "peak_tree", "peak_disk")
    )
    cpu = statistics.median(run.cpu for run in counting)
    void = sum(run.is_void for run in runs)
    last = f"{void} of {len(runs)}{failed}"
    say_row(name, wall, f"{cpu:.2f}", by, by_those, row.goal, *megabytes, last)


def _counting(runs: Sequence[Measured]) -> tuple[Sequence[Measured], str]:
    clean = [run for run in runs if not run.is_void]
    return (clean, "") if len(clean) >= min(_FEWEST, len(runs)) else (runs, "~")


def _median(runs: Sequence[Measured]) -> float:
    return statistics.median(run.wall for run in _counting(runs)[0])


def ratio(found: Found, name: str, compared: Sequence[str]) -> str:
    """The row's median by that of the slowest of others; empty where one of them did not run."""
    measured = {each: runs for each, runs in found.measured.items() if runs}
    if name not in measured or not compared or not measured.keys() >= set(compared):
        return ""
    return f"{_median(measured[name]) / max(_median(measured[each]) for each in compared):.2f}"
