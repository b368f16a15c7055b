"""Verify finds what a store has lost or flipped, names it, keeps the result, and goes on with the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bak_tui.core.checks import CheckResult, PartsDiffer
from bak_tui.core.errors import Cancelled, ExitCode, IntegrityError
from bak_tui.core.jobs import JobState
from bak_tui.core.levels import Level
from bak_tui.core.names import check_path, manifest_path
from bak_tui.core.outcomes import Outcome
from bak_tui.core.selection import Selection
from bak_tui.core.standing import Standing, Verdict
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.ports import Limits
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.proof.verifying import Verified
from bak_tui.operations.restore.targets import RestoreOptions
from tests.faults.s3_proxy import FOR_EVER, Corrupt, Refuse, S3Proxy, Stall
from tests.operations.conftest import House
from tests.samples import databases_of, fill, fill_bytes
from tests.servers.fixtures import MakeDatabase
from tests.services.s3.conftest import when
from tests.waiting import PATIENCE

MIB = 1024 * 1024


def back_up(house: House, database: str, compression: str = "none", bak: Bak | None = None) -> StoredDump:
    """One backup, as the bucket shows it."""
    options = BackupOptions(compression=compression, part_size=5 * MIB)
    (taken,) = (bak or house.bak()).backup(house.profile, Selection((database,)), options).result().results
    return house.bak().catalogue(house.target).show(taken.path)


def verify(
    house: House, dump: StoredDump, level: Level = Level.BYTES, bak: Bak | None = None
) -> Outcome[Verified]:
    job = (bak or house.bak()).verify(house.profile, [dump], VerifyOptions(level))
    (outcome,) = job.result().outcomes
    return outcome


def tamper(house: House, dump: StoredDump, change: Callable[[bytes], bytes]) -> None:
    """Change the object behind everybody's back."""
    house.bucket.write(dump.stored.key, change(house.bucket.read(dump.stored.key, limit=100_000_000)))


def flipped(at: float) -> Callable[[bytes], bytes]:
    def flip(body: bytes) -> bytes:
        place = int(len(body) * at)
        return body[:place] + bytes([body[place] ^ 0x10]) + body[place + 1 :]

    return flip


@pytest.fixture
def small(house: House, make_database: MakeDatabase) -> StoredDump:
    name = make_database()
    fill(house.server, name)
    return back_up(house, name, "gzip")


@pytest.fixture
def large(house: House, make_database: MakeDatabase) -> StoredDump:
    """Three parts, not compressed: pg_restore itself would see no flipped bit."""
    name = make_database()
    fill_bytes(house.server, name, 12)
    return back_up(house, name)


@pytest.mark.parametrize("level", list(Level))
def test_a_good_backup_passes_every_level_and_leaves_a_result(
    house: House, large: StoredDump, level: Level
) -> None:
    outcome = verify(house, large, level)
    assert outcome.state is JobState.OK, outcome.sentence
    assert outcome.result
    known = ["manifest", "size", "bytes", "archive"]
    compared = [what for what in outcome.result.compared if what != "etag"]  # rclone's tells nothing of parts
    assert compared == known[: level + 1]
    (check,) = house.bak().catalogue(house.target).show(large.path).checks
    assert (check.level, check.result) == (level, CheckResult.OK)
    assert large.manifest
    assert check.backup == large.manifest.id


def to_60_percent(body: bytes) -> bytes:
    return body[: int(len(body) * 0.6)]


def one_byte_short(body: bytes) -> bytes:
    return body[:-1]


def emptied(_body: bytes) -> bytes:
    return b""


_FLIPS = [flipped(0.002), flipped(0.5), flipped(0.999)]
"""In the table of contents, in the data, at the end."""


@pytest.fixture(params=["gzip:1", "none", "zstd:1"])
def compressed(request: pytest.FixtureRequest, house: House, make_database: MakeDatabase) -> StoredDump:
    """One backup a method; zstd by another server's programs."""
    if request.param == "zstd:1":
        postgres: EmbeddedPostgres = request.getfixturevalue("zstd_postgres")
        house.server, house.bindir = postgres.server, postgres.bindir
    name = make_database(server=house.server)
    fill(house.server, name)
    dump = back_up(house, name, request.param)
    assert dump.manifest
    assert dump.manifest.compression == request.param
    return dump


@pytest.mark.fault("R26", damages=True)
def test_a_cut_dump_is_found_at_every_level(house: House, compressed: StoredDump) -> None:
    whole = house.bucket.read(compressed.stored.key, limit=MIB)
    for harm in (to_60_percent, one_byte_short, emptied):
        house.bucket.write(compressed.stored.key, harm(whole))
        for level in Level:
            outcome = verify(house, compressed, level)
            assert outcome.exit_code is ExitCode.INTEGRITY
            assert "bytes" in outcome.sentence


@pytest.mark.fault("R27", damages=True)
def test_a_flipped_bit_is_found_by_every_level_that_reads(house: House, compressed: StoredDump) -> None:
    whole = house.bucket.read(compressed.stored.key, limit=MIB)
    assert verify(house, compressed, Level.DECODE).state is JobState.OK
    for flip in _FLIPS:
        house.bucket.write(compressed.stored.key, flip(whole))
        for level in (Level.BYTES, Level.DECODE):
            outcome = verify(house, compressed, level)
            assert outcome.exit_code is ExitCode.INTEGRITY
            assert "part 1 of 1" in outcome.sentence


@pytest.mark.fault("R26", "R27", damages=True)
def test_harm_in_the_bucket_is_told_before_any_sql_reaches_a_server(
    house: House, compressed: StoredDump
) -> None:
    steps: list[Step] = []
    bak = house.bak(checkpoint=lambda step, _subject: steps.append(step))
    whole = house.bucket.read(compressed.stored.key, limit=MIB)
    for harm in (to_60_percent, one_byte_short, emptied, *_FLIPS):
        house.bucket.write(compressed.stored.key, harm(whole))
        source = bak.catalogue(house.target).source(compressed.path)
        report = bak.restore(house.server, [source], RestoreOptions(into="harmed")).result()
        assert (report.exit_code, steps) == (ExitCode.INTEGRITY, [])
    assert not [name for name in databases_of(house.server) if name.startswith("harmed")]


def test_every_bad_part_is_named_and_the_result_says_so(house: House, large: StoredDump) -> None:
    tamper(house, large, lambda body: flipped(0.999)(flipped(0.1)(body)))
    outcome = verify(house, large)
    assert isinstance(outcome.error, PartsDiffer)
    assert outcome.error.parts == (1, 3)
    assert "parts 1 and 3 of 3" in outcome.sentence
    seen = house.bak().catalogue(house.target).show(large.path)
    (check,) = seen.checks
    assert (check.result, check.bad_parts) == (CheckResult.FAILED, [1, 3])
    assert seen.evidence.failed == check


def test_one_bad_backup_does_not_stop_the_others(house: House, make_database: MakeDatabase) -> None:
    dumps = []
    for _ in range(3):
        name = make_database()
        fill(house.server, name)
        dumps.append(back_up(house, name, "gzip"))
    tamper(house, dumps[1], flipped(0.5))
    report = house.bak().verify(house.profile, dumps, VerifyOptions(parallel=2)).result()
    codes = [outcome.exit_code for outcome in report.outcomes]
    assert codes == [ExitCode.DONE, ExitCode.INTEGRITY, ExitCode.DONE]
    assert report.exit_code is ExitCode.PARTIAL
    assert "2 of 3 verified" in report.sentence("verify", 1)


def test_a_dump_without_a_manifest_is_decoded_and_that_is_said(house: House, small: StoredDump) -> None:
    house.bucket.delete([manifest_path(small.stored.key)])
    outcome = verify(house, small)
    assert outcome.state is JobState.WARN
    assert outcome.result
    assert outcome.result.compared == ("archive",)
    assert "decoded to its end" in outcome.sentence
    assert "nothing tells whether" in outcome.warnings[0]
    seen = house.bak().catalogue(house.target).show(small.path)
    assert seen.evidence.words(datetime.now(UTC)).startswith("decoded")
    assert seen.evidence.verified is None
    first = verify(house, small, Level.MANIFEST)
    assert first.result
    assert first.result.compared == ()


@pytest.mark.parametrize("to", [0.3, 0.6, 0.999])
def test_a_cut_dump_without_a_manifest_does_not_decode(house: House, small: StoredDump, to: float) -> None:
    house.bucket.delete([manifest_path(small.stored.key)])
    tamper(house, small, lambda body: body[: int(len(body) * to)])
    assert verify(house, small).exit_code is ExitCode.INTEGRITY


def test_an_object_that_is_gone_is_a_failure(house: House, small: StoredDump) -> None:
    house.bucket.delete([small.stored.key])
    outcome = verify(house, small)
    assert isinstance(outcome.error, IntegrityError)
    assert "gone" in outcome.sentence


def test_a_manifest_that_is_damaged_is_a_failure(house: House, small: StoredDump) -> None:
    house.bucket.write(manifest_path(small.stored.key), b"{}")
    outcome = verify(house, small)
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert "no backup any more" in outcome.sentence


def through(house: House, proxy: S3Proxy) -> House:
    return replace(house, target=replace(house.target, endpoint=proxy.url))


@pytest.mark.parametrize("level", [Level.BYTES, Level.DECODE])
def test_a_bit_that_was_flipped_on_its_way_is_not_blamed_on_the_store(
    house: House, large: StoredDump, level: Level
) -> None:
    with S3Proxy(str(house.target.endpoint)) as proxy:
        # Manifests and checks are objects, too: only the stream asks for the third piece.
        proxy.fault("GetObject", Corrupt(1000), key=large.stored.key, nth=4)
        outcome = verify(through(house, proxy), large, level)
    assert outcome.state is JobState.WARN, outcome.sentence
    assert "look at the network" in outcome.warnings[0]


def test_credentials_that_may_only_read_verify_and_tell_where_the_result_is(
    house: House, small: StoredDump
) -> None:
    with S3Proxy(str(house.target.endpoint)) as proxy:
        proxy.fault("PutObject", Refuse(403, "AccessDenied"), key=".checks/", times=FOR_EVER)
        bak = house.bak()
        report = bak.verify(through(house, proxy).profile, [small], VerifyOptions()).result()
    assert report.exit_code is ExitCode.DONE
    assert "job history only" in report.notes[0]
    assert house.bak().catalogue(house.target).show(small.path).checks == ()


def test_cancelling_ends_it_at_once_and_leaves_no_result(house: House, large: StoredDump) -> None:
    with S3Proxy(str(house.target.endpoint)) as proxy:
        proxy.fault("GetObject", Stall(), key=large.stored.key, nth=4, times=FOR_EVER)
        bak = house.bak(limits=Limits(stall=60))
        options = VerifyOptions(Level.DECODE)
        job = bak.verify(through(house, proxy).profile, [large], options)
        when(lambda: proxy.count("GetObject") > 3, job.cancel)
        assert job.wait(PATIENCE)
    (outcome,) = job.result().outcomes
    assert isinstance(outcome.error, Cancelled)
    assert house.bak().catalogue(house.target).show(large.path).checks == ()


def test_junk_among_the_checks_counts_for_nothing(house: House, small: StoredDump) -> None:
    for junk in (b"", b"{", b'{"schema": 2}', b"\xff" * 100, b"x" * 100_000):
        house.bucket.write(check_path(small.stored.key, datetime.now(UTC)), junk)
    verify(house, small)
    seen = house.bak().catalogue(house.target).inventory().dumps
    assert [len(dump.checks) for dump in seen] == [1]
    assert seen[0].evidence.verified is not None


def test_a_failed_check_shows_in_the_standing_until_one_as_deep_passes(
    house: House, small: StoredDump
) -> None:
    whole = house.bucket.read(small.stored.key, limit=MIB)
    tamper(house, small, flipped(0.5))
    verify(house, small)

    def verdict() -> Verdict | None:
        rows = house.bak().board(house.profile).rows
        return next(row.verdict for row in rows if row.database == small.database)

    bad = verdict()
    assert bad
    assert (bad.standing, bad.guilty) == (Standing.UNVERIFIED, "check")
    assert "part 1 of 1 is not what was backed up" in bad.why
    house.bucket.write(small.stored.key, whole)
    verify(house, small, Level.MANIFEST)
    assert verdict() == bad
    verify(house, small)
    good = verdict()
    assert good
    assert good.standing is Standing.OK
