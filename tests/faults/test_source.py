"""The server goes away while it is dumped, or restored into. Faults R02, R03, R04, R29."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import BakError, ExitCode
from bak_tui.core.plan import Mode
from bak_tui.core.profile import Target
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.ports import Limits
from bak_tui.operations.restore.targets import RestoreOptions
from tests.faults.pg_proxy import RowsProxy
from tests.operations.conftest import House, house
from tests.operations.test_backup import UNCOMPRESSED, assert_nothing_left, back_up
from tests.operations.test_restore import dump_of
from tests.samples import databases_of, fill_bytes, mark, marked
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE

__all__ = ["house"]

MB = 1_000_000


@pytest.fixture
def name(house: House, make_database: MakeDatabase) -> str:
    name = make_database()
    fill_bytes(house.server, name, 24)
    return name


def failure_of(house: House, name: str, limits: Limits | None = None) -> BakError:
    (outcome,) = back_up(house.bak(limits=limits), house, name, options=UNCOMPRESSED).outcomes
    assert outcome.error is not None
    return outcome.error


@pytest.fixture
def doomed(bucket_target: Target) -> Iterator[House]:
    """A server of its own, for it is going to crash."""
    with EmbeddedPostgres.start() as postgres:
        fill_bytes(postgres.server, "postgres", 24)
        house = House(postgres.server, bucket_target, postgres.bindir)

        reads = itertools.count(1)

        def crash(step: Step, _subject: str, /) -> None:
            # Of 256 KiB at most: the first part is whole, the second is not.
            if step is Step.STREAMING and next(reads) == 30:
                postgres.crash()

        house.checkpoint = crash
        yield house
        for bak in house.opened:
            bak.engine.close()
        postgres.resume()
        assert_nothing_left(house)


@pytest.mark.fault("R02")
def test_a_server_that_crashes_while_it_is_dumped_is_named(doomed: House) -> None:
    error = failure_of(doomed, "postgres")
    assert error.exit_code is ExitCode.SERVER, error
    assert str(doomed.server.port) in error.message


@pytest.mark.fault("R03")
def test_a_connection_that_is_reset_amid_a_tables_rows_is_told_and_leaves_nothing(
    house: House, name: str
) -> None:
    direct = house.server
    with RowsProxy(int(str(direct.port)), 12 * MB) as proxy:
        house.server = replace(direct, port=str(proxy.port))
        error = failure_of(house, name)
        assert proxy.has_cut.is_set()
    house.server = direct
    assert (error.kind, error.exit_code) == ("server_lost", ExitCode.SERVER), error
    assert str(proxy.port) in error.message
    assert_nothing_left(house)


@pytest.mark.fault("R04")
@pytest.mark.parametrize("takes_all", [False, True], ids=["the dump's", "every connection"])
def test_a_connection_that_falls_silent_is_given_up_in_time(house: House, name: str, takes_all: bool) -> None:
    direct = house.server
    with RowsProxy(int(str(direct.port)), 12 * MB, is_silent=True, takes_all=takes_all) as proxy:
        house.server = replace(direct, port=str(proxy.port))
        error = failure_of(house, name, Limits(stall=2))
        assert proxy.has_cut.is_set()
        assert time.monotonic() - proxy.cut_at < PATIENCE
    house.server = direct
    assert (error.kind, error.exit_code) == ("stalled", ExitCode.SERVER), error
    assert_nothing_left(house)


@pytest.mark.fault("R29")
def test_a_connection_that_falls_silent_amid_a_restore_leaves_the_old_database_and_no_other(
    house: House, name: str, tmp_path: Path
) -> None:
    dump_of(house, name, tmp_path)
    mark(house.server, name, "today's")
    direct = house.server
    with RowsProxy(int(str(direct.port)), 12 * MB, is_silent=True) as proxy:
        house.server = replace(direct, port=str(proxy.port))
        bak = house.bak(limits=Limits(stall=2))
        dumps, _ = bak.folder_dumps(tmp_path, Selection())
        options = RestoreOptions(into=name, over=Mode.SWAP, confirmed={name})
        (outcome,) = bak.restore(house.server, dumps, options).result().outcomes
        assert proxy.has_cut.is_set()
        assert time.monotonic() - proxy.cut_at < PATIENCE
    house.server = direct
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.exit_code) == ("stalled", ExitCode.SERVER)
    assert marked(direct, name) == "today's"
    assert [each for each in databases_of(direct) if each.startswith(f"{name}_")] == []


@pytest.mark.sweep
@pytest.mark.fault("R29", leaves=True)
def test_a_network_that_is_gone_amid_a_restore_leaves_what_doctor_tells(
    house: House, name: str, tmp_path: Path
) -> None:
    """Every question waits for its own time-out: half a minute in all."""
    dump_of(house, name, tmp_path)
    mark(house.server, name, "today's")
    direct = house.server
    with RowsProxy(int(str(direct.port)), 12 * MB, is_silent=True, takes_all=True) as proxy:
        house.server = replace(direct, port=str(proxy.port))
        bak = house.bak(limits=Limits(stall=2))
        dumps, _ = bak.folder_dumps(tmp_path, Selection())
        options = RestoreOptions(into=name, over=Mode.SWAP, confirmed={name})
        (outcome,) = bak.restore(house.server, dumps, options).result().outcomes
        assert proxy.has_cut.is_set()
        assert time.monotonic() - proxy.cut_at < PATIENCE
    house.server = direct
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.exit_code) == ("stalled", ExitCode.SERVER)
    assert marked(direct, name) == "today's"
    (left,) = [each for each in databases_of(direct) if each.startswith(f"{name}_")]
    assert any(left in warning for warning in outcome.warnings)
    rooms = house.bak().house
    found = rooms.find(house.profile, lists_objects=True)
    assert [each.name for each in found.found] == [left]
    assert [each.error for each in rooms.clean(house.profile, found) if each.error] == []
    assert left not in databases_of(direct)
