"""Damaged archives all the way: through the real pg_restore into a real server, where nothing may be left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bak_tui.core.outcomes import Outcome
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.results import Restored
from tests.hostile.holding import refusals, shown
from tests.hostile.strategies import damaged
from tests.operations.conftest import House, house
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, rows_of, sessions_of
from tests.servers.fixtures import MakeDatabase
from tests.waiting import until

__all__ = ["house"]


_KEPT = 64
"""Bytes at the beginning: most that is wrong there ends in the same refusal."""


@pytest.fixture
def dump(house: House, make_database: MakeDatabase, tmp_path: Path) -> Path:
    """A real dump, without a manifest: nothing but its own bytes vouches for it."""
    name = make_database()
    fill(house.server, name)
    bak = house.bak()
    bak.dump(house.server, Selection((name,)), BackupOptions(folder=tmp_path / "dumped")).result()
    (path,) = (tmp_path / "dumped").rglob("*.sql")
    return path


@pytest.mark.sweep
@given(data=st.data(), is_noise=st.sampled_from([False, False, False, True]))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_a_damaged_archive_is_refused_or_restored_and_nothing_else_is_left(
    house: House, dump: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, is_noise: bool
) -> None:
    whole = dump.read_bytes()
    raw = (
        data.draw(st.binary(max_size=3000)) if is_noise else whole[:_KEPT] + data.draw(damaged(whole[_KEPT:]))
    )
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "restored_here.sql").write_bytes(raw)
    before = databases_of(house.server)
    bak = house.bak()
    outcomes: Sequence[Outcome[Restored]] = ()
    with refusals():  # what is no dump at all
        sources, _ = bak.folder_dumps(folder, Selection())
        job = bak.restore(house.server, sources, RestoreOptions(into="restored_here"))
        outcomes = job.result().outcomes
    made = databases_of(house.server) - before
    event(" ".join([outcome.state for outcome in outcomes]) or "no dump")
    for outcome in outcomes:
        if outcome.error is not None:
            shown(outcome.error.message, outcome.error.hint)
            assert outcome.error.kind != "defect"
            assert made == set()
        else:
            assert made == {"restored_here"}
            if not outcome.warnings:
                assert rows_of(house.server, "restored_here") == SAMPLE_ROWS
    drop(house.server, "restored_here")
    until(lambda: not sessions_of(house.server))
    bak.engine.close()
