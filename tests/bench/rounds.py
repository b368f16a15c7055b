"""Every row once a round, in another order each round: what changes meanwhile meets all rows alike.

A run in which others used the machine is repeated, twice at most.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.bench.rows import Row
from tests.bench.running import Measured
from tests.bench.saying import say

_AGAIN = 2


def in_rounds(
    chosen: Sequence[Row], rounds: int, once: Callable[[Row], Measured]
) -> dict[str, list[Measured]]:
    """What was measured, by the row's name; a line is said of each run."""
    found: dict[str, list[Measured]] = {row.name: [] for row in chosen}
    for number in range(rounds):
        for row in random.sample(chosen, len(chosen)):
            measured = _undisturbed(row, once)
            found[row.name].append(measured)
            void = f"  void: others used {measured.others:.0%}" if measured.is_void else ""
            took = f"{measured.wall:>7.2f} s  {measured.cpu:>7.2f} cpu s"
            say(f"{number + 1}/{rounds}  {row.name:<42} {took}{void}")
    return found


def _undisturbed(row: Row, once: Callable[[Row], Measured]) -> Measured:
    for _ in range(_AGAIN):
        measured = once(row)
        if not measured.is_void:
            return measured
    return once(row)
