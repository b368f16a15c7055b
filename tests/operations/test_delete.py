"""Delete takes what was named and confirmed, in the safe order, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bak_tui.core.errors import ConfirmationNeeded, ExitCode, StoreError, UsageError
from bak_tui.core.jobs import JobState
from bak_tui.core.names import checks_folder, manifest_path
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile
from bak_tui.core.wording import size
from bak_tui.operations.bucket.delete import DeleteOptions
from bak_tui.operations.bucket.deleting import Deleted
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.proof.verify import VerifyOptions
from tests.faults.s3_proxy import FOR_EVER, Refuse, S3Proxy, Say
from tests.operations.conftest import House
from tests.operations.test_verify import back_up, flipped, tamper, verify
from tests.samples import fill
from tests.servers.fixtures import MakeDatabase


@pytest.fixture
def kept(house: House, make_database: MakeDatabase) -> StoredDump:
    name = make_database()
    fill(house.server, name)
    return back_up(house, name, "gzip")


def delete(house: House, *dumps: StoredDump, profile: Profile | None = None) -> Report[Deleted]:
    profile = profile or house.profile
    return house.bak().delete(profile, dumps, DeleteOptions(frozenset({profile.name}))).result()


def test_the_dump_its_manifest_and_its_checks_go_and_all_else_stays(
    house: House, kept: StoredDump, make_database: MakeDatabase
) -> None:
    other = make_database()
    fill(house.server, other)
    back_up(house, other, "gzip")
    before = house.keys()
    house.bucket.write(f"{kept.stored.key}x", b"a name that begins alike")
    verify(house, kept)
    assert any(checks_folder(kept.stored.key) in key for key in house.objects())
    report = delete(house, kept)
    assert report.outcomes[0].sentence.endswith("the backup is deleted")
    left = before - {kept.stored.key, manifest_path(kept.stored.key)} | {f"{kept.stored.key}x"}
    assert house.keys() == left


def test_the_manifest_goes_first_and_what_is_refused_then_is_told(house: House, kept: StoredDump) -> None:
    with S3Proxy(str(house.target.endpoint)) as proxy:
        proxy.fault("DeleteObject", Refuse(403, "AccessDenied", "locked"), nth=2, times=FOR_EVER)
        profile = replace(house.profile, given_target=replace(house.target, endpoint=proxy.url))
        report = delete(house, kept, profile=profile)
        deleted = [request.key for request in proxy.requests if request.operation == "DeleteObject"]
    assert deleted[0] == manifest_path(kept.stored.key)
    (outcome,) = report.outcomes
    assert isinstance(outcome.error, StoreError)
    assert outcome.error.kind == "access_denied"
    assert "a dump without one now" in outcome.error.hint
    assert house.keys() == {kept.stored.key}
    assert delete(house, kept).exit_code is ExitCode.DONE
    assert house.keys() == set()


def test_a_store_that_says_yes_and_keeps_it_is_not_believed(house: House, kept: StoredDump) -> None:
    with S3Proxy(str(house.target.endpoint)) as proxy:
        proxy.fault("DeleteObject", Say(204), times=FOR_EVER)
        profile = replace(house.profile, given_target=replace(house.target, endpoint=proxy.url))
        (outcome,) = delete(house, kept, profile=profile).outcomes
    assert outcome.error is not None
    assert outcome.error.kind == "not_deleted"


@pytest.mark.parametrize("confirmed", [set(), {"another"}, {"TEST"}])
def test_without_the_profiles_name_nothing_happens(
    house: House, kept: StoredDump, confirmed: set[str]
) -> None:
    before = house.keys()
    with pytest.raises(ConfirmationNeeded, match="no good backup would be left of") as raised:
        house.bak().delete(house.profile, [kept], DeleteOptions(confirmed)).result()
    assert raised.value.name == "test"
    assert house.keys() == before


def test_the_last_good_backup_is_warned_of(house: House, kept: StoredDump) -> None:
    later = house.bak(clock=lambda: datetime.now(UTC) + timedelta(seconds=5))
    newer = back_up(house, kept.database, "gzip", later)
    tamper(house, newer, flipped(0.5))
    house.bak().verify(house.profile, [newer], VerifyOptions()).result()
    plan = house.bak().plans.delete(house.profile, [newer])
    assert plan.bared == ()
    (outcome,) = delete(house, kept).outcomes
    assert outcome.state is JobState.WARN
    assert f"no good backup of {kept.database} any more" in outcome.warnings[0]


def test_a_read_only_profile_deletes_nothing(house: House, kept: StoredDump) -> None:
    profile = replace(house.profile, is_read_only=True)
    with pytest.raises(UsageError, match="read-only"):
        delete(house, kept, profile=profile)
    assert kept.stored.key in house.objects()


@pytest.mark.parametrize("key", ["notes.txt", "_globals/run.sql", "looks-like-20260101T000000Z.sql"])
def test_what_is_no_dump_is_left_alone(house: House, key: str) -> None:
    house.bucket.write(key, b"not a dump")
    listed = house.bak().catalogue(house.target).show(key)
    with pytest.raises(UsageError, match="no dump"):
        delete(house, listed)
    assert house.keys() == {key}


def test_what_lies_outside_the_prefix_is_left_alone(house: House, kept: StoredDump) -> None:
    target = replace(house.target, prefix="elsewhere/")
    before = house.keys()
    with pytest.raises(UsageError, match="not below"):
        delete(house, kept, profile=replace(house.profile, given_target=target))
    assert house.keys() == before


def test_nothing_is_deleted_when_the_bucket_cannot_be_listed(house: House, kept: StoredDump) -> None:
    before = house.keys()
    with S3Proxy(str(house.target.endpoint)) as proxy:
        proxy.fault("ListObjectsV2", Refuse(403, "AccessDenied"), times=FOR_EVER)
        profile = replace(house.profile, given_target=replace(house.target, endpoint=proxy.url))
        with pytest.raises(StoreError):
            delete(house, kept, profile=profile)
    assert house.keys() == before


def test_what_is_gone_or_no_dump_stops_no_other_and_is_told(
    house: House, kept: StoredDump, make_database: MakeDatabase
) -> None:
    other = make_database()
    fill(house.server, other)
    gone = back_up(house, other, "gzip")
    house.bucket.delete([gone.stored.key, manifest_path(gone.stored.key)])
    house.bucket.write("notes.txt", b"not a dump")
    notes = house.bak().catalogue(house.target).show("notes.txt")
    plan = house.bak().plans.delete(house.profile, [gone, notes, kept])
    assert [each.name for each in plan.refused] == [gone.path, notes.path]
    assert [dump.path for dump in plan.dumps] == [kept.path]
    report = delete(house, gone, notes, kept)
    assert [outcome.state for outcome in report.outcomes] == [JobState.FAILED, JobState.FAILED, JobState.WARN]
    assert "is not in" in report.outcomes[0].sentence
    assert "it was left alone" in report.outcomes[1].sentence
    assert house.keys() == {"notes.txt"}
    nothing = house.bak().delete(house.profile, [gone, notes], DeleteOptions()).result()
    assert nothing.exit_code is ExitCode.USAGE, "nothing would go, so no name is asked for"


def test_backups_that_the_listing_has_told_are_not_asked_for_one_by_one(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    dumps = []
    for hours in range(3):
        ahead = timedelta(hours=hours)
        dumps.append(back_up(house, name, "gzip", house.bak(clock=lambda: datetime.now(UTC) + ahead)))  # noqa: B023  # called here
    with S3Proxy(str(house.target.endpoint)) as proxy:
        profile = replace(house.profile, given_target=replace(house.target, endpoint=proxy.url))
        plan = house.bak().plans.delete(profile, dumps)
        asked = [request.operation for request in proxy.requests]
    assert [dump.path for dump in plan.dumps] == [dump.path for dump in dumps]
    assert "HeadObject" not in asked
    assert plan.sentence.startswith(
        f"3 dumps ({size(plan.size)}) would be deleted for good: {dumps[0].path}, "
    )
