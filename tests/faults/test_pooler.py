"""A pooler between us and the server: all is as without it, or what to do is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode, ServerError
from bak_tui.core.profile import Server
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.postgres import Instance
from tests.operations.conftest import House, house
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.servers.pooler import pgbouncer, pooled

__all__ = ["house"]

pytestmark = pytest.mark.skipif(pgbouncer() is None, reason="pgbouncer is not installed")


@pytest.fixture
def by_session(embedded_postgres: EmbeddedPostgres) -> Iterator[Server]:
    with pooled(embedded_postgres.server, "session") as server:
        yield server


@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
def test_through_a_pool_of_sessions_everything_is_as_without(
    house: House, by_session: Server, make_database: MakeDatabase, form: FormatWish
) -> None:
    name = make_database()
    fill(house.server, name)
    straight, house.server = house.server, by_session
    bak = house.bak()
    options = BackupOptions(format=form, jobs=2)
    report = bak.backup(house.profile, Selection((name,)), options).result()
    assert report.exit_code is ExitCode.DONE, report
    catalogue = bak.catalogue(house.target)
    dumps = catalogue.inventory().dumps
    assert dumps[0].manifest is not None
    assert {f"{t.schema_name}.{t.name}": t.rows for t in dumps[0].manifest.tables or []} == SAMPLE_ROWS
    into = f"{name}_pooled"
    try:
        how = RestoreOptions(into=into, jobs=2)
        restored = bak.restore(house.server, catalogue.sources(dumps), how).result()
        assert restored.exit_code is ExitCode.DONE, restored
        assert rows_of(straight, into) == SAMPLE_ROWS
        proven = bak.prove(house.profile, dumps, ProveOptions()).result()
        assert proven.exit_code is ExitCode.DONE, proven
    finally:
        drop(straight, into)
    assert not [each for each in databases_of(straight) if "__new_" in each]


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pool_that_shares_its_sessions_is_refused_and_nothing_is_set_in_them(
    house: House, make_database: MakeDatabase, mode: str
) -> None:
    name = make_database()
    fill(house.server, name)
    with pooled(house.server, mode) as server:
        pooled_house = replace(house, server=server, opened=[])
        bak = pooled_house.bak()
        with pytest.raises(ServerError) as refused:
            Instance(server).databases()
        assert refused.value.kind == "pooled"
        assert "pool_mode = session" in refused.value.hint
        with pytest.raises(ServerError, match="connection pooler"):
            bak.backup(pooled_house.profile, Selection((name,)), BackupOptions()).result()
        with open_connection(server, "postgres") as connection:  # a stranger's, of the same pool
            row = connection.execute("SHOW search_path").fetchone()
            assert row == ('"$user", public',)
            assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)
        bak.engine.close()


def test_a_server_of_its_own_is_none(embedded_postgres: EmbeddedPostgres) -> None:
    assert Instance(embedded_postgres.server).databases()
