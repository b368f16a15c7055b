"""The cluster's roles and tablespaces beside its databases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.names import is_globals
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions, Globals
from tests.faults.shims import shim
from tests.operations.conftest import House
from tests.operations.test_backup import MIB, back_up
from tests.samples import fill
from tests.servers.fixtures import MakeDatabase, open_connection

ROLES = BackupOptions(globals=Globals.ROLES)
PASSWORD = "a canary of a password"  # it is hashed by the server


@pytest.fixture
def role(house: House) -> Iterator[str]:
    name = "bak_globals_role"
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'".encode())
        yield name
        connection.execute(f"DROP ROLE {name}".encode())


@pytest.fixture
def name(house: House, make_database: MakeDatabase) -> str:
    name = make_database()
    fill(house.server, name)
    return name


def globals_of(house: House) -> tuple[str, bytes]:
    (path,) = list(filter(is_globals, house.keys()))
    return path, house.bucket.read(path, limit=MIB)


def test_roles_come_without_passwords_and_every_manifest_names_them(
    house: House, name: str, role: str
) -> None:
    report = back_up(house.bak(), house, name, options=ROLES)
    path, script = globals_of(house)
    assert report.exit_code is ExitCode.DONE
    assert f"CREATE ROLE {role}".encode() in script
    assert b"SCRAM" not in script
    assert [note for note in report.notes if path in note]
    record = report.results[0].manifest.globals
    assert record is not None
    assert (record.path, record.size, record.has_passwords) == (path, len(script), False)
    assert record.sha256 == hashlib.sha256(script).hexdigest()


def test_passwords_come_when_they_are_asked_for(house: House, name: str, role: str) -> None:
    back_up(house.bak(), house, name, options=BackupOptions(globals=Globals.SECRETS))
    _, script = globals_of(house)
    assert b"SCRAM-SHA-256" in script
    assert PASSWORD.encode() not in script


def test_globals_are_no_dump_of_any_database_and_one_called_so_is_one(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database("_globals")
    fill(house.server, name)
    bak = house.bak()
    back_up(bak, house, name, options=ROLES)
    inventory = bak.catalogue(house.target).inventory()
    assert [dump.database for dump in inventory.dumps] == [name]
    assert inventory.others == 1
    assert len(house.keys()) == 3


def test_with_a_folder_they_lie_in_both_places_and_are_the_same(
    house: House, name: str, tmp_path: Path
) -> None:
    back_up(house.bak(), house, name, options=replace(ROLES, folder=tmp_path))
    path, script = globals_of(house)
    assert (tmp_path / path).read_bytes() == script
    assert (tmp_path / path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("script", ["exit 1", "exit 0", '"$REAL" "$@" | head -c 200; exit 0'])
def test_globals_that_are_not_whole_fail_alone_and_are_not_there(
    house: House, name: str, tmp_path: Path, script: str
) -> None:
    bindir = shim(tmp_path / "bin", house.bindir, 'exec "$REAL" "$@"')
    dumpall = bindir / "pg_dumpall"
    dumpall.write_text(f'#!/bin/sh\nREAL="{house.bindir}/pg_dumpall"\n{script}\n')
    dumpall.chmod(0o755)
    report = back_up(house.bak(bindir=bindir), house, name, options=ROLES)
    states = {outcome.subject: outcome.state for outcome in report.outcomes}
    assert states == {"globals": JobState.FAILED, name: JobState.OK}
    assert report.exit_code is ExitCode.PARTIAL
    assert not list(filter(is_globals, house.keys()))
    assert report.results[0].manifest.globals is None


def test_who_may_not_read_passwords_is_told(house: House, name: str, role: str, tmp_path: Path) -> None:
    house.server = replace(house.server, user=role, password=Secret(PASSWORD))
    options = BackupOptions(folder=tmp_path, globals=Globals.SECRETS)
    report = house.bak().dump(house.server, Selection((name,)), options).result()
    failed = {outcome.subject: str(outcome.error) for outcome in report.outcomes}
    assert "pg_authid" in failed["globals"]
    assert not list(tmp_path.rglob("_globals/*.sql"))
