"""Which format is quicker, by what a database holds, and why."""

from __future__ import annotations

import pytest

from bak_tui.core.dump_format import MOST_OBJECTS, DumpFormat, Shape, choose_format

GB = 10**9


@pytest.mark.parametrize(
    ("shape", "workers", "chosen", "why"),
    [
        (Shape(()), 2, DumpFormat.CUSTOM, "0 tables of 0 B"),
        (Shape((1000,) * 20), 4, DumpFormat.CUSTOM, "20 tables of 20.0 kB"),
        (Shape((GB, GB, GB)), 2, DumpFormat.DIRECTORY, "3 tables of 3.0 GB, the largest 1.0 GB"),
        (Shape((GB, GB, GB)), 1, DumpFormat.CUSTOM, "one worker"),
        (Shape((50 * GB, 1000)), 8, DumpFormat.CUSTOM, "would save little"),
        (Shape((GB // 1000,) * 1000), 2, DumpFormat.CUSTOM, "would save little"),
        (Shape((GB,) * MOST_OBJECTS), 2, DumpFormat.CUSTOM, "2,002 objects are too many"),
        (Shape((GB, GB, GB), large_objects=MOST_OBJECTS), 2, DumpFormat.CUSTOM, "2,005 objects are too many"),
    ],
    ids=["empty", "small", "big", "one-worker", "one-table", "many-small", "many", "large-objects"],
)
def test_directory_is_chosen_where_several_workers_save_time(
    shape: Shape, workers: int, chosen: DumpFormat, why: str
) -> None:
    choice = choose_format(shape, workers)
    assert choice.format is chosen
    assert why in str(choice)
