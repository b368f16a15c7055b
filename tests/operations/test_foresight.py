"""The plan says what is known of the server, and why the rest is not."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

import pytest

from bak_tui.core.plan import Check, Mode, Verdict
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.services.postgres import Instance, whereabouts
from tests.operations.conftest import House
from tests.samples import fill
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.archive.conftest import Dumper


@pytest.fixture
def source(house: House, make_database: MakeDatabase) -> str:
    name = make_database()
    fill(house.server, name)
    return name


def checks_of(house: House, folder: Path, **options: object) -> dict[str, Check]:
    """The checks of the plan for the one dump of a folder, by label."""
    bak = house.bak()
    dumps, _ = bak.folder_dumps(folder, Selection())
    (prospect,) = bak.plans.restore(house.server, dumps, RestoreOptions(**options))  # type: ignore[arg-type]  # by name
    return {check.label: check for check in prospect.checks}


def test_an_archive_without_a_manifest_tells_the_version_it_is_from(
    house: House, source: str, tmp_path: Path
) -> None:
    dumper = Dumper(house.bindir, house.server, source, tmp_path)
    path = tmp_path / "bare.dump"
    dumper.run("--format=custom", f"--file={path}")
    (tmp_path / "bare.dump.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    check = checks_of(house, tmp_path, into="bare")["version"]
    version = Instance(house.server).identity().version.partition(" ")[0]
    assert check.verdict is Verdict.OK
    assert check.fact.startswith(f"PostgreSQL {version} → {version}, ")


def test_the_disk_of_a_server_on_this_machine_is_told(house: House, source: str, tmp_path: Path) -> None:
    house.bak().dump(house.server, Selection((source,)), BackupOptions(folder=tmp_path)).result()
    check = checks_of(house, tmp_path, into="new")["disk"]
    assert check.verdict is not Verdict.UNKNOWN, check.fact
    assert "free there" in check.fact
    with open_connection(house.server, "postgres") as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    told = Instance(house.server).disk().free
    assert row
    assert told
    free = shutil.disk_usage(row[0]).free
    assert abs(told - free) < 1_000_000_000


def test_a_server_whose_process_is_not_here_is_not_taken_for_this_machine(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(whereabouts, "_PROCESSES", tmp_path)
    disk = Instance(house.server).disk()
    assert disk.free is None
    assert "not certain to be this machine" in disk.why


def test_a_clean_restore_says_that_counts_come_after_the_commit_and_whose_settings_stay(
    house: House, source: str, tmp_path: Path
) -> None:
    with open_connection(house.server, source) as connection:
        connection.execute(f"ALTER DATABASE \"{source}\" SET work_mem TO '7MB'".encode())
    house.bak().dump(house.server, Selection((source,)), BackupOptions(folder=tmp_path)).result()
    checks = checks_of(house, tmp_path, over=Mode.CLEAN)
    assert checks["undo"].verdict is Verdict.WARN
    assert "after the commit" in checks["undo"].fact
    assert "own settings" not in checks
    with open_connection(house.server, source) as connection:
        connection.execute(f"ALTER DATABASE \"{source}\" SET work_mem TO '8MB'".encode())
    own = checks_of(house, tmp_path, over=Mode.CLEAN)["own settings"]
    assert own.verdict is Verdict.WARN
    assert "not applied: work_mem:" in own.fact
    assert "undo" not in checks_of(house, tmp_path, over=Mode.SWAP)


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ({"jobs": None}, r"1: for \d.* of tables more would take as long"),
        ({"jobs": 3}, "3: as asked"),
        ({"jobs": 3, "over": Mode.CLEAN}, "1: one transaction has one session"),
    ],
)
def test_the_plan_tells_how_many_workers_there_will_be_and_why(
    house: House, source: str, tmp_path: Path, options: dict[str, object], fact: str
) -> None:
    house.bak().dump(house.server, Selection((source,)), BackupOptions(folder=tmp_path)).result()
    into = source if "over" in options else "new"
    assert re.fullmatch(fact, checks_of(house, tmp_path, into=into, **options)["workers"].fact)
