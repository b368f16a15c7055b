"""Client programs that are too old, and two backups in one second. Faults R08, R20, R32."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode
from bak_tui.core.names import dump_path
from bak_tui.operations.backup.run import BackupOptions, Globals
from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site, embedded
from tests.faults.s3_proxy import S3Proxy
from tests.faults.shims import shim
from tests.operations.conftest import House, house
from tests.operations.test_backup import back_up
from tests.samples import databases_of, fill
from tests.servers.fixtures import MakeDatabase
from tests.servers.system import system_bindir
from tests.waiting import PATIENCE, until

__all__ = ["embedded", "house"]


@pytest.fixture(params=["say 15", "are 15"])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder with client programs of 15 only: such that say so, and real ones where there are."""
    if request.param == "are 15":
        bindir = system_bindir()
        if not isinstance(bindir, Path) or "/15/" not in str(bindir):
            pytest.skip("PostgreSQL 15 is not installed")
        return str(bindir)
    folder = tmp_path / "older"
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 15.8'\n")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.fixture
def proxy(embedded: Site) -> Iterator[S3Proxy]:
    """What `bak` takes for the bucket."""
    with S3Proxy(embedded.bak.variables["AWS_ENDPOINT_URL_S3"]) as proxy:
        embedded.bak.variables["AWS_ENDPOINT_URL_S3"] = proxy.url
        yield proxy


@pytest.mark.fault("R08")
def test_a_server_newer_than_every_pg_dump_is_told_before_the_bucket_is_asked_anything(
    embedded: Site, older: str, proxy: S3Proxy
) -> None:
    done = embedded.bak("backup", BAK_PG_BINDIR=older)
    assert done.code == ExitCode.TOOLS
    assert "18" in done.err
    assert "15." in done.err
    assert proxy.requests == []


@pytest.mark.fault("R32")
def test_an_archive_newer_than_pg_restore_is_told_before_the_server_is_touched(
    embedded: Site, make_database: MakeDatabase, older: str, tmp_path: Path
) -> None:
    name = make_database()
    fill(embedded.server, name)
    assert embedded.bak("dump", "--database", name, "--dir", tmp_path / "dumps").code == 0
    line = ["restore", "--dir", str(tmp_path / "dumps"), "--into", f"{name}_back"]
    done = embedded.bak(*line, BAK_PG_BINDIR=older)
    assert done.code == ExitCode.TOOLS, done.err
    assert "pg_dump 18" in done.err
    assert "15." in done.err
    assert not [each for each in databases_of(embedded.server) if each.startswith(f"{name}_")]


@pytest.mark.fault("R20")
def test_of_two_processes_on_one_database_the_second_says_who_has_it(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(embedded.server, name)
    bindir = Path(embedded.bak.variables["BAK_PG_BINDIR"])
    held = f'touch "{tmp_path}/held"; while [ ! -e "{tmp_path}/go" ]; do sleep 0.05; done; exec "$REAL" "$@"'
    embedded.bak.variables["BAK_PG_BINDIR"] = str(shim(tmp_path / "bin", bindir, held))
    first = embedded.bak.start("backup", "--database", name)
    try:
        until((tmp_path / "held").exists)
        second = embedded.bak("backup", "--database", name)
        assert second.code == ExitCode.LOCKED
        assert "another backup" in second.out + second.err
    finally:
        (tmp_path / "go").touch()
        said = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, said
    keys = [stored.key for page in Bucket.open(embedded.target).pages("") for stored in page.objects]
    assert len(keys) == 2


@pytest.mark.fault("R20")
def test_a_second_backup_within_the_same_second_takes_the_next_ones_name(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    moment = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
    bak = house.bak(clock=lambda: moment)
    (first,) = back_up(bak, house, name).results
    before = house.objects()
    (second,) = back_up(bak, house, name).results
    assert second.path == first.path.replace("T120000Z", "T120001Z") != first.path
    assert before.items() < house.objects().items()
    (third,) = back_up(bak, house, name, options=BackupOptions(format=FormatWish.DIRECTORY)).results
    (fourth,) = back_up(bak, house, name, options=BackupOptions(format=FormatWish.DIRECTORY)).results
    assert [third.path[-20:], fourth.path[-20:]] == ["20261123T120000Z.dir", "20261123T120001Z.dir"]


@pytest.mark.fault("R20")
def test_copies_kept_here_and_globals_take_the_next_seconds_name_too(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    moment = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
    bak = house.bak(clock=lambda: moment)
    streamed = back_up(bak, house, name, options=BackupOptions(globals=Globals.ROLES))
    assert streamed.exit_code is ExitCode.DONE
    before = house.objects()
    copied = back_up(bak, house, name, options=BackupOptions(globals=Globals.ROLES, folder=tmp_path / "kept"))
    assert copied.exit_code is ExitCode.DONE
    assert before.items() < house.objects().items()
    stamps = {path.name[-20:] for path in (tmp_path / "kept").rglob("*.sql")}
    assert stamps == {"20261123T120001Z.sql"}


@pytest.mark.fault("R20")
def test_a_store_that_has_every_name_is_not_asked_for_ever(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    moment = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
    bak = house.bak(clock=lambda: moment)
    for second in range(10):
        house.bucket.write(house.target.key(dump_path(name, moment + timedelta(seconds=second))), b"theirs")
    before = house.objects()
    (outcome,) = back_up(bak, house, name).outcomes
    assert outcome.exit_code is ExitCode.FAILED
    assert dump_path(name, moment) in str(outcome.error)
    assert house.objects() == before
