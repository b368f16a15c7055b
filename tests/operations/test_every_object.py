"""A database with one of every kind of object comes back as it was, on each PostgreSQL there is."""

from __future__ import annotations

import secrets
from io import BytesIO

import pytest

from bak_tui.core.jobs import JobState
from bak_tui.core.levels import Level
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.archive import read_contents
from tests.every_object import KINDS, dump_of, fill_with_every_object, properties_of
from tests.operations.conftest import House
from tests.samples import drop, rows_of
from tests.servers.fixtures import MakeDatabase


def test_every_kind_of_object_comes_back_as_it_was(each_house: House, make_database: MakeDatabase) -> None:
    house = each_house
    name = make_database(server=house.server)
    fill_with_every_object(house.server, name)
    bak = house.bak()
    taken = bak.backup(house.profile, Selection((name,)), BackupOptions(hashes_contents=True)).result()
    assert [str(each.error or "") for each in taken.outcomes] == [""]
    assert kinds_in(house) >= KINDS
    copy = f"copy_{secrets.token_hex(4)}"
    sources = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    report = bak.restore(house.server, sources, RestoreOptions(into=copy)).result()
    try:
        (outcome,) = report.outcomes
        assert (str(outcome.error or ""), outcome.warnings) == ("", ())
        assert "all counts and contents match" in outcome.sentence
        assert dump_of(house.bindir, house.server, copy) == dump_of(house.bindir, house.server, name)
        assert rows_of(house.server, copy) == rows_of(house.server, name)
        assert properties_of(house.server, copy) == properties_of(house.server, name)
    finally:
        drop(house.server, copy)


def kinds_in(house: House) -> set[str]:
    """The kinds of entries in the bucket's one backup."""
    (key,) = (key for key in house.objects() if key.endswith(".sql"))
    contents = read_contents(BytesIO(house.bucket.read(key, limit=1 << 24)), key)
    return {entry.desc for entry in contents.entries}


@pytest.mark.parametrize("is_local", [False, True], ids=["own server", "throw-away server"])
def test_every_kind_of_object_is_proven(
    each_house: House, make_database: MakeDatabase, is_local: bool
) -> None:
    house = each_house
    name = make_database(server=house.server)
    fill_with_every_object(house.server, name)
    bak = house.bak()
    bak.backup(house.profile, Selection((name,)), BackupOptions(hashes_contents=True)).result()
    dumps = bak.catalogue(house.target).inventory().dumps
    (verified,) = bak.verify(house.profile, dumps, VerifyOptions(Level.DECODE)).result().outcomes
    assert (verified.state, verified.warnings) == (JobState.OK, ()), verified.sentence
    (proven,) = bak.prove(house.profile, dumps, ProveOptions(is_local=is_local)).result().outcomes
    assert (proven.state, proven.warnings) == (JobState.OK, ()), proven.sentence
    assert proven.result
    assert {"rows", "contents"} <= set(proven.result.compared)
