"""A restore that was cancelled says what a look has shown, wherever it was then; nothing it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bak_tui.core.errors import Cancelled
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Report
from bak_tui.core.plan import Mode
from bak_tui.core.selection import Selection
from bak_tui.operations.bak import Bak
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.jobs import Job
from tests.faults.shims import restoring_shim
from tests.holding import HeldAt
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of
from tests.samples import databases_of, drop, fill, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE, until


@pytest.fixture
def full(house: House, make_database: MakeDatabase, tmp_path: Path) -> str:
    """A database with something in it, and its dump in `tmp_path / "dumps"`."""
    name = make_database()
    fill(house.server, name)
    dump_of(house, name, tmp_path / "dumps")
    return name


def begin(bak: Bak, house: House, folder: Path, options: RestoreOptions) -> Job[Report[Restored]]:
    dumps, _ = bak.folder_dumps(folder / "dumps", Selection())
    return bak.restore(house.server, dumps, options)


def cancelled(bak: Bak, job: Job[Report[Restored]], then: Callable[[], None] = lambda: None) -> str:
    """What it says when it was cancelled."""
    bak.engine.cancel(job)
    then()
    assert job.wait(PATIENCE)
    assert job.status.state is JobState.CANCELLED
    return job.status.outcome


@pytest.mark.parametrize("over", [None, Mode.SWAP, Mode.CLEAN])
def test_before_anything_was_made_it_says_that_nothing_was_left_or_all_is_as_it_was(
    house: House, full: str, tmp_path: Path, over: Mode | None
) -> None:
    held = HeldAt(Step.HASHED)
    bak = house.bak(checkpoint=held)
    before = databases_of(house.server)
    into = full if over else "never_made"
    job = begin(bak, house, tmp_path, RestoreOptions(into=into, over=over, confirmed={full}))
    assert held.reached.wait(PATIENCE)
    said = cancelled(bak, job, held.go_on.set)
    assert said.endswith(f"; {full} is as it was" if over is Mode.CLEAN else "; nothing was left")
    assert databases_of(house.server) == before


def test_in_the_middle_of_a_clean_one_it_has_looked_that_the_database_is_as_it_was(
    house: House, full: str, tmp_path: Path
) -> None:
    before = rows_of(house.server, full)
    bak = house.bak()
    with open_connection(house.server, full) as holder:
        holder.execute("BEGIN; SELECT * FROM users LIMIT 1")
        job = begin(bak, house, tmp_path, RestoreOptions(over=Mode.CLEAN, confirmed={full}))
        until(lambda: waits_for_a_lock(house, full))
        said = cancelled(bak, job)
    assert said.endswith(f"; {full} is as it was")
    assert rows_of(house.server, full) == before


def waits_for_a_lock(house: House, database: str) -> bool:
    with open_connection(house.server, "postgres") as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'",
            (database,),
        ).fetchone()
    return bool(row and row[0])


def test_in_an_empty_database_that_is_half_filled_it_says_so(
    house: House, full: str, tmp_path: Path, make_database: MakeDatabase
) -> None:
    empty = make_database()
    reached = tmp_path / "reached"
    script = f"""case "$*" in *--dbname*) "$REAL" --section=pre-data "$@"
touch {reached}; exec sleep 600;; esac
exec "$REAL" "$@" """
    bak = house.bak(bindir=restoring_shim(tmp_path / "bin", house.bindir, script))
    job = begin(bak, house, tmp_path, RestoreOptions(into=empty))
    until(reached.exists)
    assert cancelled(bak, job).endswith(f"; {empty} holds what came so far")
    assert rows_of(house.server, empty)


def test_what_has_its_name_already_is_not_told_to_be_nothing(house: House, full: str, tmp_path: Path) -> None:
    def stop(step: Step, _subject: str, /) -> None:
        if step is Step.RENAMED:
            raise Cancelled

    job = begin(house.bak(checkpoint=stop), house, tmp_path, RestoreOptions(into="named_already"))
    try:
        assert job.wait(PATIENCE)
        assert job.status.state is JobState.CANCELLED
        assert "left" not in job.status.outcome
        assert "named_already" in databases_of(house.server)
    finally:
        drop(house.server, "named_already")
