"""Once pg_dump has ended, what the place has taken tells how far a backup is."""

from __future__ import annotations

import pytest

from bak_tui.core.errors import Cancelled
from bak_tui.operations.backup.storing import StoredBytes
from bak_tui.operations.tables import TableProgress
from bak_tui.services.jobs import Task
from bak_tui.services.jobs.task import CancelSwitch


def dumping() -> Task:
    task = Task("fence", CancelSwitch(), lambda: None)
    task.phase("dumping", total=1000, is_estimate=True)
    return task


def test_what_is_left_to_store_is_counted_in_bytes_and_tables_say_no_more() -> None:
    task = dumping()
    tables, stored = TableProgress(task, {"a": 600, "b": 400}), StoredBytes(task)
    tables.begin("a")
    stored.add(10)
    assert (task.status.done, task.status.total) == (0, 1000)
    tables.end()
    stored.all_that_is_left(50)
    tables.begin("b")
    assert (task.status.phase, task.status.done, task.status.total) == ("storing", 10, 50)
    assert not task.status.is_estimate
    stored.add(15)
    assert task.status.done == 25


def test_what_was_taken_and_not_acknowledged_is_still_being_stored() -> None:
    task = dumping()
    stored = StoredBytes(task)
    stored.add(50)
    stored.all_that_is_left(50)
    assert (task.status.phase, task.status.done, task.status.total) == ("storing", 50, 50)


def test_what_must_be_sent_again_is_not_told_as_done_twice() -> None:
    task = dumping()
    stored = StoredBytes(task)
    stored.all_that_is_left(50)
    for amount in (40, -40, 20):
        stored.add(amount)
    assert task.status.done == 20


@pytest.mark.parametrize("taken", [0, 50])
def test_a_cancelled_backup_gets_no_further(taken: int) -> None:
    switch = CancelSwitch()
    stored = StoredBytes(Task("fence", switch, lambda: None))
    stored.add(taken)
    switch.throw()
    with pytest.raises(Cancelled):
        stored.all_that_is_left(50)
