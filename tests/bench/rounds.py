"""Every row once a round, in another order each round: what changes meanwhile meets all rows alike.

A row that fails is told and tried again in the next round; the others go on. Ctrl-C (or TERM) ends the
rounds, not the bench: what was measured until then is still told.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.bench.rows import Row
from tests.bench.running import Measured, RunFailed
from tests.bench.saying import say

AGAIN = 2
"""How often a void run is repeated."""


@dataclass
class Found:
    """What came of all rounds, by the rows' names."""

    measured: dict[str, list[Measured]]
    failed: dict[str, list[str]] = field(default_factory=dict)
    """Why, of every run that did not come to its end, or to the wrong one."""
    was_stopped: bool = False


def in_rounds(chosen: Sequence[Row], rounds: int, once: Callable[[Row], Measured]) -> Found:
    """Run `once` for every row so often; a line is said of each run. It may raise RunFailed."""
    found = Found({row.name: [] for row in chosen})
    began = time.monotonic()
    try:
        for number in range(rounds):
            left = (time.monotonic() - began) / number * (rounds - number) / 60 if number else None
            say(f"round {number + 1} of {rounds}" + (f", about {left:.0f} min left" if left else ""))
            for place, row in enumerate(random.sample(chosen, len(chosen)), 1):
                _measure(row, once, found, f"{number + 1}.{place:02}/{len(chosen)}")
    except KeyboardInterrupt:
        say("stopped: what follows is of what was measured until now")
        found.was_stopped = True
    return found


def _measure(row: Row, once: Callable[[Row], Measured], found: Found, where: str) -> None:
    """A void run is repeated; the last try counts, void or not."""
    for attempt in range(1 + AGAIN):
        try:
            measured = once(row)
        except RunFailed as failure:
            found.failed.setdefault(row.name, []).append(str(failure))
            say(f"{where}  {row.name:<42} FAILED: {failure}")
            return
        is_last = attempt == AGAIN or not measured.is_void
        void = f"  void: others used {measured.others:.0%}" if measured.is_void else ""
        took = f"{measured.wall:>7.2f} s  {measured.cpu:>7.2f} cpu s"
        say(f"{where}  {row.name:<42} {took}{void}{'' if is_last else ', again'}")
        if is_last:
            break
    found.measured[row.name].append(measured)
