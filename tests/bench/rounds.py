"""Every row once a round, in another order each round: what changes meanwhile meets all rows alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.bench.rows import Row
from tests.bench.running import Measured
from tests.bench.saying import say


def in_rounds(
    chosen: Sequence[Row], rounds: int, once: Callable[[Row], Measured]
) -> dict[str, list[Measured]]:
    """What was measured, by the row's name; a line is said of each run."""
    found: dict[str, list[Measured]] = {row.name: [] for row in chosen}
    for number in range(rounds):
        for row in random.sample(chosen, len(chosen)):
            measured = once(row)
            found[row.name].append(measured)
            void = f"  void: others used {measured.others:.0%}" if measured.is_void else ""
            took = f"{measured.wall:>7.2f} s  {measured.cpu:>7.2f} cpu s"
            say(f"{number + 1}/{rounds}  {row.name:<42} {took}{void}")
    return found
