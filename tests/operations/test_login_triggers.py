"""A login trigger that writes down who came: what restores and counts is not among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bak_tui.core.consent import GENERAL_CONSENT
from bak_tui.core.jobs import JobState
from bak_tui.core.names import manifest_path
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.restore.targets import RestoreOptions
from tests.operations.conftest import House
from tests.samples import drop, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection


@pytest.fixture
def watched(house: House, make_database: MakeDatabase) -> str:
    """A database that writes down who came."""
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE TABLE visits (who text)")
        connection.execute(
            "CREATE FUNCTION visit() RETURNS event_trigger LANGUAGE plpgsql"
            " AS 'BEGIN INSERT INTO public.visits VALUES (session_user); END'"
        )
        connection.execute("CREATE EVENT TRIGGER visited ON login EXECUTE FUNCTION visit()")
    return name


def test_its_backup_is_proven(house: House, watched: str) -> None:
    bak = house.bak()
    bak.backup(house.profile, Selection((watched,)), BackupOptions()).result()
    dumps = bak.catalogue(house.target).inventory().dumps
    (outcome,) = bak.prove(house.profile, dumps, ProveOptions(jobs=2)).result().outcomes
    assert outcome.state is JobState.OK, outcome.sentence


@pytest.mark.parametrize("has_manifest", [True, False])
def test_it_fires_again_in_what_was_restored(
    house: House, watched: str, tmp_path: Path, has_manifest: bool
) -> None:
    bak = house.bak()
    options = BackupOptions(folder=tmp_path)
    (taken,) = bak.dump(house.server, Selection((watched,)), options).result().results
    if not has_manifest:
        (tmp_path / manifest_path(taken.path)).unlink()
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    restoring = RestoreOptions(into="visited", jobs=2, consent=GENERAL_CONSENT)
    (outcome,) = bak.restore(house.server, dumps, restoring).result().outcomes
    try:
        assert outcome.state is (JobState.OK if has_manifest else JobState.WARN), outcome.sentence
        for visit in (1, 2):
            assert rows_of(house.server, "visited") == {"public.visits": (taken.rows or 0) + visit}
    finally:
        drop(house.server, "visited")


def test_an_empty_database_is_filled_with_no_visit_of_ours(
    house: House, watched: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    bak = house.bak()
    bak.dump(house.server, Selection((watched,)), BackupOptions(folder=tmp_path)).result()
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    (outcome,) = bak.restore(house.server, dumps, RestoreOptions(into=make_database())).result().outcomes
    assert outcome.state is JobState.OK, outcome.sentence
