"""A store that is not well, under a whole backup and a whole restore. Faults R10 to R19, R28."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.leftovers import Claims, LeftoverKind
from bak_tui.core.outcomes import Outcome
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.proof.verify import VerifyOptions
from bak_tui.operations.restore.targets import RestoreOptions
from bak_tui.operations.results import Taken
from bak_tui.services.s3 import S3Options
from tests.children import dumping_children
from tests.faults.s3_proxy import FOR_EVER, Fault, Refuse, Reset, S3Proxy, Say, Slow, Stall, Truncate
from tests.operations.conftest import House, house
from tests.operations.test_backup import UNCOMPRESSED, assert_nothing_left, back_up
from tests.samples import databases_of, drop, fill_bytes, rows_of
from tests.servers.fixtures import open_connection
from tests.waiting import PATIENCE, until

__all__ = ["house"]

INSIDE_200 = Say(200, b"<Error><Code>InternalError</Code><Message>half-way</Message></Error>")
MANIFEST = ".manifest.json"
PART = 5 * 1024 * 1024
IMPATIENT = S3Options(retry_pause=0.01, attempts=4, part_attempts=4)


@pytest.fixture(scope="module")
def name(embedded_postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database whose dump has three parts."""
    with open_connection(embedded_postgres.server, "postgres") as connection:
        connection.execute("CREATE DATABASE bak_store")
    fill_bytes(embedded_postgres.server, "bak_store", 12)
    yield "bak_store"
    drop(embedded_postgres.server, "bak_store")


@pytest.fixture
def proxy(house: House, tmp_path: Path) -> Iterator[S3Proxy]:
    """Between `Bak` and the bucket; a journal is kept."""
    direct = house.target
    with S3Proxy(str(direct.endpoint)) as proxy:
        house.target = replace(direct, endpoint=proxy.url)
        house.state = tmp_path / "state"
        yield proxy
    house.target = direct
    assert proxy.surprises == []


def backed_up(house: House, name: str, form: FormatWish = FormatWish.CUSTOM) -> Outcome[Taken]:
    options = replace(UNCOMPRESSED, format=form)
    (outcome,) = back_up(house.bak(), house, name, options=options).outcomes
    return outcome


def is_verified(house: House) -> bool:
    """Whether what is listed is one backup, every byte of it as it was written."""
    bak = house.bak()
    dumps = bak.catalogue(house.target).inventory().dumps
    assert [dump.is_backup for dump in dumps] == [True]
    return bak.verify(house.profile, dumps, VerifyOptions()).result().exit_code is ExitCode.DONE


def leftovers(house: House) -> list[LeftoverKind]:
    found = house.bak().house.find(house.profile, lists_objects=True)
    assert found.errors == ()
    return [each.kind for each in found.found]


def clean(house: House, claims: Claims | None = None) -> None:
    rooms = house.bak().house
    found = rooms.find(house.profile, claims or Claims(), lists_objects=True)
    assert [each.error for each in rooms.clean(house.profile, found) if each.error] == []


@pytest.mark.parametrize(
    ("operation", "fault", "part", "times"),
    [
        pytest.param("UploadPart", Reset("mid"), 2, 1, marks=pytest.mark.fault("R10"), id="reset"),
        pytest.param("UploadPart", Refuse(503, "SlowDown"), 2, 7, marks=pytest.mark.fault("R11"), id="slow"),
        pytest.param(
            "CompleteMultipartUpload", INSIDE_200, None, 1, marks=pytest.mark.fault("R13"), id="complete"
        ),
        pytest.param("UploadPart", Stall(), 2, 1, marks=pytest.mark.fault("R14"), id="stall"),
    ],
)
def test_what_passes_is_survived_and_told_in_the_log(
    house: House, name: str, proxy: S3Proxy, operation: str, fault: Fault, part: int | None, times: int
) -> None:
    patience = 4 if isinstance(fault, Stall) else PATIENCE
    house.s3 = S3Options(retry_pause=0.01, read_timeout=patience)
    proxy.fault(operation, fault, part=part, times=times)
    job = house.bak().backup(house.profile, Selection((name,)), UNCOMPRESSED)
    assert job.result().exit_code is ExitCode.DONE
    if part is not None:
        assert sum(request.query.get("partNumber") == "2" for request in proxy.requests) == times + 1
        said = [line.text for line in job.log]
        plural = "" if times == 1 else "s"
        assert f"{times} request{plural} to the store had to be sent again" in said
    assert is_verified(house)
    assert leftovers(house) == []


@pytest.mark.parametrize(
    ("operation", "fault", "part", "kind"),
    [
        pytest.param(
            "UploadPart",
            Refuse(500, "InternalError"),
            3,
            "server_error",
            marks=pytest.mark.fault("R12"),
            id="part",
        ),
        pytest.param(
            "CompleteMultipartUpload",
            INSIDE_200,
            None,
            "server_error",
            marks=pytest.mark.fault("R13"),
            id="complete",
        ),
        pytest.param(
            "CreateMultipartUpload",
            Refuse(403, "RequestTimeTooSkewed", clock_off=20 * 60),
            None,
            "clock_skew",
            marks=pytest.mark.fault("R17"),
            id="skew",
        ),
    ],
)
def test_what_does_not_pass_fails_in_time_and_leaves_nothing(
    house: House, name: str, proxy: S3Proxy, operation: str, fault: Fault, part: int | None, kind: str
) -> None:
    house.s3 = IMPATIENT
    proxy.fault(operation, fault, part=part, times=FOR_EVER)
    error = backed_up(house, name).error
    assert error is not None
    assert (error.kind, error.exit_code) == (kind, ExitCode.STORE), error
    if kind == "clock_skew":
        assert "min" in error.message
        assert len(proxy.requests) < 5
    assert leftovers(house) == []
    assert_nothing_left(house)


@pytest.mark.fault("R15")
def test_pg_dump_is_held_back_while_the_store_takes_300_kb_a_second(
    house: House, name: str, proxy: S3Proxy
) -> None:
    """As long as it is slow no more is read than fits the buffers; then it goes on, and all is well."""
    fill_bytes(house.server, name, 48)
    proxy.fault("UploadPart", Slow(300_000), times=FOR_EVER)
    reads: list[Step] = []
    bak = house.bak(checkpoint=lambda step, _name: reads.append(step))
    job = bak.backup(house.profile, Selection((name,)), UNCOMPRESSED)
    until(lambda: proxy.count("UploadPart") == 6)
    (pg_dump,) = until(dumping_children)
    looks: list[int] = []

    def stands_still() -> bool:
        looks.append(_written(pg_dump))
        return len(looks) > 25 and looks[-1] > 6 * PART and len(set(looks[-25:])) == 1

    until(stands_still)
    # Six parts on their way, one being filled, and what lies in pipes.
    assert looks[-1] < 7 * PART + 2 * 1024 * 1024
    proxy.heal()
    assert job.result().exit_code is ExitCode.DONE
    assert is_verified(house)


def _written(pid: int) -> int:
    fields = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(fields["wchar"])


@pytest.mark.fault("R16")
def test_what_expired_credentials_leave_is_told_by_doctor_and_goes_with_good_ones(
    house: House, name: str, proxy: S3Proxy
) -> None:
    proxy.fault("UploadPart", Refuse(400, "ExpiredToken"), part=2, times=FOR_EVER)
    # The first abort is the preflight's own.
    proxy.fault("AbortMultipartUpload", Refuse(403, "AccessDenied"), nth=2, times=FOR_EVER)
    error = backed_up(house, name).error
    assert error is not None
    assert (error.kind, error.exit_code) == ("credentials_expired", ExitCode.STORE)
    proxy.heal()
    assert leftovers(house) == [LeftoverKind.UPLOAD]
    clean(house)
    assert leftovers(house) == []
    assert_nothing_left(house)


@pytest.mark.fault("R19")
@pytest.mark.parametrize("may_delete", [True, False])
def test_a_dump_whose_manifest_cannot_be_stored_is_no_backup(
    house: House, name: str, proxy: S3Proxy, may_delete: bool
) -> None:
    house.s3 = IMPATIENT
    proxy.fault("PutObject", Refuse(503, "ServiceUnavailable"), key=MANIFEST, times=FOR_EVER)
    if not may_delete:
        for operation in ("DeleteObject", "DeleteObjects"):
            proxy.fault(operation, Refuse(503, "ServiceUnavailable"), times=FOR_EVER)
    outcome = backed_up(house, name)
    assert outcome.error is not None
    assert outcome.exit_code is ExitCode.STORE
    proxy.heal()
    assert [dump for dump in house.bak().catalogue(house.target).inventory().dumps if dump.is_backup] == []
    assert leftovers(house) == ([] if may_delete else [LeftoverKind.OBJECT])
    clean(house)
    assert leftovers(house) == []
    assert_nothing_left(house)
    assert backed_up(house, name).state is JobState.OK
    assert is_verified(house)


@pytest.mark.fault("R28")
def test_a_restore_goes_on_when_its_download_breaks_twice(house: House, name: str, proxy: S3Proxy) -> None:
    house.s3 = S3Options(retry_pause=0.01)
    assert backed_up(house, name).state is JobState.OK
    proxy.fault("GetObject", Truncate(0.3), key=".sql", nth=2)
    proxy.fault("GetObject", Truncate(0.7), key=".sql", nth=3)
    bak = house.bak()
    sources = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    before = proxy.count("GetObject")
    (outcome,) = bak.restore(house.server, sources, RestoreOptions(into=f"{name}_r")).result().outcomes
    try:
        assert outcome.state is JobState.OK, outcome.error
        assert proxy.count("GetObject") > before
        assert rows_of(house.server, f"{name}_r") == rows_of(house.server, name)
    finally:
        drop(house.server, f"{name}_r")
    assert not [each for each in databases_of(house.server) if each.startswith(f"{name}_r__")]
