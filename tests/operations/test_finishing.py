"""What pg_dump leaves out of a dump: the database's own settings, privileges, limit, owner and comment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql

from bak_tui.core.errors import RestoreFailed
from bak_tui.core.jobs import JobState
from bak_tui.core.names import manifest_path
from bak_tui.operations.checkpoint import Step
from bak_tui.services.pgtools import Ownership
from bak_tui.services.postgres import Instance
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of, restore
from tests.operations.test_swap import swap
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection

_OWN = (
    "ALTER DATABASE {d} SET search_path TO 'odd schema', \"$user\", public",
    "ALTER DATABASE {d} SET work_mem TO '64MB'",
    "ALTER DATABASE {d} SET app.tenant TO 'it''s, \"odd\"'",
    "ALTER ROLE {r} IN DATABASE {d} SET statement_timeout TO '5s'",
    "ALTER DATABASE {d} CONNECTION LIMIT 7",
    "REVOKE ALL ON DATABASE {d} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {d} TO {r} WITH GRANT OPTION",
    "ALTER DATABASE {d} OWNER TO {r}",
    "COMMENT ON DATABASE {d} IS 'everyday'",
)


@pytest.fixture
def role(house: House) -> Iterator[str]:
    name = 'the "app"'
    with open_connection(house.server, "postgres") as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
        yield name
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


@pytest.fixture
def source(house: House, role: str, make_database: MakeDatabase) -> str:
    """A database with much of its own."""
    name = make_database()
    fill(house.server, name)
    with open_connection(house.server, name) as connection:
        for statement in _OWN:
            named = sql.SQL(statement).format(d=sql.Identifier(name), r=sql.Identifier(role))
            connection.execute(named)
    return name


def edit_manifest(path: Path, **requirements: object) -> None:
    manifest = path.with_name(manifest_path(path.name))
    fields = json.loads(manifest.read_text())
    fields["requirements"] = {**fields["requirements"], **requirements} if requirements else None
    manifest.write_text(json.dumps(fields))


def test_a_restored_database_is_itself_as_it_was(house: House, source: str, tmp_path: Path) -> None:
    before = Instance(house.server).requirements(source)
    dump_of(house, source, tmp_path)
    (outcome,) = restore(house.bak(), house, tmp_path, into=f"{source}_new").outcomes
    try:
        assert outcome.state is JobState.OK, (outcome.error, outcome.warnings)
        assert before.settings
        assert before.acl
        assert Instance(house.server).requirements(f"{source}_new") == before
    finally:
        drop(house.server, f"{source}_new")


@pytest.mark.parametrize("is_written_down", [True, False])
def test_a_template_is_one_again_and_goes_when_it_is_dropped(
    house: House, make_database: MakeDatabase, tmp_path: Path, is_written_down: bool
) -> None:
    """Without that in the manifest the one that takes its name is as it was."""
    name = make_database()
    is_template = sql.SQL("ALTER DATABASE {} IS_TEMPLATE {}").format
    with open_connection(house.server, "postgres") as connection:
        connection.execute(is_template(sql.Identifier(name), sql.SQL("true")))
        try:
            path = dump_of(house, name, tmp_path)
            if not is_written_down:
                edit_manifest(path, is_template=None)
            outcome = swap(house, tmp_path, name)
            assert outcome.state is JobState.OK, (outcome.error, outcome.warnings)
            assert outcome.result is not None
            kept = outcome.result.kept
            assert kept is not None
            found = {each.name: each.is_template for each in Instance(house.server).databases()}
            assert (found[name], found[kept]) == (True, True)
            house.bak().house.drop(house.profile, [kept], {kept})
            assert kept not in databases_of(house.server)
        finally:
            connection.execute(is_template(sql.Identifier(name), sql.SQL("false")))


def test_it_lies_in_the_tablespace_it_lay_in_and_elsewhere_only_with_a_warning(
    house: House, source: str, tmp_path: Path
) -> None:
    new = f"{source}_new"
    with open_connection(house.server, "postgres") as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE bak_own LOCATION ''")
        move = sql.SQL("ALTER DATABASE {} SET TABLESPACE {}").format
        try:
            connection.execute(move(sql.Identifier(source), sql.Identifier("bak_own")))
            dump_of(house, source, tmp_path)
            (outcome,) = restore(house.bak(), house, tmp_path, into=new).outcomes
            assert outcome.state is JobState.OK, (outcome.error, outcome.warnings)
            assert Instance(house.server).requirements(new).tablespace == "bak_own"
            drop(house.server, new)
        finally:
            connection.execute(move(sql.Identifier(source), sql.Identifier("pg_default")))
            connection.execute("DROP TABLESPACE bak_own")
    (outcome,) = restore(house.bak(), house, tmp_path, into=new).outcomes
    try:
        assert outcome.state is JobState.WARN
        (warning,) = outcome.warnings
        assert "it was in the tablespace bak_own" in warning
        assert Instance(house.server).requirements(new).tablespace == "pg_default"
    finally:
        drop(house.server, new)


def test_what_a_missing_role_had_is_skipped_and_said(
    house: House, source: str, role: str, tmp_path: Path
) -> None:
    edit_manifest(dump_of(house, source, tmp_path), owner="gone")
    (outcome,) = restore(house.bak(), house, tmp_path, into=f"{source}_new").outcomes
    try:
        assert outcome.state is JobState.WARN
        assert outcome.warnings == (
            'the database itself is not all as it was: owner gone: role "gone" does not exist',
        )
        restored = Instance(house.server).requirements(f"{source}_new")
        assert restored.owner == house.server.user
        assert restored.connection_limit == 7
    finally:
        drop(house.server, f"{source}_new")


def test_without_owner_and_privileges_the_settings_come_back_alone(
    house: House, source: str, tmp_path: Path
) -> None:
    dump_of(house, source, tmp_path)
    how = Ownership(has_owners=False, has_privileges=False)
    (outcome,) = restore(house.bak(), house, tmp_path, into=f"{source}_new", ownership=how).outcomes
    try:
        assert outcome.state is JobState.OK, outcome.warnings
        restored = Instance(house.server).requirements(f"{source}_new")
        assert restored.owner == house.server.user
        assert restored.settings == Instance(house.server).requirements(source).settings
        assert {grant.privilege for grant in restored.acl or [] if grant.grantee is None} == {
            "CONNECT",
            "TEMPORARY",
        }
    finally:
        drop(house.server, f"{source}_new")


def test_a_swap_with_a_dump_that_wrote_nothing_down_leaves_all_as_it_is(
    house: House, source: str, tmp_path: Path
) -> None:
    edit_manifest(dump_of(house, source, tmp_path))
    before = Instance(house.server).requirements(source)
    outcome = swap(house, tmp_path, source)
    assert outcome.result is not None, outcome.error
    try:
        assert Instance(house.server).requirements(source) == before
        assert rows_of(house.server, source) == SAMPLE_ROWS
    finally:
        drop(house.server, str(outcome.result.kept))


@pytest.mark.fault("R31")
def test_a_missing_extension_stops_before_anything_is_done(house: House, source: str, tmp_path: Path) -> None:
    extension = {"name": "no_such_extension", "version": "1.0", "schema": "public"}
    edit_manifest(dump_of(house, source, tmp_path), extensions=[extension])
    steps: list[Step] = []
    bak = house.bak(checkpoint=lambda step, _subject: steps.append(step))
    before = databases_of(house.server)
    (outcome,) = restore(bak, house, tmp_path, into=f"{source}_new").outcomes
    assert isinstance(outcome.error, RestoreFailed)
    assert outcome.error.kind == "extension_missing"
    assert "no_such_extension" in outcome.error.message
    assert (steps, databases_of(house.server)) == ([], before)


def test_a_missing_tablespace_sends_its_tables_to_the_default_one(
    house: House, source: str, tmp_path: Path
) -> None:
    edit_manifest(dump_of(house, source, tmp_path), tablespaces=["fast"])
    (outcome,) = restore(house.bak(), house, tmp_path, into=f"{source}_new").outcomes
    try:
        assert outcome.state is JobState.WARN, outcome.error
        assert "fast" in outcome.warnings[0]
        assert rows_of(house.server, f"{source}_new") == SAMPLE_ROWS
    finally:
        drop(house.server, f"{source}_new")
