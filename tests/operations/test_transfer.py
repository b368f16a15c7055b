"""Upload and download: nothing is overwritten, nothing unproven gets a name, nothing leaves its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import ConfirmationNeeded, ExitCode, FileProblem
from bak_tui.core.manifest import parse_manifest
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.transfer.download import DownloadOptions, distinct_paths
from tests.disk_changes import watched
from tests.operations.conftest import House
from tests.operations.test_damaged import flip
from tests.operations.test_restore import dump_of
from tests.samples import fill, fill_bytes
from tests.servers.fixtures import MakeDatabase


def test_every_dump_of_a_folder_is_sent_and_other_files_are_named(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    path = dump_of(house, name, tmp_path)
    plain = tmp_path / "sub" / "without manifest.sql"
    plain.parent.mkdir()
    plain.write_bytes(path.read_bytes())
    (tmp_path / "notes.txt").write_text("not a dump")
    (tmp_path / "empty.sql").touch()
    report = house.bak().upload(house.target, tmp_path, Selection(), 2).result()
    assert report.exit_code is ExitCode.DONE
    relative = path.relative_to(tmp_path).as_posix()
    assert house.keys() == {relative, f"{relative}.manifest.json", "sub/without manifest.sql"}
    assert any("notes.txt" in note and "no pg_dump archive" in note for note in report.notes)
    assert any("empty.sql" in note and "empty" in note for note in report.notes)


def test_an_uploaded_manifest_says_what_the_upload_proved(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill_bytes(house.server, name, 20)
    path = dump_of(house, name, tmp_path)
    house.bak().upload(house.target, tmp_path, Selection(), 1).result()
    key = f"{path.relative_to(tmp_path).as_posix()}.manifest.json"
    there = parse_manifest(house.bucket.read(key, limit=1_000_000), key)
    here = parse_manifest(path.with_name(f"{path.name}.manifest.json").read_bytes(), "here")
    assert there.digest == here.digest
    assert len(there.parts) == 4  # of 5 MiB
    assert {"parts", "size", "manifest"} <= set(there.checked)


def test_a_file_that_is_not_what_its_manifest_says_is_not_sent(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill_bytes(house.server, name, 20)
    flip(dump_of(house, name, tmp_path), 0.9)
    (outcome,) = house.bak().upload(house.target, tmp_path, Selection(), 1).result().outcomes
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert "part 4" in str(outcome.error)
    assert house.keys() == set()
    assert house.bucket.open_uploads("") == ()


def test_a_dump_without_a_manifest_is_sent_when_it_is_whole_and_not_when_it_is_cut(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(house.server, name)
    path = dump_of(house, name, tmp_path)
    path.with_name(path.name + ".manifest.json").unlink()
    path.with_name("cut.sql").write_bytes(path.read_bytes()[:-1])
    report = house.bak().upload(house.target, tmp_path, Selection(), 1).result()
    codes = {outcome.subject.rpartition("/")[2]: outcome.exit_code for outcome in report.outcomes}
    assert codes == {path.name: ExitCode.DONE, "cut.sql": ExitCode.INTEGRITY}
    assert [key.rpartition("/")[2] for key in house.objects()] == [path.name]


def test_another_object_under_the_same_key_is_left_alone(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    path = dump_of(house, name, tmp_path)
    key = path.relative_to(tmp_path).as_posix()
    house.bucket.write(key, b"somebody else's")
    (outcome,) = house.bak().upload(house.target, tmp_path, Selection(), 1).result().outcomes
    assert outcome.error is not None
    assert outcome.error.kind == "exists"
    assert house.bucket.read(key, limit=100) == b"somebody else's"


def test_a_folder_without_dumps_is_an_error_that_says_what_is_there(house: House, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a dump")
    with pytest.raises(FileProblem) as raised:
        house.bak().upload(house.target, tmp_path, Selection(), 1).result()
    assert "notes.txt" in raised.value.hint


@pytest.fixture
def stored(house: House, make_database: MakeDatabase) -> Bak:
    """A bucket with one backup, and the `Bak` that made it."""
    name = make_database()
    fill(house.server, name)
    bak = house.bak()
    bak.backup(house.profile, Selection((name,)), BackupOptions()).result()
    return bak


def test_a_download_brings_the_manifest_and_the_very_bytes(house: House, stored: Bak, tmp_path: Path) -> None:
    dumps = stored.catalogue(house.target).inventory().dumps
    (fetched,) = stored.download(house.target, dumps, DownloadOptions(tmp_path)).result().results
    assert fetched.path.read_bytes() == house.bucket.read(dumps[0].stored.key, limit=1_000_000)
    manifest = fetched.path.with_name(f"{fetched.path.name}.manifest.json").read_bytes()
    assert parse_manifest(manifest, "here") == dumps[0].manifest
    assert not list(tmp_path.rglob("*.partial"))


def test_a_file_that_is_there_already_is_not_overwritten_unasked(
    house: House, stored: Bak, tmp_path: Path
) -> None:
    dumps = stored.catalogue(house.target).inventory().dumps
    place = tmp_path / dumps[0].path
    place.parent.mkdir()
    place.write_bytes(b"mine")
    (outcome,) = stored.download(house.target, dumps, DownloadOptions(tmp_path)).result().outcomes
    assert isinstance(outcome.error, ConfirmationNeeded)
    assert place.read_bytes() == b"mine"
    (again,) = (
        stored.download(house.target, dumps, DownloadOptions(tmp_path, overwrites=True)).result().outcomes
    )
    assert again.exit_code is ExitCode.DONE
    assert place.stat().st_size == dumps[0].stored.size


def pair_of(folder: Path) -> tuple[bytes | None, bytes | None]:
    """The one dump of a folder and its manifest, as far as they are there."""
    there = {path.name.partition(".sql")[2]: path.read_bytes() for path in folder.rglob("*.sql*")}
    return there.get(""), there.get(".manifest.json")


@pytest.mark.parametrize("has_manifest", [True, False])
@pytest.mark.fault("R21")
def test_no_kill_leaves_a_dump_beside_a_manifest_that_speaks_of_another(
    house: House, stored: Bak, tmp_path: Path, has_manifest: bool
) -> None:
    """What lies there before each change of the folder: the old pair, the new one, or the half of one."""
    dumps = stored.catalogue(house.target).inventory().dumps
    how = DownloadOptions(tmp_path, overwrites=True)
    stored.download(house.target, dumps, how).result()
    new = pair_of(tmp_path)
    if not has_manifest:
        house.bucket.delete([f"{dumps[0].stored.key}.manifest.json"])
        dumps = stored.catalogue(house.target).inventory().dumps
        new = (new[0], None)
    (dump,) = tmp_path.rglob("*.sql")
    (manifest,) = tmp_path.rglob("*.manifest.json")
    dump.write_bytes(b"older")
    manifest.write_text("of the older")
    old = pair_of(tmp_path)

    seen = []
    with watched(lambda: seen.append(pair_of(tmp_path))):
        (outcome,) = stored.download(house.target, dumps, how).result().outcomes
    assert outcome.exit_code is ExitCode.DONE
    assert pair_of(tmp_path) == new
    assert seen[0] == old
    assert set(seen) <= {old, (old[0], None), (new[0], None), new}
    assert (old[0], None) in seen, "it was looked at while it changed"


def test_a_download_that_is_not_what_its_manifest_says_leaves_the_older_one(
    house: House, stored: Bak, tmp_path: Path
) -> None:
    """Nor one that another has taken the place of between its parts: here no part has a hash of its own."""
    (dump,) = stored.catalogue(house.target).inventory().dumps
    assert dump.manifest is not None
    how = DownloadOptions(tmp_path, overwrites=True)
    stored.download(house.target, [dump], how).result()
    before = pair_of(tmp_path)
    body = bytearray(house.bucket.read(dump.stored.key, limit=1_000_000))
    body[-1] ^= 1
    house.bucket.write(dump.stored.key, bytes(body))
    without_parts = replace(
        dump,
        stored=house.objects()[dump.stored.key],
        manifest=dump.manifest.model_copy(update={"parts": []}),
    )
    (outcome,) = stored.download(house.target, [without_parts], how).result().outcomes
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert pair_of(tmp_path) == before
    assert not list(tmp_path.rglob("*.partial"))


def test_the_inventory_tells_backups_dumps_and_other_objects_apart(house: House, stored: Bak) -> None:
    (backup,) = stored.catalogue(house.target).inventory().dumps
    body = house.bucket.read(backup.stored.key, limit=1_000_000)
    house.bucket.write("your_database.sql", body)
    house.bucket.write("renamed.bin", body)
    house.bucket.write("x/cut-20260101T000000Z.sql", b"PGDMP\x01")
    house.bucket.write("x/broken-20260101T000000Z.sql", body)
    house.bucket.write("x/broken-20260101T000000Z.sql.manifest.json", b'{"schema": 2}')
    house.bucket.write("notes.txt", b"PG")
    house.bucket.write("lonely.sql.manifest.json", b"{}")
    inventory = stored.catalogue(house.target).inventory()
    by_path = {dump.path: dump for dump in inventory.dumps}
    assert {path for path, dump in by_path.items() if dump.is_backup} == {backup.path}
    assert set(by_path) == {
        backup.path,
        "your_database.sql",
        "renamed.bin",
        "x/cut-20260101T000000Z.sql",
        "x/broken-20260101T000000Z.sql",
    }
    assert by_path["your_database.sql"].database == "your_database"
    assert "schema" in by_path["x/broken-20260101T000000Z.sql"].problem
    assert inventory.others == 2  # notes.txt and lonely.sql.manifest.json


def test_a_backup_whose_object_was_cut_is_no_backup(house: House, stored: Bak) -> None:
    (backup,) = stored.catalogue(house.target).inventory().dumps
    body = house.bucket.read(backup.stored.key, limit=1_000_000)
    house.bucket.write(backup.stored.key, body[:-1])
    (found,) = stored.catalogue(house.target).inventory().dumps
    assert not found.is_backup
    assert "bytes" in found.problem


@pytest.mark.fault("R39")
def test_hostile_keys_stay_in_the_folder_and_apart_from_each_other() -> None:
    keys = [
        "../../x",
        "/abs",
        "a\\..\\b",
        "nul\0",
        "line\nend",
        "y" * 1000,
        "A/x.sql",
        "a/x.sql",
        "a//b",
        "a/b",
    ]
    paths = distinct_paths(keys)
    assert len({path.casefold() for path in paths}) == len(keys)
    for path in paths:
        assert ".." not in Path(path).parts
        assert not path.startswith("/")
        assert all(len(part) < 220 for part in Path(path).parts)


@pytest.mark.fault("R39")
def test_a_hostile_key_is_downloaded_inside_the_folder(house: House, stored: Bak, tmp_path: Path) -> None:
    (backup,) = stored.catalogue(house.target).inventory().dumps
    body = house.bucket.read(backup.stored.key, limit=1_000_000)
    house.bucket.write("odd/..~\\..\\x\n.sql", body)
    folder = tmp_path / "in"
    folder.mkdir()
    dumps = [dump for dump in stored.catalogue(house.target).inventory().dumps if dump.path.startswith("odd")]
    report = stored.download(house.target, dumps, DownloadOptions(folder)).result()
    assert report.exit_code is ExitCode.DONE
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    (fetched,) = report.results
    assert fetched.path.is_relative_to(folder)
    assert "is kept as" in report.notes[0]
