"""A restore whose disk fills, or whose pg_restore is killed half-way: the old database is as it was."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome
from bak_tui.core.plan import Mode
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.restore.restoring import Restored
from bak_tui.operations.restore.targets import RestoreOptions
from tests.operations.conftest import House
from tests.operations.test_restore import restoring_shim
from tests.samples import databases_of, fill, fill_bytes, mark, marked
from tests.servers.fixtures import MakeDatabase, open_connection


@pytest.fixture
def source(house: House, make_database: MakeDatabase) -> str:
    name = make_database()
    fill(house.server, name)
    return name


@pytest.fixture
def full_space(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tablespace on a disk of 14 MB, which is reachable for the server's own account."""
    if os.geteuid() != 0:
        pytest.skip("a tmpfs can be mounted by root only")
    folder = Path("/tmp") / f"bak-space-{os.getpid()}"  # noqa: S108  # pytest's folders are 0700
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=14m", "bak-test", str(folder)]
    answer = subprocess.run(mount, capture_output=True, text=True, check=False)
    if answer.returncode:
        folder.rmdir()
        pytest.skip(f"a tmpfs cannot be mounted here: {answer.stderr.strip()}")
    try:
        account = pwd.getpwuid(data_owner(house))
        os.chown(folder, account.pw_uid, account.pw_gid)
        with open_connection(house.server, "postgres") as connection:
            connection.execute(f"CREATE TABLESPACE full_space LOCATION '{folder}'".encode())
        yield "full_space"
    finally:
        with open_connection(house.server, "postgres") as connection:
            connection.execute("DROP TABLESPACE IF EXISTS full_space")
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def data_owner(house: House) -> int:
    """The uid of the account that the server runs as."""
    with open_connection(house.server, "postgres") as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    assert row
    return os.stat(row[0]).st_uid


def swapped(house: House, name: str, folder: Path, bindir: Path | None = None) -> Outcome[Restored]:
    bak = house.bak(bindir=bindir)
    dumps, _ = bak.folder_dumps(folder, Selection())
    options = RestoreOptions(into=name, over=Mode.SWAP, confirmed={name}, jobs=2)
    (outcome,) = bak.restore(house.server, dumps, options).result().outcomes
    return outcome


def is_unharmed(house: House, name: str, text: str) -> bool:
    """`name` is the old one, and no database was left beside it."""
    beside = [each for each in databases_of(house.server) if each.startswith(f"{name}__")]
    return marked(house.server, name) == text and beside == []


def test_a_full_tablespace_fails_the_restore_and_leaves_the_old_database(
    house: House, full_space: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    fill_bytes(house.server, name, 8)
    with open_connection(house.server, name) as connection:
        connection.execute(f"ALTER TABLE bulk SET TABLESPACE {full_space}".encode())
    house.bak().dump(house.server, Selection((name,)), BackupOptions(folder=tmp_path)).result()
    mark(house.server, name, "old")
    # The old one takes eight of the fourteen megabytes: the new one does not fit beside it.
    outcome = swapped(house, name, tmp_path)
    assert outcome.state is JobState.FAILED
    assert isinstance(outcome.error, HarmfulComplaints)
    assert "No space left on device" in outcome.error.message
    comparison = outcome.error.comparison
    assert comparison
    assert [pair.name for pair in comparison.tables if not pair.matches] == ["public.bulk"]
    assert is_unharmed(house, name, "old")


@pytest.mark.parametrize("section", ["pre-data", "data"])
def test_a_pg_restore_that_is_killed_half_way_leaves_the_old_database(
    house: House, source: str, tmp_path: Path, section: str
) -> None:
    """When all tables are there, and again when all rows are: the indexes are missing, and so it failed."""
    house.bak().dump(house.server, Selection((source,)), BackupOptions(folder=tmp_path / "dumps")).result()
    mark(house.server, source, "old")
    sections = "--section=pre-data" + (" --section=data" if section == "data" else "")
    script = f"""case "$*" in *--dbname*) "$REAL" {sections} "$@" && kill -9 $$;; esac
exec "$REAL" "$@" """
    bindir = restoring_shim(tmp_path / "bin", house.bindir, script)
    outcome = swapped(house, source, tmp_path / "dumps", bindir)
    assert isinstance(outcome.error, HarmfulComplaints)
    assert "killed by signal 9" in outcome.error.message
    assert outcome.error.comparison
    assert outcome.error.comparison.matches == (section == "data")
    assert is_unharmed(house, source, "old")
