"""A server that is stopped, shut down, full, hasty or read-only, and databases that change under a dump."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import BakError, ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome
from bak_tui.core.plan import Mode
from bak_tui.core.profile import Target
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.ports import Limits
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.results import Taken
from tests.children import children_of, dumping_children
from tests.faults.shims import shim
from tests.operations.conftest import House
from tests.operations.test_backup import UNCOMPRESSED, assert_nothing_left, back_up
from tests.operations.test_restore import dump_of, scratch_of
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, fill_bytes, mark, marked, rows_of
from tests.servers.fixtures import open_connection
from tests.waiting import PATIENCE

NAME = "live"
HALF_WAY = 30
"""Reads of at most 256 KiB: the first part is whole, the second is not."""


@pytest.fixture(scope="module")
def mortal() -> Iterator[EmbeddedPostgres]:
    """A server of these tests' own."""
    with EmbeddedPostgres.start() as postgres:
        yield postgres


@pytest.fixture
def house(mortal: EmbeddedPostgres, bucket_target: Target, tmp_path: Path) -> Iterator[House]:
    run(mortal, f"CREATE DATABASE {NAME}")
    house = House(mortal.server, bucket_target, mortal.bindir, state=tmp_path / "state")
    yield house
    for bak in house.opened:
        bak.engine.close()
    for name in databases_of(mortal.server) - {"postgres", "template0", "template1"}:
        drop(mortal.server, name)


def run(postgres: EmbeddedPostgres, *statements: str, database: str = "postgres") -> None:
    with open_connection(postgres.server, database) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def backed_up(
    house: House,
    act: Callable[[], None] = lambda: None,
    *,
    at: Step = Step.STREAMING,
    limits: Limits | None = None,
    bindir: Path | None = None,
) -> Outcome[Taken]:
    """A backup of NAME; `act` is called at a step, amid the rows if that is STREAMING."""
    seen: list[Step] = []

    def watch(step: Step, _subject: str, /) -> None:
        seen.append(step)
        if step is at and seen.count(step) == (HALF_WAY if step is Step.STREAMING else 1):
            act()

    bak = house.bak(checkpoint=watch, limits=limits, bindir=bindir)
    (outcome,) = back_up(bak, house, NAME, options=UNCOMPRESSED).outcomes
    return outcome


def restored(
    house: House, folder: Path, limits: Limits | None = None, **options: object
) -> Outcome[Restored]:
    bak = house.bak(limits=limits)
    dumps, _ = bak.folder_dumps(folder, Selection())
    how = RestoreOptions(**options)  # type: ignore[arg-type]  # by name
    (outcome,) = bak.restore(house.server, dumps, how).result().outcomes
    return outcome


def error_of(outcome: Outcome[Taken] | Outcome[Restored]) -> BakError:
    assert outcome.error is not None
    assert "Traceback" not in str(outcome.error)
    return outcome.error


# -- stopped, shut down ------------------------------------------------------------------------------------


@pytest.mark.fault("R53")
def test_a_server_that_is_stopped_amid_a_dump_is_given_up_in_the_stall_limit(
    house: House, mortal: EmbeddedPostgres
) -> None:
    fill_bytes(house.server, NAME, 24)
    stopped: list[float] = []
    with to_be_stopped(mortal) as stop:
        outcome = backed_up(house, lambda: stopped.append(stop()), limits=Limits(stall=2))
        assert time.monotonic() - stopped[0] < PATIENCE
    error = error_of(outcome)
    assert (error.kind, error.exit_code) == ("stalled", ExitCode.SERVER), error
    assert_nothing_left(house)


@contextmanager
def to_be_stopped(postgres: EmbeddedPostgres) -> Iterator[Callable[[], float]]:
    """What is given stops the server, and tells when; on leaving it goes on."""
    stopped: list[int] = []

    def stop() -> float:
        assert postgres.pid is not None
        stopped.extend([postgres.pid, *children_of(postgres.pid)])
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        return time.monotonic()

    try:
        yield stop
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.sweep
@pytest.mark.fault("R53", leaves=True)
def test_a_server_that_is_stopped_amid_a_restore_keeps_the_old_database(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path
) -> None:
    """Every question waits for its own time-out: longer than the stall limit, and told."""
    fill_bytes(house.server, NAME, 24)
    dump_of(house, NAME, tmp_path / "dumps")
    mark(house.server, NAME, "today's")
    with to_be_stopped(mortal) as stop:
        stopped: list[float] = []

        def pass_on(step: Step, _subject: str, /) -> None:
            if step is Step.SCRATCH:
                stopped.append(stop())

        house.checkpoint = pass_on
        outcome = restored(
            house, tmp_path / "dumps", Limits(stall=2), into=NAME, over=Mode.SWAP, confirmed={NAME}
        )
        assert time.monotonic() - stopped[0] < 2 * PATIENCE
    error = error_of(outcome)
    assert error.exit_code is ExitCode.SERVER, error
    assert marked(house.server, NAME) == "today's"
    left = scratch_of(house, NAME)
    assert all(any(name in warning for warning in outcome.warnings) for name in left)
    rooms = house.bak().house
    assert {each.name for each in rooms.find(house.profile, lists_objects=True).found} == left


@pytest.mark.fault("R54")
def test_a_fast_shutdown_amid_a_dump_is_told_and_leaves_nothing(
    house: House, mortal: EmbeddedPostgres
) -> None:
    fill_bytes(house.server, NAME, 24)
    outcome = backed_up(house, mortal.stop)
    mortal.resume()
    error = error_of(outcome)
    assert (error.kind, error.exit_code) == ("server_lost", ExitCode.SERVER), error
    assert str(house.server.port) in error.message
    assert_nothing_left(house)


@pytest.mark.fault("R54")
def test_a_fast_shutdown_amid_a_restore_keeps_the_old_database(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path
) -> None:
    fill(house.server, NAME)
    dump_of(house, NAME, tmp_path / "dumps")
    mark(house.server, NAME, "today's")
    house.checkpoint = lambda step, _: mortal.stop() if step is Step.RESTORED else None
    outcome = restored(house, tmp_path / "dumps", into=NAME, over=Mode.SWAP, confirmed={NAME})
    house.checkpoint = lambda *_: None
    mortal.resume()
    assert error_of(outcome).exit_code is ExitCode.SERVER
    assert marked(house.server, NAME) == "today's"
    (left,) = scratch_of(house, NAME)
    assert any(left in warning for warning in outcome.warnings)
    rooms = house.bak().house
    found = rooms.find(house.profile, lists_objects=True)
    assert [each.name for each in found.found] == [left]
    assert [each.error for each in rooms.clean(house.profile, found) if each.error] == []
    assert scratch_of(house, NAME) == set()


@pytest.mark.fault("R07")
def test_a_pg_dump_that_closes_its_output_and_does_not_end_is_given_up(house: House, tmp_path: Path) -> None:
    fill(house.server, NAME)
    hanging = shim(tmp_path / "bin", house.bindir, '"$REAL" "$@"; exec >&-; exec sleep 600')
    error = error_of(backed_up(house, limits=Limits(stall=1), bindir=hanging))
    assert (error.kind, error.exit_code) == ("stalled", ExitCode.SERVER), error
    assert not dumping_children()
    assert_nothing_left(house)


def failure(work: Callable[[], Outcome[Taken] | Outcome[Restored]]) -> BakError | None:
    """Of the job, or of its one database; None when it was well."""
    try:
        return work().error
    except BakError as error:
        return error


# -- no room for one session more --------------------------------------------------------------------------


@pytest.fixture
def limited(house: House, mortal: EmbeddedPostgres) -> Iterator[Callable[[int], None]]:
    """The house's role from now on: an ordinary one that may have so many sessions."""
    direct = house.server
    run(mortal, "CREATE ROLE limited LOGIN CREATEDB PASSWORD 'limited'", "GRANT pg_read_all_data TO limited")
    house.server = replace(direct, user="limited", password=Secret("limited"))
    yield lambda most: run(mortal, f"ALTER ROLE limited CONNECTION LIMIT {most}")
    house.server = direct
    for name in databases_of(direct) - {"postgres", "template0", "template1"}:
        drop(direct, name)
    run(mortal, "DROP OWNED BY limited", "DROP ROLE limited")


@pytest.mark.fault("R56")
def test_a_limit_of_sessions_is_told_wherever_it_is_met(house: House, limited: Callable[[int], None]) -> None:
    """One after another more are allowed, until it is well: each of those before is a sentence."""
    for most in range(10):
        limited(most)
        error = failure(lambda: backed_up(house))
        if error is None:
            break
        assert error.exit_code is ExitCode.SERVER, error
        assert "too many connections" in error.message
        assert house.keys() == set()
        assert house.bucket.open_uploads("") == ()
    assert 1 < most < 6


@pytest.mark.fault("R56")
def test_a_limit_of_sessions_leaves_no_half_restore(
    house: House, limited: Callable[[int], None], tmp_path: Path
) -> None:
    limited(-1)
    dump_of(house, NAME, tmp_path / "dumps")
    for most in range(12):
        limited(most)
        error = failure(lambda: restored(house, tmp_path / "dumps", into="again", jobs=2))
        limited(-1)
        if error is None:
            break
        assert "too many connections" in str(error)
        assert "again" not in databases_of(house.server)
        left = scratch_of(house, "again")
        found = house.bak().house.find(house.profile, lists_objects=True)
        assert {each.name for each in found.found} == left
        house.bak().house.clean(house.profile, found)
        assert scratch_of(house, "again") == set()
    assert 1 < most < 10


# -- time-outs of a role and of a database ------------------------------------------------------------------

HASTY = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
)


@pytest.mark.parametrize("whose", ["ROLE postgres", f"DATABASE {NAME}"])
@pytest.mark.fault("R57")
def test_time_outs_that_a_site_has_set_end_no_backup_and_no_restore(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path, whose: str
) -> None:
    """A second and a half each, and both the dump and the check of one row take longer."""
    fill_bytes(house.server, NAME, 24)
    slow = (
        "CREATE FUNCTION slow(int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN {} RETURN true; END $$"
    )
    run(mortal, slow.format(""), "CREATE TABLE slowly (i int CHECK (public.slow(i)))", database=NAME)
    run(mortal, "INSERT INTO slowly VALUES (1)", database=NAME)
    run(mortal, slow.format("PERFORM pg_sleep(2);").replace("CREATE", "CREATE OR REPLACE"), database=NAME)
    for name in HASTY:
        run(mortal, f"ALTER {whose} SET {name} = '1500ms'")
    try:
        outcome = backed_up(house, lambda: time.sleep(2))
        assert outcome.state is JobState.OK, outcome.error
        bak = house.bak()
        shelf = bak.catalogue(house.target)
        sources = shelf.sources(shelf.inventory().dumps)
        options = RestoreOptions(into=NAME, over=Mode.SWAP, confirmed={NAME})
        (swapped,) = bak.restore(house.server, sources, options).result().outcomes
        assert swapped.state is JobState.OK, swapped.error
    finally:
        for name in HASTY:
            run(mortal, f"ALTER ROLE postgres RESET {name}")


# -- databases that change ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "at", "code"),
    [
        (f"DROP DATABASE {NAME} WITH (FORCE)", Step.STREAMING, ExitCode.SERVER),
        (f"ALTER DATABASE {NAME} RENAME TO other", Step.PREFLIGHT, ExitCode.SERVER),
    ],
    ids=["dropped", "renamed"],
)
@pytest.mark.fault("R58")
def test_a_database_that_goes_while_it_is_dumped_is_told(
    house: House, mortal: EmbeddedPostgres, change: str, at: Step, code: ExitCode
) -> None:
    fill_bytes(house.server, NAME, 24)
    error = error_of(backed_up(house, lambda: run(mortal, change), at=at))
    assert error.exit_code is code, error
    assert NAME in error.message
    assert_nothing_left(house)


# -- read-only, and minding what is created ----------------------------------------------------------------


@pytest.mark.parametrize("whose", ["ROLE postgres", "DATABASE postgres"])
@pytest.mark.fault("R59")
def test_a_target_that_is_read_only_by_its_settings_is_told_and_untouched(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path, whose: str
) -> None:
    fill(house.server, NAME)
    dump_of(house, NAME, tmp_path / "dumps")
    before = databases_of(house.server)
    run(mortal, f"ALTER {whose} SET default_transaction_read_only = on")
    try:
        outcome = restored(house, tmp_path / "dumps", into="again")
    finally:
        with open_connection(house.server, "postgres") as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER {whose} RESET default_transaction_read_only".encode())
    error = error_of(outcome)
    assert "default_transaction_read_only" in error.hint, error
    assert databases_of(house.server) == before


@pytest.mark.fault("R59")
def test_a_database_that_is_read_only_goes_there_and_back(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path
) -> None:
    fill(house.server, NAME)
    run(mortal, f"ALTER DATABASE {NAME} SET default_transaction_read_only = on")
    dump_of(house, NAME, tmp_path / "dumps")
    for _ in range(2):
        outcome = restored(house, tmp_path / "dumps", into=NAME, over=Mode.SWAP, confirmed={NAME})
        assert outcome.state is JobState.OK, (outcome.error, outcome.warnings)
        assert rows_of(house.server, NAME) == SAMPLE_ROWS
        with open_connection(house.server, NAME) as connection:
            assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("on",)


@pytest.mark.fault("R59")
def test_an_event_trigger_of_the_template_does_not_mind_a_restore(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path
) -> None:
    fill(house.server, NAME)
    dump_of(house, NAME, tmp_path / "dumps")
    body = "BEGIN RAISE EXCEPTION 'nothing is created here'; END"
    run(
        mortal,
        f"CREATE FUNCTION mind() RETURNS event_trigger LANGUAGE plpgsql AS $$ {body} $$",
        "CREATE EVENT TRIGGER minding ON ddl_command_start EXECUTE FUNCTION mind()",
        database="template1",
    )
    try:
        outcome = restored(house, tmp_path / "dumps", into="again")
    finally:
        run(mortal, "DROP EVENT TRIGGER minding", "DROP FUNCTION mind()", database="template1")
    assert outcome.state is JobState.OK, outcome.error
    assert rows_of(house.server, "again") == SAMPLE_ROWS
