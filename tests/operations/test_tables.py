"""Progress moves inside one huge table, and is only ever a courtesy."""

from __future__ import annotations

import threading

import pytest

from bak_tui.core.copies import RunningCopy
from bak_tui.core.errors import ServerError
from bak_tui.core.jobs import JobState
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.tables import TableProgress
from bak_tui.services.jobs.task import CancelSwitch, Task
from bak_tui.services.postgres import Instance
from tests.operations.conftest import House
from tests.operations.test_board import back_up
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE, until

HOLD = 30_112_026
HELD_HALF_WAY = f"""
CREATE OR REPLACE FUNCTION slow(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
WHILE $1 = 2000 AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = {HOLD})
LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN true; END $$
"""
"""A row that is not taken before a session of any database lets go of the lock."""
WEIGHTS = {"s.big": 1000, "s.small": 10}


def a_task() -> Task:
    task = Task("db", CancelSwitch(), lambda: None)
    task.phase("dumping", total=1010, is_estimate=True)
    return task


@pytest.mark.parametrize(
    ("copy", "rows", "done"),
    [
        (RunningCopy("s.big", 0, 50), {"s.big": 100}, 500),
        (RunningCopy("s.big", 0, 50, expected_rows=200), {}, 250),
        (RunningCopy("s.big", 0, 50, expected_rows=200), {"s.big": 100}, 500),
        (RunningCopy("s.big", 300, 50), {}, 300),
        (RunningCopy("s.big", 5000, 50), {}, 990),  # the estimate was wrong: not done before the next begins
        (RunningCopy("s.big", 0, 101), {"s.big": 100}, 990),
        (RunningCopy("s.small", 10, 1), {}, 0),  # not begun yet, or done already
        (RunningCopy("s.unknown", 10, 1), {}, 0),
    ],
)
def test_a_running_copy_counts_by_its_rows_else_by_its_bytes(
    copy: RunningCopy, rows: dict[str, int | None], done: int
) -> None:
    task = a_task()
    progress = TableProgress(task, WEIGHTS, rows=rows)
    progress.begin("s.big")
    progress.copying([copy])
    assert task.status.done == done


def test_what_was_inside_a_table_is_not_counted_again_when_it_is_done_and_nothing_goes_back() -> None:
    task = a_task()
    progress = TableProgress(task, WEIGHTS)
    progress.begin("s.big")
    progress.copying([RunningCopy("s.big", 700, 1)])
    progress.copying([RunningCopy("s.big", 600, 1)])
    assert task.status.done == 700
    progress.begin("s.small")
    assert task.status.done == 1000
    progress.copying([RunningCopy("s.small", 10, 1)])
    assert task.status.done == 1009


@pytest.mark.parametrize("answer", ["unable", "refused"])
def test_a_server_that_cannot_tell_is_not_asked_again(answer: str) -> None:
    asked = threading.Event()
    times = []

    def look() -> tuple[RunningCopy, ...] | None:
        times.append(1)
        asked.set()
        if answer == "refused":
            raise ServerError("no")
        return None

    with TableProgress(a_task(), WEIGHTS).watching(look, first=0.001):
        assert asked.wait(PATIENCE)
        until(lambda: "bak-copies" not in {thread.name for thread in threading.enumerate()})
    assert len(times) == 1


def test_a_dump_moves_inside_its_only_table(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE TABLE big AS SELECT n, repeat('x', 1000) FROM generate_series(1, 60000) n")
    seen: list[float] = []

    def hold_until_it_moves(step: Step, _subject: str) -> None:
        if step is Step.STREAMING and not seen:
            until(lambda: job.status.done > 0)
            seen.append(job.status.fraction or 0.0)
            assert job.status.is_estimate

    bak = house.bak(checkpoint=hold_until_it_moves)
    job = bak.backup(house.profile, Selection((name,)), BackupOptions(compression="none"))
    report = job.result()
    assert [outcome.state for outcome in report.outcomes] == [JobState.OK]
    assert 0 < seen[0] < 1
    with open_connection(house.server, "postgres") as connection:
        left = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'bak-%'"
        until(lambda: (connection.execute(left).fetchone() or [1])[0] == 0)


def test_a_restore_moves_inside_its_only_table(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE FUNCTION slow(int) RETURNS bool LANGUAGE sql AS 'SELECT true'")
        connection.execute("CREATE TABLE big (n int CHECK (public.slow(n)))")
        connection.execute("INSERT INTO big SELECT generate_series(1, 4000)")
        connection.execute(HELD_HALF_WAY)
    back_up(house, name)
    bak = house.bak()
    sources = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f"SELECT pg_advisory_lock({HOLD})".encode())
        job = bak.restore(house.server, sources, RestoreOptions(into=f"{name}_restored"))
        until(lambda: any(task.phase == "restoring" for task in job.status.tasks))
        until(lambda: 0 < (job.status.fraction or 0) < 1)
        connection.execute(f"SELECT pg_advisory_unlock({HOLD})".encode())
        assert job.result().outcomes[0].state is JobState.OK
        connection.execute(f'DROP DATABASE "{name}_restored"'.encode())


def test_the_server_tells_which_table_is_copied_how_far(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    instance = Instance(house.server)
    assert instance.copies(name, "bak-copier") == ()
    with open_connection(house.server, name) as connection:
        connection.execute("SET application_name = 'bak-copier'")
        connection.execute('CREATE SCHEMA "o.d"')
        connection.execute('CREATE TABLE "o.d"."T ""x" AS SELECT generate_series(1, 500000) AS n')
        connection.execute('ANALYZE "o.d"."T ""x"')
        with connection.cursor().copy('COPY "o.d"."T ""x" TO STDOUT') as rows:
            rows.read()
            (copy,) = instance.copies(name, "bak-copier") or ()
            assert instance.copies(name, "bak-other") == ()
            assert instance.copies("postgres", "bak-copier") == ()
            for _ in rows:
                pass
    assert (copy.table, copy.expected_rows) == ('o.d.T "x', 500_000)
    assert 0 < copy.rows < 500_000
    assert copy.bytes > 0
