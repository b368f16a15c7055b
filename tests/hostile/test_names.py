"""Databases of whatever names CREATE DATABASE takes: each is itself wherever its name goes, and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bak_tui.core.command_line import bak_line
from bak_tui.core.dump_format import DumpFormat
from bak_tui.core.jobs import JobState
from bak_tui.core.marks import Mark, MarkKind, parse_mark
from bak_tui.core.names import (
    IDENTIFIER_BYTES,
    DumpName,
    derived_name,
    dump_path,
    is_template_named,
    local_path,
    parse_dump_name,
)
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.pgtools.child import connection_string
from tests.hostile.holding import shown
from tests.hostile.strategies import HOSTILE, database_names
from tests.operations.conftest import House, house
from tests.samples import databases_of, drop, mark, marked
from tests.servers.fixtures import open_connection

__all__ = ["house"]

TAKEN = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = Profile("p", Server(), Target("b"))


@given(database_names)
@HOSTILE
def test_a_name_of_any_kind_is_itself_wherever_it_goes(name: str) -> None:
    for form in DumpFormat:
        path = dump_path(name, TAKEN, form)
        shown(path)
        assert parse_dump_name(path) == DumpName(name, TAKEN)
        assert is_template_named(path)
        assert local_path(path) == path
    for label in ("new", "old"):
        derived = derived_name(name, label, TAKEN)
        assert derived != name
        assert len(derived.encode()) <= IDENTIFIER_BYTES
    reach = conninfo_to_dict(connection_string(Server(host="h", user="u"), name, "bak-1"))
    assert (reach["dbname"], reach["host"], reach["user"]) == (name, "h", "u")
    assert Selection((name,)).among(["another", name, "postgres"]) == [name]
    made = Mark(kind=MarkKind.KEPT, database=name, job="bak-1f00c2aa", at=TAKEN, comment=name)
    assert parse_mark(str(made)) == made
    shown(bak_line("backup", HERE, "--database", name))


@pytest.mark.sweep
@given(st.lists(database_names, min_size=1, max_size=3, unique=True))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_databases_of_any_names_are_backed_up_and_restored_as_themselves(
    house: House, names: list[str]
) -> None:
    before = databases_of(house.server)
    names = [name for name in names if name not in before]
    into = "restored_here"
    with open_connection(house.server, "postgres") as connection:
        for name in names:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    bak = house.bak()
    try:
        for name in names:
            mark(house.server, name, f"I am {name}")
        if names:
            run = bak.backup(house.profile, Selection(tuple(names)), BackupOptions(parallel=2)).result()
            assert [outcome.error for outcome in run.outcomes] == [None] * len(names)
        shelf = bak.catalogue(house.target)
        dumps = [dump for dump in shelf.inventory().dumps if dump.database in names]
        assert len(dumps) >= len(names)
        for dump in {dump.database: dump for dump in reversed(dumps)}.values():
            sources = shelf.sources([dump])
            (outcome,) = bak.restore(house.server, sources, RestoreOptions(into=into)).result().outcomes
            assert outcome.state is JobState.OK, outcome.error
            assert marked(house.server, into) == f"I am {dump.database}"
            drop(house.server, into)
    finally:
        for name in databases_of(house.server) - before:
            drop(house.server, name)
        bak.engine.close()
