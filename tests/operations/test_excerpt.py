"""Some tables out of a backup in a bucket: no more of it is fetched than they take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode, IntegrityError, UsageError
from bak_tui.core.parts import MIB
from bak_tui.core.plan import Prospect
from bak_tui.core.portion import Portion
from bak_tui.core.selection import Selection
from bak_tui.core.wording import size
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.backup.taking import Taken
from bak_tui.operations.bak import Bak
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.transfer.download import DownloadOptions
from bak_tui.services.s3 import Bucket
from tests.operations.conftest import House
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, fill_bytes, rows_of
from tests.servers.fixtures import MakeDatabase

PART = 5 * MIB
TABLE = next(iter(SAMPLE_ROWS))
asked: list[int] = []


class CountingBucket(Bucket):
    """Notes how many bytes of a dump are asked for."""

    def stream(self, *args: Any, start: int = 0, **more: Any) -> AbstractContextManager[Iterator[bytes]]:
        asked.append(more["end"] - start)
        return super().stream(*args, start=start, **more)


@pytest.fixture
def taken(house: House, make_database: MakeDatabase) -> Iterator[Taken]:
    """A backup of 24 MB in a table, with small ones beside it."""
    name = make_database()
    fill(house.server, name)
    fill_bytes(house.server, name, 24)
    options = BackupOptions(compression="none", part_size=PART)
    (backup,) = house.bak().backup(house.profile, Selection((name,)), options).result().results
    asked.clear()
    yield backup
    drop(house.server, f"{name}_part")


def restore(bak: Bak, house: House, taken: Taken, *tables: str) -> Any:
    source = bak.catalogue(house.target).source(taken.path)
    options = RestoreOptions(into=f"{taken.database}_part", portion=Portion(tables=tables), jobs=2)
    (outcome,) = bak.restore(house.server, [source], options).result().outcomes
    return outcome


def harm(house: House, taken: Taken, at: int) -> None:
    whole = bytearray(house.bucket.read(taken.path, limit=1 << 26))
    whole[at] ^= 1
    house.bucket.write(taken.path, bytes(whole))


def test_a_table_takes_the_parts_it_lies_in_and_no_other(house: House, taken: Taken) -> None:
    outcome = restore(house.bak(bucket=CountingBucket), house, taken, TABLE)
    assert outcome.exit_code is ExitCode.DONE, outcome.error
    assert rows_of(house.server, f"{taken.database}_part") == {TABLE: SAMPLE_ROWS[TABLE]}
    assert sum(asked) <= 3 * PART < taken.size - PART


def planned(bak: Bak, house: House, path: str, *tables: str) -> Prospect:
    """The plan of the same restore; nothing of the dump is fetched for it but its contents."""
    source = bak.catalogue(house.target).source(path)
    options = RestoreOptions(into="planned", portion=Portion(tables=tables), jobs=2)
    (prospect,) = bak.plans.restore(house.server, [source], options)
    return prospect


@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
def test_plan_and_outcome_tell_what_a_part_takes_and_not_the_whole_dump(
    house: House, taken: Taken, form: FormatWish
) -> None:
    path, whole = taken.path, taken.size
    if form is FormatWish.DIRECTORY:
        how = BackupOptions(format=form, jobs=2, compression="none")
        (backup,) = house.bak().backup(house.profile, Selection((taken.database,)), how).result().results
        taken = backup
        path, whole = backup.path, backup.size
    bak = house.bak()
    prospect = planned(bak, house, path, TABLE)
    checks = {check.label: check.fact for check in prospect.checks}
    outcome = restore(bak, house, taken, TABLE)
    assert outcome.result is not None, outcome.error
    fetched = outcome.result.fetched
    assert 0 < fetched < whole - PART
    assert checks["spool"].startswith(f"{size(fetched)} to fetch, ")
    table = next(each for each in taken.manifest.tables or [] if f"{each.schema_name}.{each.name}" == TABLE)
    assert prospect.changes[0].size == table.bytes
    assert f"needs ~{size(table.bytes)} " in checks["disk"]
    assert outcome.sentence.startswith(f"{size(fetched)} of {size(whole)} in 0:00:")
    assert outcome.result.size == fetched


def test_a_plan_says_that_a_name_is_not_in_the_dump(house: House, taken: Taken) -> None:
    with pytest.raises(UsageError, match="there is no table nowhere in this dump"):
        planned(house.bak(), house, taken.path, "nowhere")


def test_a_part_of_a_dump_that_is_here_is_called_one(house: House, taken: Taken, tmp_path: Path) -> None:
    bak = house.bak()
    bak.dump(house.server, Selection((taken.database,)), BackupOptions(folder=tmp_path)).result()
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    wanted = RestoreOptions(into=f"{taken.database}_part", portion=Portion(tables=(TABLE,)))
    (outcome,) = bak.restore(house.server, dumps, wanted).result().outcomes
    assert outcome.sentence.startswith(f"a part of {size(dumps[0].size)} in 0:00:"), outcome.sentence


def test_the_large_one_comes_whole(house: House, taken: Taken) -> None:
    outcome = restore(house.bak(bucket=CountingBucket), house, taken, "bulk")
    assert outcome.exit_code is ExitCode.DONE, outcome.error
    assert rows_of(house.server, f"{taken.database}_part") == {"public.bulk": 24}
    assert 24_000_000 < sum(asked) <= taken.size


def test_a_part_that_is_needed_and_damaged_is_named_before_any_database_is_made(
    house: House, taken: Taken
) -> None:
    harm(house, taken, taken.size // 2)
    outcome = restore(house.bak(), house, taken, "bulk")
    assert isinstance(outcome.error, IntegrityError)
    assert "part" in outcome.error.message
    assert f"{taken.database}_part" not in databases_of(house.server)


def test_a_name_that_is_not_there_costs_the_contents_alone(house: House, taken: Taken) -> None:
    outcome = restore(house.bak(bucket=CountingBucket), house, taken, "nowhere")
    assert isinstance(outcome.error, UsageError)
    assert asked == [PART]


def test_offsets_that_are_another_dumps_are_told_and_all_is_fetched(house: House, taken: Taken) -> None:
    moved = {number: at + 1 for number, at in (taken.manifest.offsets or {}).items()}
    manifest = taken.manifest.model_copy(update={"offsets": moved})
    house.bucket.write(f"{taken.path}.manifest.json", manifest.to_json())
    outcome = restore(house.bak(), house, taken, TABLE)
    assert outcome.error is None
    assert "all of the dump is fetched" in outcome.warnings[0]
    assert rows_of(house.server, f"{taken.database}_part") == {TABLE: SAMPLE_ROWS[TABLE]}


def test_of_a_directory_backup_only_the_tables_files_are_fetched(house: House, taken: Taken) -> None:
    options = BackupOptions(format=FormatWish.DIRECTORY, jobs=2)
    selection = Selection((taken.database,))
    (backup,) = house.bak().backup(house.profile, selection, options).result().results
    largest = max(backup.manifest.files or [], key=lambda file: file.size)
    house.bucket.write(f"{backup.path}/{largest.name}", bytes(largest.size))
    outcome = restore(house.bak(), house, backup, TABLE)
    assert outcome.exit_code is ExitCode.DONE, outcome.error
    assert rows_of(house.server, f"{taken.database}_part") == {TABLE: SAMPLE_ROWS[TABLE]}
    drop(house.server, f"{taken.database}_part")
    harmed = restore(house.bak(), house, backup, "bulk")
    assert isinstance(harmed.error, IntegrityError)


def test_a_directory_on_this_machine_gives_single_tables(house: House, taken: Taken, tmp_path: Path) -> None:
    options = BackupOptions(format=FormatWish.DIRECTORY, jobs=2)
    bak = house.bak()
    (backup,) = bak.backup(house.profile, Selection((taken.database,)), options).result().results
    (dump,) = [each for each in bak.catalogue(house.target).inventory().dumps if each.is_directory]
    bak.download(house.target, [dump], DownloadOptions(tmp_path)).result()
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    wanted = RestoreOptions(into=f"{backup.database}_part", portion=Portion(tables=(TABLE,)))
    (outcome,) = bak.restore(house.server, dumps, wanted).result().outcomes
    assert outcome.exit_code is ExitCode.DONE, outcome.error
    assert rows_of(house.server, f"{taken.database}_part") == {TABLE: SAMPLE_ROWS[TABLE]}


def test_a_part_is_placed_piece_by_piece_however_large_it_is(
    house: House, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed: list[int] = []
    place_bytes = FolderPlace.place_bytes

    def note(place: FolderPlace, path: str, at: int, content: bytes, size: int) -> None:
        placed.append(len(content))
        place_bytes(place, path, at, content, size)

    monkeypatch.setattr(FolderPlace, "place_bytes", note)
    assert restore(house.bak(), house, taken, TABLE).result is not None
    assert sum(placed) >= PART
    assert max(placed) <= 2 * MIB
