"""What would fail later fails at once, before a byte is sent. Faults R05, R09, R17, R18, R25."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import BakError, DumpFailed, ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.ports import Limits
from bak_tui.services.postgres import Instance
from tests.children import dumping_children
from tests.faults.s3_proxy import FOR_EVER, Refuse, S3Proxy, Skew
from tests.faults.shims import shim
from tests.faults.tmpfs import mounted
from tests.operations.conftest import House
from tests.operations.test_backup import assert_nothing_left, back_up
from tests.samples import fill, fill_bytes, sessions_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import PATIENCE, until


@pytest.fixture
def name(house: House, make_database: MakeDatabase) -> str:
    name = make_database()
    fill(house.server, name)
    return name


def failure_of(house: House, name: str, steps: list[Step] | None = None) -> BakError:
    """Why a backup failed; `steps` are the ones it came by."""
    passed = steps if steps is not None else []
    bak = house.bak(checkpoint=lambda step, _subject: passed.append(step))
    (outcome,) = back_up(bak, house, name).outcomes
    assert outcome.error is not None
    return outcome.error


# -- privileges --------------------------------------------------------------------------------------------


_MAY_READ = """
CREATE ROLE bak_weak LOGIN PASSWORD 'weak';
SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
GRANT USAGE ON SCHEMA "odd schema" TO bak_weak;
GRANT SELECT ON ALL TABLES IN SCHEMA public, "odd schema" TO bak_weak;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO bak_weak;
"""


@pytest.fixture
def weak(house: House, name: str) -> Iterator[str]:
    """A login that may read everything but what a test takes away."""
    owner = house.server
    with open_connection(owner, name) as connection:
        connection.execute(_MAY_READ.encode())
    yield "bak_weak"
    with open_connection(owner, name) as connection:
        connection.execute("DROP OWNED BY bak_weak; DROP ROLE bak_weak")


@pytest.mark.parametrize(
    ("statements", "named", "kind"),
    [
        ("REVOKE SELECT ON users, grants FROM bak_weak", ["public.users", "public.grants"], "not_readable"),
        ("REVOKE SELECT ON SEQUENCE users_id_seq FROM bak_weak", ["public.users_id_seq"], "not_readable"),
        ('REVOKE USAGE ON SCHEMA "odd schema" FROM bak_weak', ["odd schema.Odd [table]"], "not_readable"),
        ("CREATE TABLE parent (a int) PARTITION BY LIST (a)", ["public.parent"], "not_readable"),
        (
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE grants ENABLE ROW LEVEL SECURITY;"
            " CREATE POLICY p ON users USING (id < 5)",
            ["public.users", "public.grants"],
            "row_security",
        ),
        ("SELECT lo_create(77)", ["1 of the large objects"], "not_readable"),
    ],
    ids=["tables", "sequence", "schema", "partitioned", "row security", "large object"],
)
@pytest.mark.fault("R09")
def test_what_a_role_may_not_read_is_named_and_nothing_is_sent(
    house: House, name: str, weak: str, statements: str, named: list[str], kind: str
) -> None:
    with open_connection(house.server, name) as connection:
        connection.execute(statements.encode())
    house.server = replace(house.server, user=weak, password=Secret("weak"))
    steps: list[Step] = []
    error = failure_of(house, name, steps)
    assert (error.kind, error.exit_code) == (kind, ExitCode.FAILED)
    assert all(each in error.message for each in named)
    assert steps == [Step.PREFLIGHT]
    assert house.keys() == set()
    with pytest.raises(DumpFailed) as asked:
        Instance(house.server).check_readable(name)
    assert asked.value.message == error.message, "the test of a profile asks the same"


# -- locks -------------------------------------------------------------------------------------------------


_LOCK = "LOCK TABLE grants IN ACCESS EXCLUSIVE MODE"


@pytest.mark.parametrize("when", [Step.PREFLIGHT, Step.SNAPSHOT])
@pytest.mark.fault("R05")
def test_who_keeps_a_table_locked_is_named_and_no_pg_dump_waits(house: House, name: str, when: Step) -> None:
    """Locked before the snapshot; or asked for after it, so that all who come later wait behind that."""
    with open_connection(house.server, name) as holder, ThreadPoolExecutor(1) as pool:

        def lock(step: Step, _subject: str, /) -> None:
            if step is when:
                holder.execute("BEGIN")
                locked = pool.submit(holder.execute, _LOCK)
                until(lambda: locked.done() or bool(waiting_for_locks(house, name)))

        bak = house.bak(checkpoint=lock, limits=Limits(lock=1))
        (outcome,) = back_up(bak, house, name).outcomes
        assert outcome.error is not None
        assert (outcome.error.kind, outcome.exit_code) == ("lock_timeout", ExitCode.FAILED)
        said = str(outcome.error)
        assert str(holder.info.backend_pid) in said
        assert str(house.server.user) in said
        assert "LOCK TABLE grants IN ACCESS EXCLUSIVE" in said
        assert not dumping_children()
        until(lambda: not sessions_of(house.server))
        pool.shutdown()
        holder.execute("ROLLBACK")
    assert_nothing_left(house)


def waiting_for_locks(house: House, name: str) -> list[tuple[object, ...]]:
    with open_connection(house.server, "postgres") as connection:
        return connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", (name,)
        ).fetchall()


# -- the bucket --------------------------------------------------------------------------------------------


@pytest.fixture
def proxy(house: House) -> Iterator[S3Proxy]:
    """The house's bucket, seen through a proxy."""
    with S3Proxy(str(house.target.endpoint)) as proxy:
        house.target = replace(house.target, endpoint=proxy.url)
        yield proxy
        assert proxy.surprises == []


@pytest.mark.fault("R18")
def test_a_bucket_that_cannot_be_written_to_is_told_before_pg_dump_starts(
    house: House, name: str, proxy: S3Proxy
) -> None:
    proxy.fault("CreateMultipartUpload", Refuse(403, "AccessDenied"), times=FOR_EVER)
    proxy.fault("PutObject", Refuse(403, "AccessDenied"), times=FOR_EVER)
    steps: list[Step] = []
    started = time.monotonic()
    error = failure_of(house, name, steps)
    assert (error.kind, error.exit_code, steps) == ("access_denied", ExitCode.STORE, [])
    assert time.monotonic() - started < PATIENCE


@pytest.mark.parametrize(("change", "kind"), [("bucket", "no_bucket"), ("scheme", "tls")])
@pytest.mark.fault("R18")
def test_a_wrong_bucket_or_scheme_is_told_before_pg_dump_starts(
    house: House, name: str, change: str, kind: str
) -> None:
    target = house.target
    wrong = {
        "bucket": replace(target, bucket="no-such-bucket"),
        "scheme": replace(target, endpoint=str(target.endpoint).replace("http://", "https://")),
    }
    house.target = wrong[change]
    steps: list[Step] = []
    started = time.monotonic()
    error = failure_of(house, name, steps)
    assert (error.kind, error.exit_code, steps) == (kind, ExitCode.STORE, [])
    assert time.monotonic() - started < PATIENCE


@pytest.mark.parametrize(("off", "is_told"), [(20 * 60, True), (-400, True), (200, False)])
@pytest.mark.fault("R17")
def test_a_skewed_clock_that_the_store_bears_is_measured_and_told(
    house: House, name: str, proxy: S3Proxy, off: float, is_told: bool
) -> None:
    proxy.fault("CreateMultipartUpload", Skew(off), times=FOR_EVER)
    (outcome,) = back_up(house.bak(), house, name).outcomes
    assert outcome.result is not None, outcome.error
    warnings = outcome.result.manifest.warnings
    assert (outcome.state is JobState.WARN, bool(warnings)) == (is_told, is_told)
    if is_told:
        minutes = f"{abs(int(off)) // 60} min"
        before = f"{abs(int(off)) // 60 - 1} min 59 s"  # whole seconds in the header
        assert minutes in warnings[0] or before in warnings[0]
        assert outcome.warnings == tuple(warnings)


# -- the disk ----------------------------------------------------------------------------------------------


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    with mounted(tmp_path / "tiny", "size=1m") as folder:
        yield folder


def test_a_full_disk_of_a_spool_is_told_and_leaves_nothing(
    house: House, make_database: MakeDatabase, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tiny))
    name = make_database()
    fill_bytes(house.server, name, 8)
    options = BackupOptions(format=FormatWish.DIRECTORY, jobs=2, compression="none")
    (outcome,) = house.bak().backup(house.profile, Selection((name,)), options).result().outcomes
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.exit_code) == ("no_space", ExitCode.FAILED), outcome.error.message
    assert house.keys() == set()
    assert house.bucket.open_uploads("") == ()
    assert list(tiny.iterdir()) == []
    until(lambda: not dumping_children())


def test_a_full_disk_is_told_where_two_workers_say_it_at_once(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    said = "pg_dump: pg_dump: error: error: a worker died\ncould not write to file: No space left on device"
    script = f"echo '{said}' >&2; exit 1"
    bak = house.bak(bindir=shim(tmp_path / "bin", house.bindir, script))
    (outcome,) = bak.backup(house.profile, Selection((make_database(),)), BackupOptions()).result().outcomes
    assert outcome.error is not None
    assert outcome.error.kind == "no_space", outcome.error.message
    assert "could not write to file" in outcome.error.message


@pytest.mark.fault("R25")
def test_a_full_disk_is_told_and_leaves_no_file(
    house: House, make_database: MakeDatabase, tiny: Path
) -> None:
    name = make_database()
    fill_bytes(house.server, name, 8)
    options = BackupOptions(folder=tiny, compression="none")
    (outcome,) = house.bak().dump(house.server, Selection((name,)), options).result().outcomes
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.exit_code) == ("no_space", ExitCode.FAILED)
    assert [file for file in tiny.rglob("*") if file.is_file()] == []
    until(lambda: not dumping_children())


def test_a_template_is_left_out_of_all_and_said_and_taken_when_it_is_named(
    house: House, make_database: MakeDatabase
) -> None:
    name, template = make_database(), make_database()
    with open_connection(house.server, "postgres") as connection:
        connection.execute(f'ALTER DATABASE "{template}" IS_TEMPLATE true'.encode())
    try:
        bak = house.bak()
        others = tuple(each.name for each in bak.databases(house.server) if each.name not in {name, template})
        everything = bak.backup(house.profile, Selection((), others), BackupOptions()).result()
        assert [outcome.subject for outcome in everything.outcomes] == [name]
        assert f"{template} was left out: it is a template; name it to take it" in everything.notes
        assert not [note for note in everything.notes if "template0" in note or "template1" in note]
        named = bak.backup(house.profile, Selection((template,)), BackupOptions()).result()
        assert [outcome.subject for outcome in named.outcomes] == [template]
        assert named.exit_code is ExitCode.DONE
        (row,) = [row for row in bak.board(house.profile).rows if row.database == template]
        assert (row.aside, row.counts) == ("it is a template", False)
    finally:
        with open_connection(house.server, "postgres") as connection:
            connection.execute(f'ALTER DATABASE "{template}" IS_TEMPLATE false'.encode())
