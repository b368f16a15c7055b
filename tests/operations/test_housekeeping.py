"""What may be removed: what is proven to be ours and dead, and what the user names; nothing else goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bak_tui.core.errors import ConfirmationNeeded, ExitCode, UsageError
from bak_tui.core.journal import DatabaseTrace
from bak_tui.core.leftovers import PROVEN_ONLY, Claims, Leftovers
from bak_tui.core.marks import Mark, MarkKind
from bak_tui.core.objects import OpenUpload
from bak_tui.core.profile import Profile
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.transfer.download import DownloadOptions
from bak_tui.services.journal import Journal
from bak_tui.services.postgres import Instance
from tests.faults.s3_proxy import FOR_EVER, Refuse, S3Proxy
from tests.operations.conftest import House
from tests.operations.test_marked import left_behind
from tests.samples import databases_of, drop, mark
from tests.servers.fixtures import MakeDatabase

KEY = "fence/fence-20261123T120000Z.sql"


@pytest.fixture
def proxy(house: House, tmp_path: Path) -> Iterator[S3Proxy]:
    """Between `Bak` and the bucket; a journal is kept."""
    with S3Proxy(str(house.target.endpoint)) as proxy:
        house.target = replace(house.target, endpoint=proxy.url)
        house.state = tmp_path / "state"
        yield proxy
    assert not proxy.surprises


def begin(house: House, key: str) -> OpenUpload:
    """An open upload that no journal knows."""
    client = house.bucket._connection.client
    answer = client.create_multipart_upload(Bucket=house.target.bucket, Key=key)
    return OpenUpload(key, answer["UploadId"], datetime.now(UTC))


def found(house: House, claims: Claims = PROVEN_ONLY) -> Leftovers:
    return house.bak().house.find(house.profile, claims, lists_objects=True)


def clean(house: House, claims: Claims = PROVEN_ONLY) -> list[str]:
    """The names of what was removed."""
    bak = house.bak()
    done = bak.house.clean(house.profile, found(house, claims))
    assert [each.error for each in done if each.error] == []
    return [each.leftover.name for each in done]


@pytest.mark.parametrize("refusal", [Refuse(403, "AccessDenied"), Refuse(501, "NotImplemented")])
def test_where_uploads_cannot_be_listed_the_journals_own_are_aborted_by_their_id(
    house: House, make_database: MakeDatabase, proxy: S3Proxy, refusal: Refuse
) -> None:
    name = make_database()
    proxy.fault("AbortMultipartUpload", Refuse(403, "AccessDenied"), times=FOR_EVER)
    report = house.bak().backup(house.profile, Selection((name,)), BackupOptions()).result()
    assert report.outcomes[0].error is not None
    (upload,) = house.bucket.open_uploads("")
    proxy.heal()
    proxy.fault("ListMultipartUploads", refusal, times=FOR_EVER)
    told = found(house)
    assert [(each.upload_id, each.may_go) for each in told.found] == [(upload.upload_id, True)]
    assert "cannot be listed" in " ".join(told.notes)
    assert clean(house) == [upload.key]
    assert found(house).found == ()
    proxy.heal()
    assert house.bucket.open_uploads("") == ()


def test_an_upload_that_no_journal_here_knows_goes_by_age_or_by_its_id(house: House) -> None:
    ours, other = begin(house, KEY), begin(house, "photos/cat.jpg")
    told = {each.name: each for each in found(house).found}
    assert not any(each.may_go for each in told.values())
    assert "older than 7d (--older-than)" in told[KEY].sentence
    assert f"--upload {other.upload_id}" in told["photos/cat.jpg"].sentence
    house_later = house.bak(clock=lambda: datetime.now(UTC) + timedelta(hours=3))
    aged = house_later.house.find(house.profile, Claims(older_than=timedelta(hours=2)))
    assert [each.name for each in aged.removable] == [KEY]
    assert [each.name for each in found(house, Claims(older_than=timedelta(hours=2))).removable] == []
    assert clean(house) == []
    assert clean(house, Claims(uploads={other.upload_id})) == ["photos/cat.jpg"]
    assert [each.upload_id for each in house.bucket.open_uploads("")] == [ours.upload_id]
    house.bucket.abort(ours)


def test_dumps_and_manifests_that_have_lost_each_other_are_told_and_go_only_by_name(house: House) -> None:
    whole, alone, bare = (f"{name}/{name}-20261123T120000Z.sql" for name in ("whole", "alone", "bare"))
    folder = ("d/d-20261123T120000Z.dir/toc.dat", "d/d-20261123T120000Z.dir.manifest.json")
    for key in (whole, f"{whole}.manifest.json", f"{alone}.manifest.json", bare, "photos/cat.jpg", *folder):
        house.bucket.write(key, b"x")
    told = {each.name: each.kept_because for each in found(house).found}
    assert set(told) == {f"{alone}.manifest.json", bare}
    assert f"--object {alone}.manifest.json" in told[f"{alone}.manifest.json"]
    assert "bak delete" in told[bare]
    before = house.keys()
    assert clean(house) == []
    assert clean(house, Claims(objects={bare, f"{whole}.manifest.json", "photos/cat.jpg", *folder})) == []
    assert house.keys() == before
    assert clean(house, Claims(objects={f"{alone}.manifest.json"})) == [f"{alone}.manifest.json"]
    assert house.keys() == before - {f"{alone}.manifest.json"}


def test_a_kept_database_is_dropped_by_its_typed_name_and_nothing_else_is(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    kept, scratch = f"{name}__old_x", left_behind(house, name)
    mark = Mark(kind=MarkKind.KEPT, database=name, job="bak-00000000", at=datetime.now(UTC))
    Instance(house.server).create_database(kept, None, str(mark))
    keeper = house.bak().house
    try:
        with pytest.raises(UsageError, match="no database that a restore made"):
            keeper.drop(house.profile, [name], {name})
        with pytest.raises(ConfirmationNeeded, match="dropped for good"):
            keeper.drop(house.profile, [scratch, kept], {scratch, name})
        assert {name, kept, scratch} <= set(databases_of(house.server))
        assert [each.name for each in keeper.drop(house.profile, [kept], {kept})] == [kept]
        assert kept not in databases_of(house.server)
        assert {name, scratch} <= set(databases_of(house.server))
    finally:
        drop(house.server, scratch)


def test_nothing_is_removed_for_a_read_only_profile(house: House, make_database: MakeDatabase) -> None:
    left = left_behind(house, make_database())
    guarded = Profile("prod", house.server, house.target, is_read_only=True)
    keeper = house.bak().house
    try:
        told = keeper.find(guarded)
        assert left in [each.name for each in told.removable]
        for act in (
            lambda: keeper.clean(guarded, told),
            lambda: keeper.allow(guarded, told, "", confirmed=True),
            lambda: keeper.drop(guarded, [left], {left}),
        ):
            with pytest.raises(UsageError, match="prod is read-only; nothing is removed"):
                act()
        assert left in databases_of(house.server)
    finally:
        drop(house.server, left)


def test_a_journal_that_cannot_be_kept_is_said_by_every_job(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    (tmp_path / "state").write_text("a file where the folder should be")
    house.state = tmp_path / "state"
    backup = house.bak().backup(house.profile, Selection((name,)), BackupOptions()).result()
    bak = house.bak()
    dumps = bak.catalogue(house.target).inventory().dumps
    fetched = bak.download(house.target, dumps, DownloadOptions(tmp_path / "dumps")).result()
    sources, _ = bak.folder_dumps(tmp_path / "dumps", Selection())
    restored = house.bak().restore(house.server, sources, RestoreOptions(into=f"{name}_r")).result()
    try:
        for report in (backup, fetched, restored):
            assert report.exit_code is ExitCode.DONE
            assert "no journal can be kept" in " ".join(report.notes)
    finally:
        drop(house.server, f"{name}_r")


@pytest.mark.parametrize("holds_something", [False, True])
def test_a_database_that_a_run_was_making_when_it_was_killed_is_ours_while_it_is_empty(
    house: House, make_database: MakeDatabase, tmp_path: Path, holds_something: bool
) -> None:
    house.state = tmp_path / "state"
    name = make_database()
    trace = DatabaseTrace(Instance(house.server).identity().address, name)
    with Journal(house.state).entry(trace, "bak-00000000") as entry:
        entry.remains()
    if holds_something:
        mark(house.server, name, "somebody's")
    assert clean(house) == ([] if holds_something else [name])
    assert (name in databases_of(house.server)) == holds_something
    assert Journal(house.state).past().entries == ()
