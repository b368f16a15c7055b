"""A store that is slow to obey, loses its answers, keeps versions, or deletes what was listed, under whole
operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.leftovers import LeftoverKind
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.transfer.download import DownloadOptions
from bak_tui.services.s3 import S3Options
from tests.faults.odd_stores import FirstTimes, gone
from tests.faults.s3_proxy import ANY, FOR_EVER, Refuse, Reset, S3Proxy
from tests.faults.test_store import backed_up, leftovers
from tests.operations.conftest import House, house
from tests.operations.test_backup import UNCOMPRESSED, assert_nothing_left, back_up
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, fill_bytes, rows_of
from tests.servers.ceph import Ceph
from tests.servers.fixtures import MakeDatabase

__all__ = ["house"]


@pytest.fixture
def name(house: House, make_database: MakeDatabase) -> str:
    name = make_database()
    fill(house.server, name)
    return name


@pytest.fixture
def proxy(house: House, tmp_path: Path) -> Iterator[S3Proxy]:
    """Between `Bak` and the bucket; a journal is kept."""
    direct = house.target
    with S3Proxy(str(direct.endpoint)) as proxy:
        house.target = replace(direct, endpoint=proxy.url)
        house.state = tmp_path / "state"
        house.s3 = S3Options(retry_pause=0.005)
        yield proxy
    house.target = direct
    assert proxy.surprises == []


def dumps_of(house: House) -> list[StoredDump]:
    return list(house.bak().catalogue(house.target).inventory().dumps)


def restored(house: House, dumps: list[StoredDump], into: str) -> Any:
    bak = house.bak()
    sources = bak.catalogue(house.target).sources(dumps)
    (outcome,) = bak.restore(house.server, sources, RestoreOptions(into=into)).result().outcomes
    return outcome


def delete(house: House, dumps: list[StoredDump]) -> None:
    """All of them; that it was the last of its database is a warning."""
    how = DeleteOptions({house.profile.name})
    outcomes = house.bak().delete(house.profile, dumps, how).result().outcomes
    assert [outcome.error for outcome in outcomes] == [None] * len(dumps)


@pytest.mark.fault("R48")
def test_every_operation_bears_that_each_of_its_requests_is_slowed_down(
    house: House, name: str, proxy: S3Proxy, tmp_path: Path
) -> None:
    fill_bytes(house.server, name, 12)
    proxy.fault(ANY, FirstTimes(Refuse(503, "SlowDown"), 3), times=FOR_EVER)
    assert backed_up(house, name).state is JobState.OK
    dumps = dumps_of(house)
    assert [dump.is_backup for dump in dumps] == [True]
    bak = house.bak()
    assert bak.verify(house.profile, dumps, VerifyOptions()).result().exit_code is ExitCode.DONE
    fetched = bak.download(house.target, dumps, DownloadOptions(tmp_path / "fetched")).result()
    assert fetched.exit_code is ExitCode.DONE
    outcome = restored(house, dumps, f"{name}_r")
    try:
        assert outcome.state is JobState.OK, outcome.error
        assert rows_of(house.server, f"{name}_r") == rows_of(house.server, name)
    finally:
        drop(house.server, f"{name}_r")
    assert leftovers(house) == []
    delete(house, dumps)
    assert_nothing_left(house)


@pytest.mark.parametrize("operation", ["PutObject", "DeleteObject", "DeleteObjects"])
@pytest.mark.fault("R50")
def test_what_was_done_and_not_answered_for_is_done_again_and_right(
    house: House, name: str, proxy: S3Proxy, operation: str
) -> None:
    """A dump of one part, its manifest, and their deletion."""
    proxy.fault(operation, FirstTimes(Reset("after"), 2), times=FOR_EVER)
    assert backed_up(house, name).state is JobState.OK
    dumps = dumps_of(house)
    assert house.bak().verify(house.profile, dumps, VerifyOptions()).result().exit_code is ExitCode.DONE
    delete(house, dumps)
    assert leftovers(house) == []
    assert_nothing_left(house)


@pytest.mark.parametrize("nth", [1, 2], ids=["preflight", "upload"])
@pytest.mark.fault("R50")
def test_an_upload_whose_beginning_was_not_answered_for_is_aborted_by_its_key(
    house: House, name: str, proxy: S3Proxy, nth: int
) -> None:
    """Its id was in the answer; but what is open under our key when we are done with it is ours."""
    fill_bytes(house.server, name, 12)
    proxy.fault("CreateMultipartUpload", Reset("after"), nth=nth)
    assert backed_up(house, name).state is JobState.OK
    assert house.bucket.open_uploads("") == ()
    assert leftovers(house) == []
    dumps = dumps_of(house)
    assert house.bak().verify(house.profile, dumps, VerifyOptions()).result().exit_code is ExitCode.DONE


@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
@pytest.mark.fault("R50")
def test_where_that_cannot_be_looked_for_the_journal_keeps_it_and_cleaning_removes_it(
    house: House, name: str, proxy: S3Proxy, form: FormatWish
) -> None:
    fill_bytes(house.server, name, 12)
    proxy.fault("ListMultipartUploads", Refuse(403, "AccessDenied"), times=FOR_EVER)
    proxy.fault("CreateMultipartUpload", Reset("after"))
    (outcome,) = back_up(house.bak(), house, name, options=replace(UNCOMPRESSED, format=form)).outcomes
    assert outcome.state is JobState.OK
    proxy.heal()
    (lost,) = house.bucket.open_uploads("")
    rooms = house.bak().house
    found = rooms.find(house.profile, lists_objects=True)
    assert [(each.kind, each.upload_id, each.may_go) for each in found.found] == [
        (LeftoverKind.UPLOAD, lost.upload_id, True)
    ]
    assert [each.error for each in rooms.clean(house.profile, found)] == [None]
    assert house.bucket.open_uploads("") == ()
    assert leftovers(house) == []


@pytest.mark.fault("R50")
def test_a_backup_that_is_never_answered_when_it_begins_fails_and_what_it_began_is_cleaned(
    house: House, name: str, proxy: S3Proxy
) -> None:
    proxy.fault("CreateMultipartUpload", Reset("after"), times=FOR_EVER)
    outcome = backed_up(house, name)
    assert outcome.error is not None
    assert outcome.exit_code is ExitCode.STORE
    assert set(leftovers(house)) == {LeftoverKind.UPLOAD}
    rooms = house.bak().house
    found = rooms.find(house.profile, lists_objects=True)
    assert [each.error for each in rooms.clean(house.profile, found) if each.error] == []
    assert_nothing_left(house)


@pytest.mark.fault("R66")
def test_a_dump_that_is_deleted_after_it_was_listed_fails_alone(
    house: House, make_database: MakeDatabase, name: str, proxy: S3Proxy, tmp_path: Path
) -> None:
    """As a lifecycle rule of the bucket does it: to the dump of one database, not to the other's."""
    other = make_database()
    fill(house.server, other)
    for each in (name, other):
        assert backed_up(house, each).state is JobState.OK
    dumps = sorted(dumps_of(house), key=lambda dump: dump.database != name)
    for operation in ("GetObject", "HeadObject"):
        proxy.fault(operation, gone(), key=f"{dumps[0].stored.key}", times=FOR_EVER)
    bak = house.bak()
    sources = bak.catalogue(house.target).sources(dumps)
    reports = [
        bak.verify(house.profile, dumps, VerifyOptions()).result(),
        bak.download(house.target, dumps, DownloadOptions(tmp_path / "fetched")).result(),
        bak.restore(house.server, sources[:1], RestoreOptions(into=f"{name}_r")).result(),
    ]
    for report in reports:
        states = [outcome.state for outcome in report.outcomes]
        assert states == [JobState.FAILED, JobState.OK][: len(states)]
        assert "deleted" in f"{report.outcomes[0].error} {report.outcomes[0].error.hint}"  # type: ignore[union-attr]  # it failed
    assert f"{name}_r" not in databases_of(house.server)
    assert not [each for each in databases_of(house.server) if each.startswith(f"{name}_r__")]
    assert list((tmp_path / "fetched").rglob("*.partial")) == []


@pytest.mark.fault("R66")
def test_a_manifest_that_is_deleted_after_it_was_listed_leaves_the_others_listed(
    house: House, make_database: MakeDatabase, name: str, proxy: S3Proxy
) -> None:
    other = make_database()
    fill(house.server, other)
    for each in (name, other):
        assert backed_up(house, each).state is JobState.OK
    proxy.fault("GetObject", gone(), key=f"{name}/{name}", times=FOR_EVER)
    listed = {dump.database: dump.is_backup for dump in dumps_of(house)}
    assert listed[other]
    assert not listed.get(name, False)


# -- versions and locks ------------------------------------------------------------------------------------


@pytest.fixture(params=["versions", "object lock"])
def versioned(
    request: pytest.FixtureRequest, embedded_postgres: EmbeddedPostgres, ceph_s3: Ceph, tmp_path: Path
) -> Iterator[House]:
    """A bucket of Ceph's that keeps every version; with object lock, against its owner, too."""
    bucket = f"bak-{request.param.replace(' ', '-')}-{tmp_path.name[-1]}"
    target = ceph_s3.create_versioned(bucket, locks=request.param == "object lock")
    house = House(embedded_postgres.server, target, embedded_postgres.bindir, state=tmp_path / "state")
    yield house
    for bak in house.opened:
        bak.engine.close()


@pytest.mark.ring("ceph")
@pytest.mark.fault("R67")
@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
def test_a_bucket_that_keeps_versions_or_locks_them_is_written_to_read_and_deleted_from(
    versioned: House, make_database: MakeDatabase, form: FormatWish
) -> None:
    """A deletion leaves a marker: nothing is listed afterwards, whatever the bucket still keeps."""
    name = make_database()
    fill(versioned.server, name)
    fill_bytes(versioned.server, name, 12)
    assert backed_up(versioned, name, form).state is JobState.OK
    dumps = dumps_of(versioned)
    bak = versioned.bak()
    assert bak.verify(versioned.profile, dumps, VerifyOptions()).result().exit_code is ExitCode.DONE
    outcome = restored(versioned, dumps, f"{name}_r")
    assert outcome.state is JobState.OK, outcome.error
    assert rows_of(versioned.server, f"{name}_r") == {**SAMPLE_ROWS, "public.bulk": 12}
    drop(versioned.server, f"{name}_r")
    delete(versioned, dumps)
    assert dumps_of(versioned) == []
    assert leftovers(versioned) == []
    assert backed_up(versioned, name, form).state is JobState.OK
    assert [dump.is_backup for dump in dumps_of(versioned)] == [True]
