"""A hot standby is backed up as what it is, and told when its primary ends that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.profile import Target
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.targets import RestoreOptions
from tests.operations.conftest import House
from tests.operations.test_backup import UNCOMPRESSED, assert_nothing_left, back_up
from tests.samples import SAMPLE_ROWS, drop, fill, fill_bytes, rows_of
from tests.servers.fixtures import open_connection
from tests.servers.standby import caught_up, following

NAME = "followed"


@pytest.fixture(scope="module")
def primary() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start() as postgres:
        with open_connection(postgres.server, "postgres") as connection:
            connection.execute(f"CREATE DATABASE {NAME}".encode())
            # For its standby: what is replayed waits for nobody who reads.
            connection.execute("ALTER SYSTEM SET max_standby_streaming_delay = 0")
        fill(postgres.server, NAME)
        with open_connection(postgres.server, NAME) as connection:
            connection.execute("CREATE UNLOGGED TABLE fleeting AS SELECT generate_series(1, 9) AS i")
        yield postgres


@pytest.fixture(scope="module")
def standby(primary: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    with following(primary) as standby:
        yield standby


@pytest.fixture
def house(standby: EmbeddedPostgres, bucket_target: Target) -> Iterator[House]:
    house = House(standby.server, bucket_target, standby.bindir)
    yield house
    for bak in house.opened:
        bak.engine.close()


@pytest.mark.fault("R55")
def test_a_standby_is_backed_up_with_all_that_it_has(
    house: House, primary: EmbeddedPostgres, standby: EmbeddedPostgres
) -> None:
    """Its unlogged tables have no rows there, and may not even be asked for them."""
    caught_up(primary, standby)
    (outcome,) = back_up(house.bak(), house, NAME).outcomes
    assert outcome.state is JobState.OK, outcome.error
    assert outcome.result is not None
    assert outcome.result.manifest.rows == sum(SAMPLE_ROWS.values())
    bak = house.bak()
    shelf = bak.catalogue(house.target)
    sources = shelf.sources(shelf.inventory().dumps)
    (restored,) = bak.restore(primary.server, sources, RestoreOptions(into="back")).result().outcomes
    try:
        assert restored.state is JobState.OK, restored.error
        assert rows_of(primary.server, "back") == {**SAMPLE_ROWS, "public.fleeting": 0}
    finally:
        drop(primary.server, "back")


@pytest.mark.fault("R55")
def test_a_restore_into_a_standby_is_refused_with_the_reason(house: House) -> None:
    (outcome,) = back_up(house.bak(), house, NAME).outcomes
    assert outcome.state is JobState.OK, outcome.error
    bak = house.bak()
    shelf = bak.catalogue(house.target)
    sources = shelf.sources(shelf.inventory().dumps)
    (restored,) = bak.restore(house.server, sources, RestoreOptions(into="back")).result().outcomes
    assert restored.state is JobState.FAILED
    assert restored.error is not None
    assert "standby" in f"{restored.error.message} {restored.error.hint}"


@pytest.mark.fault("R55")
def test_a_dump_that_the_primarys_changes_end_is_told_as_that(
    house: House, primary: EmbeddedPostgres, standby: EmbeddedPostgres
) -> None:
    fill_bytes(primary.server, NAME, 24)
    caught_up(primary, standby)

    def change(step: Step, _subject: str, /) -> None:
        if step is Step.STREAMING:
            with open_connection(primary.server, NAME) as connection:
                connection.execute("DROP TABLE IF EXISTS bulk")
            caught_up(primary, standby)

    bak = house.bak(checkpoint=change)
    (outcome,) = bak.backup(house.profile, Selection((NAME,)), UNCOMPRESSED).result().outcomes
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.exit_code) == ("recovery_conflict", ExitCode.SERVER), outcome.error
    assert "max_standby_streaming_delay" in outcome.error.hint
    assert_nothing_left(house)
