"""What hangs on something outside its database, a publisher or a loaded library, comes back or is told."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bak_tui.core.errors import ServerError
from bak_tui.core.jobs import JobState
from bak_tui.core.marks import Mark, MarkKind
from bak_tui.core.outcomes import Outcome
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.proving import Proven
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.postgres import Instance
from tests.every_object import dump_of
from tests.operations.conftest import House
from tests.samples import databases_of, drop
from tests.servers.fixtures import MakeDatabase, open_connection

_SUBSCRIBED = """
CREATE TABLE told (a int);
CREATE SUBSCRIPTION "the ""far"" one" CONNECTION 'host=192.0.2.1 connect_timeout=1' PUBLICATION p
  WITH (connect = false, slot_name = 'of_the_original');
CREATE SUBSCRIPTION slotless CONNECTION 'host=192.0.2.1' PUBLICATION p
  WITH (connect = false, slot_name = NONE);
"""
_UNSUBSCRIBED = (
    'ALTER SUBSCRIPTION "the ""far"" one" SET (slot_name = NONE)',
    'DROP SUBSCRIPTION "the ""far"" one"',
    "DROP SUBSCRIPTION slotless",
)


def back_up(house: House, name: str) -> None:
    (taken,) = house.bak().backup(house.profile, Selection((name,)), BackupOptions()).result().outcomes
    assert taken.state is JobState.OK, taken.sentence


def prove(house: House) -> Outcome[Proven]:
    bak = house.bak()
    dumps = bak.catalogue(house.target).inventory().dumps
    (outcome,) = bak.prove(house.profile, dumps, ProveOptions()).result().outcomes
    return outcome


def restore(house: House, into: str) -> Outcome[Restored]:
    bak = house.bak()
    sources = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    (outcome,) = bak.restore(house.server, sources, RestoreOptions(into=into)).result().outcomes
    return outcome


def run(house: House, database: str, *statements: str) -> None:
    with open_connection(house.server, database) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def unsubscribe(house: House, database: str) -> None:
    for statement in _UNSUBSCRIBED:
        with suppress(psycopg.Error):
            run(house, database, statement)


@pytest.fixture
def subscribed(house: House, make_database: MakeDatabase) -> Iterator[str]:
    """A database with two subscriptions, neither of which anybody may try to reach."""
    name = make_database()
    run(house, name, _SUBSCRIBED)
    yield name
    unsubscribe(house, name)


def test_a_database_with_subscriptions_is_proven_and_its_copy_dropped(house: House, subscribed: str) -> None:
    back_up(house, subscribed)
    before = databases_of(house.server)
    outcome = prove(house)
    assert (outcome.state, outcome.warnings) == (JobState.OK, ()), outcome.sentence
    assert databases_of(house.server) == before


def test_subscriptions_come_back_switched_off_with_the_originals_slot(house: House, subscribed: str) -> None:
    back_up(house, subscribed)
    copy = "subscribed_copy"
    try:
        outcome = restore(house, copy)
        assert (outcome.state, outcome.warnings) == (JobState.OK, ()), outcome.sentence
        dumped = dump_of(house.bindir, house.server, copy)
        assert dumped == dump_of(house.bindir, house.server, subscribed)
        assert "of_the_original" in "".join(dumped)
    finally:
        unsubscribe(house, copy)
        drop(house.server, copy)


def test_a_kept_database_that_is_subscribed_is_not_dropped_behind_its_publishers_back(house: House) -> None:
    mark = Mark(kind=MarkKind.KEPT, database="x", job="bak-00000000", at=datetime.now(UTC))
    Instance(house.server).create_database("x__old_1", None, str(mark))
    run(house, "x__old_1", _SUBSCRIBED)
    try:
        with pytest.raises(ServerError, match="subscription"):
            house.bak().house.drop(house.profile, ["x__old_1"], {"x__old_1"})
        assert "x__old_1" in databases_of(house.server)
    finally:
        unsubscribe(house, "x__old_1")
        drop(house.server, "x__old_1")


@pytest.fixture
def provider(each_house: House) -> Iterator[Path]:
    """The library of a security label provider, compiled for the server, where the server may read it."""
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler: no security label provider can be made")
    major = Instance(each_house.server).identity().major
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        source, library = Path(__file__).parents[1] / "label_provider.c", Path(folder) / "label_provider.so"
        subprocess.run(
            ["cc", "-shared", "-fPIC", f"-DVERSION={major}", "-o", str(library), str(source)], check=True
        )
        yield library


def test_security_labels_come_back_where_their_provider_is_loaded_and_fail_where_it_is_not(
    each_house: House, provider: Path, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = each_house
    name = make_database(server=house.server)
    run(
        house,
        name,
        f"LOAD '{provider}'",
        """
        CREATE TABLE labelled (a int, "b c" text);
        CREATE VIEW seen AS SELECT 1 AS a;
        SELECT lo_create(42);
        SECURITY LABEL FOR tests ON TABLE labelled IS 'it''s "secret"';
        SECURITY LABEL FOR tests ON COLUMN labelled."b c" IS 'more so';
        SECURITY LABEL FOR tests ON VIEW seen IS 'less so';
        SECURITY LABEL FOR tests ON SCHEMA public IS 'a schema''s';
        SECURITY LABEL FOR tests ON LARGE OBJECT 42 IS 'a large object''s';
        """,
    )
    back_up(house, name)
    before = databases_of(house.server)
    untold = prove(house)
    assert untold.state is JobState.FAILED
    assert 'security label provider "tests" is not loaded' in untold.sentence
    (dump,) = house.bak().catalogue(house.target).inventory().dumps
    assert dump.checks == ()  # the server lacks something, the backup is as good as it was
    assert databases_of(house.server) == before
    monkeypatch.setenv("PGOPTIONS", f"-c session_preload_libraries={provider}")
    try:
        outcome = restore(house, "labelled_copy")
        assert (outcome.state, outcome.warnings) == (JobState.OK, ()), outcome.sentence
        dumped = dump_of(house.bindir, house.server, "labelled_copy")
        assert dumped == dump_of(house.bindir, house.server, name)
        assert sum(line.startswith("SECURITY LABEL FOR tests") for line in dumped) == 5
    finally:
        drop(house.server, "labelled_copy")
