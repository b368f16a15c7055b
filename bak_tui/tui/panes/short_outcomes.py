"""An outcome in the room that its row has: what proves most stays, whatever else must go.

A sentence is a row of facts. Where it went when the row says so already, how many tables and rows, how long
and how much are the least telling; that all counts match, or that two warnings want a look, is what the row
is read for. Nothing is said in other words, and the details have all of it.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

from bak_tui.core.jobs import JobStatus
from bak_tui.tui.look.spans import foreign, left

_LEAST_TELLING = (
    re.compile(r", [\d,]+ tables?(?=[,;]|$)"),
    re.compile(r", [\d,]+ rows?( counted)?(?=[,;]|$)"),
    re.compile(r" in \d+:\d\d:\d\d(?=[,;]|$)"),
    re.compile(r"^(a part of )?[\d.]+ [kMGTPE]?B( of [\d.]+ [kMGTPE]?B)?, "),
)
"""In the order in which they go."""


def short_outcome(status: JobStatus, room: int) -> str:
    """Exactly `room` cells; cropped at its end only when no fact can be spared any more."""
    sentences = _shorter(foreign(status.outcome), foreign(status.what))
    return left(next((each for each in sentences if cell_len(each) <= room), sentences[-1]), max(0, room))


def _shorter(told: str, what: str) -> list[str]:
    """The sentence, and with one fact fewer each time."""
    found = [told, told.replace(f" into {what.rpartition('→ ')[2]},", ",", 1)]
    for fact in _LEAST_TELLING:
        found.append(fact.sub("", found[-1], count=1))
    return found
