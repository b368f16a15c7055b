"""How much of a dump may wait on this machine."""

from __future__ import annotations

import pytest

from bak_tui.core.parts import MIB
from bak_tui.core.spool import RESERVE, spool_bound

GIB = 1024 * MIB


@pytest.mark.parametrize(
    ("database", "free", "bound"),
    [
        (0, 100 * GIB, 32 * MIB),
        (24 * GIB, 100 * GIB, GIB),
        (24 * GIB, GIB + RESERVE, GIB // 2),
        (16 * GIB, RESERVE, 0),
        (16 * GIB, 0, 0),
    ],
    ids=["small", "large", "half-the-disk", "full", "nothing-free"],
)
def test_it_grows_with_the_database_and_leaves_others_half_the_disk(
    database: int, free: int, bound: int
) -> None:
    assert spool_bound(database, free) == bound
