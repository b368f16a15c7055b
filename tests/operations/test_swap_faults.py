"""The server dies in the middle of a restore and at the swap: the name keeps a whole database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.plan import Mode
from bak_tui.core.profile import Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.undo import kept_databases
from bak_tui.services.postgres import Instance
from tests.faults.pg_proxy import CommitProxy
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of, scratch_of
from tests.operations.test_swap import swap
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, mark, marked, rows_of
from tests.servers.fixtures import open_connection
from tests.waiting import until

NAME = "live"


@pytest.fixture(scope="module")
def mortal() -> Iterator[EmbeddedPostgres]:
    """A server of these tests' own, that may be killed; it takes prepared transactions."""
    with EmbeddedPostgres.start() as postgres:
        with open_connection(postgres.server, "postgres") as connection:
            connection.execute("ALTER SYSTEM SET max_prepared_transactions = 2")
        postgres.stop()
        postgres.resume()
        yield postgres


@pytest.fixture
def house(mortal: EmbeddedPostgres) -> Iterator[House]:
    """A database `live` with something in it that no dump has."""
    with open_connection(mortal.server, "postgres") as connection:
        connection.execute(f"CREATE DATABASE {NAME}".encode())
    house = House(mortal.server, Target("none"), mortal.bindir)
    yield house
    for bak in house.opened:
        bak.engine.close()
    for name in databases_of(mortal.server) - {"postgres", "template0", "template1"}:
        drop(mortal.server, name)


@pytest.mark.parametrize("step", [Step.SCRATCH, Step.RESTORED, Step.COMPARED, Step.FINISHED])
@pytest.mark.fault("R29", leaves=True)
def test_a_server_that_crashes_before_the_swap_has_the_old_database_when_it_is_back(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path, step: Step
) -> None:
    fill(house.server, NAME)
    dump_of(house, NAME, tmp_path)
    mark(house.server, NAME, "untouched")

    def crash(passed: Step, _subject: str, /) -> None:
        if passed is step:
            mortal.crash()

    house.checkpoint = crash
    outcome = swap(house, tmp_path, NAME)
    mortal.resume()
    assert outcome.exit_code is ExitCode.SERVER, outcome.error
    assert marked(house.server, NAME) == "untouched"
    (left,) = scratch_of(house, NAME)
    assert any(left in warning for warning in outcome.warnings)


def fill_slowly(house: House) -> None:
    """A table whose rows take a while to load: it is in the middle of them that the server goes down."""
    quick = "CREATE OR REPLACE FUNCTION fine(int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN {} $$"
    with open_connection(house.server, NAME) as connection:
        connection.execute(quick.format("RETURN true; END").encode())
        connection.execute("CREATE TABLE slowly (id int CHECK (public.fine(id)))")
        connection.execute("INSERT INTO slowly SELECT i FROM generate_series(1, 1000) i")
        connection.execute(quick.format("PERFORM pg_sleep(0.02); RETURN true; END").encode())


def crash_in_the_middle(mortal: EmbeddedPostgres) -> None:
    """Wait for the rows of `slowly` to be under way, then crash."""

    def is_loading() -> bool:
        with open_connection(mortal.server, "postgres") as connection:
            row = connection.execute("SELECT tuples_processed FROM pg_stat_progress_copy").fetchone()
        return row is not None

    until(is_loading)
    mortal.crash()


@pytest.mark.parametrize("over", [Mode.SWAP, Mode.CLEAN])
@pytest.mark.fault("R29", leaves=True)
def test_a_server_that_crashes_while_rows_are_loaded_has_the_old_database_when_it_is_back(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path, over: Mode
) -> None:
    fill_slowly(house)
    dump_of(house, NAME, tmp_path)
    with open_connection(house.server, NAME) as connection:
        connection.execute("DELETE FROM slowly WHERE id > 5")
        connection.execute("CHECKPOINT")
    before = rows_of(house.server, NAME)
    crasher = threading.Thread(target=crash_in_the_middle, args=(mortal,))
    crasher.start()
    outcome = swap(house, tmp_path, NAME, over=over)
    crasher.join()
    mortal.resume()
    assert outcome.state is JobState.FAILED
    assert outcome.exit_code is ExitCode.SERVER, outcome.error
    assert rows_of(house.server, NAME) == before
    if over is Mode.CLEAN:
        assert "not known" in outcome.error.left  # type: ignore[union-attr]  # it failed


@pytest.mark.parametrize("stays_down", [False, True])
def test_a_commit_whose_answer_is_lost_is_asked_after(
    house: House, mortal: EmbeddedPostgres, tmp_path: Path, stays_down: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bak_tui.services.postgres.renaming._SETTLES", 0.5)
    fill(house.server, NAME)
    dump_of(house, NAME, tmp_path)
    mark(house.server, NAME, "before")
    direct = house.server
    with CommitProxy(int(str(direct.port)), stays_down=stays_down) as proxy:
        house.checkpoint = lambda step, _: proxy.is_armed.set() if step is Step.FINISHED else None
        house.server = replace(direct, port=str(proxy.port))
        outcome = swap(house, tmp_path, NAME)
        assert proxy.has_cut.is_set()
    house.server = direct
    (kept,) = kept_databases(Instance(direct), NAME)
    assert rows_of(direct, NAME) == SAMPLE_ROWS
    assert marked(direct, kept.name) == "before"
    if stays_down:
        assert outcome.error is not None
        assert outcome.error.kind == "rename_unknown"
    else:
        assert outcome.exit_code is ExitCode.DONE
        assert outcome.result is not None
        assert outcome.result.kept == kept.name


def test_a_prepared_transaction_is_named(house: House, tmp_path: Path) -> None:
    fill(house.server, NAME)
    dump_of(house, NAME, tmp_path)
    with open_connection(house.server, NAME) as connection:
        connection.execute("BEGIN; INSERT INTO users (name) VALUES ('x'); PREPARE TRANSACTION 'gid 1'")
        connection.close()
    outcome = swap(house, tmp_path, NAME, terminates=True)
    with open_connection(house.server, NAME) as connection:
        connection.execute("ROLLBACK PREPARED 'gid 1'")
    assert "prepared transaction gid 1" in str(outcome.error)
    assert not scratch_of(house, NAME)
    assert kept_databases(Instance(house.server), NAME) == []
