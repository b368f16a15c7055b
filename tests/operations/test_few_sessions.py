"""A role that may have few sessions is told so, and what to do; fewer workers are enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.restore.targets import RestoreOptions
from tests.operations.conftest import House
from tests.samples import databases_of, drop
from tests.servers.fixtures import MakeDatabase, open_connection


@pytest.fixture
def restricted(house: House, make_database: MakeDatabase) -> Iterator[str]:
    """A database, and the house in the name of a role that may have two sessions."""
    name, everybody = make_database(), house.server
    with open_connection(everybody, name) as connection:
        connection.execute("CREATE ROLE few LOGIN CREATEDB CONNECTION LIMIT 2 PASSWORD 'few'")
        connection.execute("GRANT pg_read_all_data TO few")
        for table in ("one", "two", "three"):
            connection.execute(f"CREATE TABLE {table} AS SELECT generate_series(1, 100) n".encode())
    house.server = replace(everybody, user="few", password=Secret("few"))
    yield name
    house.server = everybody
    drop(everybody, "restored_by_few")
    with open_connection(everybody, name) as connection:
        connection.execute("DROP OWNED BY few")
        connection.execute("DROP ROLE few")


def test_a_backup_by_more_workers_than_it_may_have_sessions_is_told_what_to_do(
    house: House, restricted: str
) -> None:
    bak = house.bak()
    options = BackupOptions(format=FormatWish.DIRECTORY, jobs=3)
    (outcome,) = bak.backup(house.profile, Selection((restricted,)), options).result().outcomes
    assert (outcome.exit_code, outcome.error and outcome.error.kind) == (ExitCode.SERVER, "crowded")
    assert outcome.error
    assert "--jobs 1" in outcome.error.hint
    assert house.keys() == set()
    (streamed,) = bak.backup(house.profile, Selection((restricted,)), BackupOptions()).result().outcomes
    assert streamed.state is JobState.OK, streamed.sentence


def test_a_restore_by_more_workers_than_it_may_have_sessions_is_told_what_to_do(
    house: House, restricted: str
) -> None:
    bak = house.bak()
    bak.backup(house.profile, Selection((restricted,)), BackupOptions()).result()
    catalogue = bak.catalogue(house.target)
    dumps = catalogue.sources(catalogue.inventory().dumps)
    into = RestoreOptions(into="restored_by_few", jobs=3)
    (outcome,) = bak.restore(house.server, dumps, into).result().outcomes
    assert (outcome.exit_code, outcome.error and outcome.error.kind) == (ExitCode.SERVER, "crowded")
    assert outcome.error
    assert "--jobs 1" in outcome.error.hint
    assert "restored_by_few" not in databases_of(house.server)
    (again,) = bak.restore(house.server, dumps, replace(into, jobs=1)).result().outcomes
    assert again.state is JobState.WARN, again.sentence
