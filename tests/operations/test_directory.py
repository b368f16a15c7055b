"""Directory-format backups: written file by file, and one dump to everybody else."""

from __future__ import annotations

from pathlib import Path

from bak_tui.core.dump_format import DumpFormat
from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.levels import Level
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.backup.taking import Taken
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.transfer.download import DownloadOptions
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, rows_of
from tests.servers.fixtures import MakeDatabase

BY_TWO = BackupOptions(format=DumpFormat.DIRECTORY, jobs=2)


def back_up(bak: Bak, house: House, name: str, options: BackupOptions = BY_TWO) -> Taken:
    report = bak.backup(house.profile, Selection((name,)), options).result()
    assert report.exit_code is ExitCode.DONE, report
    (taken,) = report.results
    return taken


def test_a_directory_backup_is_one_dump_from_its_manifest_to_its_deletion(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    bak = house.bak()
    taken = back_up(bak, house, name)
    files = {file.name: file for file in taken.manifest.files or []}
    assert taken.path.endswith(".dir")
    assert house.keys() == {f"{taken.path}/{each}" for each in files} | {f"{taken.path}.manifest.json"}
    assert set(taken.manifest.checked) == {"parts", "size", "etag", "manifest"}

    inventory = bak.catalogue(house.target).inventory()
    (dump,) = inventory.dumps
    assert (dump.is_good, dump.is_directory, dump.database, inventory.others) == (True, True, name, 0)
    assert dump.manifest == taken.manifest

    for level in Level:
        (verified,) = bak.verify(house.profile, [dump], VerifyOptions(level)).result().results
        assert verified.has_manifest
    (proven,) = bak.prove(house.profile, [dump], ProveOptions(jobs=2)).result().results
    assert proven.comparison is not None
    assert proven.comparison.matches

    (fetched,) = bak.download(house.target, [dump], DownloadOptions(tmp_path)).result().results
    assert fetched.has_manifest
    assert {path.name for path in fetched.path.iterdir()} == set(files)

    target = f"{name}_back"
    sources = bak.catalogue(house.target).sources([dump])
    report = bak.restore(house.server, sources, RestoreOptions(into=target, jobs=2)).result()
    assert report.state is JobState.OK
    assert rows_of(house.server, target) == SAMPLE_ROWS
    drop(house.server, target)

    deleted = bak.delete(house.profile, [dump], DeleteOptions({house.target.bucket, "test"})).result()
    assert [outcome.error for outcome in deleted.outcomes] == [None]
    assert house.keys() == set()


def test_a_harmed_file_of_a_directory_backup_is_told_before_any_sql_reaches_a_server(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    taken = back_up(house.bak(), house, name)
    steps: list[Step] = []
    bak = house.bak(checkpoint=lambda step, _subject: steps.append(step))
    (dump,) = bak.catalogue(house.target).inventory().dumps
    largest = max(taken.manifest.files or [], key=lambda file: file.size)
    for file in (largest.name, "toc.dat"):
        key = f"{taken.path}/{file}"
        whole = house.bucket.read(key, limit=1 << 24)
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        for harmed in (None, b"", whole[:-1], whole[: int(len(whole) * 0.6)], flipped):
            house.bucket.delete([key]) if harmed is None else house.bucket.write(key, harmed)
            for level in [Level.BYTES, Level.DECODE] if harmed == flipped else Level:
                report = bak.verify(house.profile, [dump], VerifyOptions(level)).result()
                assert report.exit_code is ExitCode.INTEGRITY, (file, harmed, level)
            source = bak.catalogue(house.target).source(taken.path)
            restored = bak.restore(house.server, [source], RestoreOptions(into="harmed")).result()
            assert (restored.exit_code, steps) == (ExitCode.INTEGRITY, []), (file, harmed)
        house.bucket.write(key, whole)
    assert "harmed" not in databases_of(house.server)
