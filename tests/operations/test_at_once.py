"""Two restores into one database at once: it is one of theirs, whole, and what was there before is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bak_tui.core.errors import ConfirmationNeeded
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome
from bak_tui.core.plan import Mode
from bak_tui.core.selection import Selection
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.restore.undo import kept_databases
from bak_tui.services.postgres import Instance
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of, scratch_of
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, mark, oid_of, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE


@pytest.fixture
def live(house: House, make_database: MakeDatabase, tmp_path: Path) -> Iterator[str]:
    """A database that was dumped, and has something since that the dump has not."""
    name = make_database()
    fill(house.server, name)
    dump_of(house, name, tmp_path)
    mark(house.server, name, "today's")
    yield name
    drop(house.server, f"{name}_back")
    for kept in kept_databases(Instance(house.server), name):
        drop(house.server, kept.name)


def both(house: House, folder: Path, at: Step, how: RestoreOptions) -> list[Outcome[Restored]]:
    """Each waits at that step until the other has come there, too."""
    meeting = threading.Barrier(2, timeout=PATIENCE)

    def meet(step: Step, _subject: str, /) -> None:
        if step is at:
            meeting.wait()

    jobs = []
    for _ in range(2):
        bak = house.bak(checkpoint=meet)
        dumps, _ = bak.folder_dumps(folder, Selection())
        jobs.append(bak.restore(house.server, dumps, how))
    return [outcome for job in jobs for outcome in job.result().outcomes]


def assert_told(outcomes: list[Outcome[Restored]]) -> None:
    """One at least is well, and another's failure is a sentence."""
    assert JobState.OK in [outcome.state for outcome in outcomes], outcomes
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert [error for error in errors if error.kind == "defect"] == []


@pytest.mark.fault("R69")
def test_of_two_that_make_one_database_one_makes_it(house: House, live: str, tmp_path: Path) -> None:
    into = f"{live}_back"
    outcomes = both(house, tmp_path, Step.COMPARED, RestoreOptions(into=into))
    assert_told(outcomes)
    assert sorted(outcome.state for outcome in outcomes) == sorted([JobState.OK, JobState.FAILED])
    (error,) = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert (error.kind, f"got the name {into} meanwhile" in error.message) == ("name_taken", True), error
    assert rows_of(house.server, into) == SAMPLE_ROWS
    assert scratch_of(house, into) == set()


@pytest.mark.fault("R69")
def test_two_swaps_of_one_database_keep_it(house: House, live: str, tmp_path: Path) -> None:
    oid = oid_of(house.server, live)
    how = RestoreOptions(into=live, over=Mode.SWAP, confirmed={live})
    outcomes = both(house, tmp_path, Step.COMPARED, how)
    assert_told(outcomes)
    assert rows_of(house.server, live) == SAMPLE_ROWS
    kept = {each.name for each in kept_databases(Instance(house.server), live)}
    assert oid in {oid_of(house.server, name) for name in kept}, "what was there is kept"
    assert kept >= {outcome.result.kept for outcome in outcomes if outcome.result is not None}
    assert scratch_of(house, live) == set()


@pytest.mark.fault("R69")
def test_a_database_that_was_empty_and_is_not_when_its_dump_has_come_is_left_alone(
    house: House, live: str, tmp_path: Path
) -> None:
    into = f"{live}_back"
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'CREATE DATABASE "{into}"'.encode())

    def use_it(step: Step, _subject: str, /) -> None:
        if step is Step.HASHED:
            mark(house.server, into, "somebody's")

    bak = house.bak(checkpoint=use_it)
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    (outcome,) = bak.restore(house.server, dumps, RestoreOptions(into=into)).result().outcomes
    assert isinstance(outcome.error, ConfirmationNeeded), outcome
    assert "is not empty; nothing was touched" in outcome.error.message
    assert "drop" not in str(outcome.error.hint)
    assert rows_of(house.server, into) == {"public.marker": 1}


@pytest.mark.fault("R69")
def test_of_two_that_fill_one_database_one_fills_it(house: House, live: str, tmp_path: Path) -> None:
    into = f"{live}_back"
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'CREATE DATABASE "{into}"'.encode())
    outcomes = both(house, tmp_path, Step.HASHED, RestoreOptions(into=into))
    assert_told(outcomes)
    assert sorted(outcome.state for outcome in outcomes) == sorted([JobState.OK, JobState.FAILED])
    assert rows_of(house.server, into) == SAMPLE_ROWS
    assert into in databases_of(house.server)
