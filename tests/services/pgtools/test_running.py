"""pg_dump and pg_restore themselves, against real servers."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import Cancelled, DumpFailed, IntegrityError, ServerError
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.jobs import JobEngine, Task
from bak_tui.services.pgtools import (
    Category,
    Compression,
    DumpProcess,
    DumpRequest,
    Manner,
    RestoreResult,
    Toolbox,
    decode,
    run_restore,
)
from bak_tui.services.postgres import Instance
from tests import samples
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.pgtools.conftest import House, comm_of, tools_in
from tests.waiting import until


@pytest.fixture
def archive(house: House, make_database: MakeDatabase, tmp_path: Path) -> Path:
    """A dump of the sample database."""
    database = make_database()
    samples.fill(house.server, database)
    return house.dump(database, tmp_path / "sample.sql")


# -- pg_dump -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["embedded_postgres", "system_postgres"])
def test_a_dump_tells_its_tables_and_comes_back_whole(
    name: str, request: pytest.FixtureRequest, make_database: MakeDatabase, tmp_path: Path, task: Task
) -> None:
    house = House(request.getfixturevalue(name))
    source, target = make_database(server=house.server), make_database(server=house.server)
    samples.fill(house.server, source)
    tables: list[str] = []
    archive = house.dump(source, tmp_path / "x.sql", tables.append)
    assert set(tables) == set(samples.SAMPLE_ROWS)
    restored: list[str] = []
    # One job: the workers of several write their lines into each other.
    result = run_restore(house.request(archive, target, jobs=1), task, restored.append)
    assert (result.exit_code, result.complaints) == (0, ())
    assert set(samples.SAMPLE_ROWS) <= set(restored)
    assert samples.rows_of(house.server, target) == samples.SAMPLE_ROWS


def test_a_dump_holds_its_snapshot_and_not_what_came_after(
    house: House, make_database: MakeDatabase, tmp_path: Path, task: Task
) -> None:
    source, target = make_database(), make_database()
    samples.fill(house.server, source)
    archive = tmp_path / "x.sql"
    with Instance(house.server).snapshot(source) as snapshot:
        with open_connection(house.server, source) as connection:
            connection.execute("DELETE FROM grants")
        request = house.dump_request(source, snapshot.name)
        with DumpProcess(request, lambda _table: None) as process:
            archive.write_bytes(b"".join(iter(lambda: process.stream(65536), b"")))
            process.check()
    run_restore(house.request(archive, target), task, lambda _table: None)
    assert samples.rows_of(house.server, target) == samples.SAMPLE_ROWS


@pytest.mark.parametrize(
    "name", ["host=127.0.0.1 port=1", "-Fc", "dbname=postgres", 'it\'s "q" \\', "x" * 63, "名前 é"]
)
def test_hostile_names_are_just_names(
    house: House, make_database: MakeDatabase, tmp_path: Path, task: Task, name: str
) -> None:
    make_database(name)
    samples.mark(house.server, name, name)
    archive = house.dump(name, tmp_path / "x.sql")
    restored = make_database(name[:50] + "_again")
    assert run_restore(house.request(archive, restored), task, lambda _table: None).exit_code == 0
    assert samples.marked(house.server, restored) == name


def test_the_password_is_nowhere_to_be_seen(
    house: House, make_database: MakeDatabase, started: Callable[[], list[int]]
) -> None:
    database = make_database()
    samples.mark(house.server, database, "x")
    password = house.server.password
    assert password is not None
    # Held up by a lock: long enough to be looked at.
    with house.blocked_dump(database) as process:
        (pid,) = until(lambda: [pid for pid in started() if comm_of(pid) == "pg_dump"])
        seen = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        process.stop()
        process.wait()
    assert b"--dbname=" in seen
    assert b"PGPASSFILE=" in seen
    assert password.reveal().encode() not in seen


def test_a_lock_is_waited_for_only_so_long(house: House, make_database: MakeDatabase) -> None:
    database = make_database()
    samples.mark(house.server, database, "x")
    with house.blocked_dump(database, lock_timeout=0.3) as process:
        assert process.stream(1024) == b""
        with pytest.raises(DumpFailed, match=r"LOCK TABLE public\.marker") as caught:
            process.check()
    assert caught.value.kind == "lock_timeout"
    assert "0.3 s" in caught.value.hint


def test_a_pg_dump_that_is_killed_failed(house: House, make_database: MakeDatabase) -> None:
    database = make_database()
    samples.fill_bytes(house.server, database, 8)
    with house.dumping(database, compression=Compression("none")) as process:
        assert process.stream(1024)
        process._signal(signal.SIGKILL)
        with pytest.raises(DumpFailed, match="was killed by signal 9"):
            process.check()


def test_a_session_that_is_ended_on_the_server_is_a_lost_server(
    house: House, make_database: MakeDatabase
) -> None:
    database = make_database()
    samples.fill_bytes(house.server, database, 16)
    with house.dumping(database, compression=Compression("none")) as process:
        assert process.stream(1024)
        with open_connection(house.server, "postgres") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND application_name = 'bak-test'",
                (database,),
            )
        while process.stream(1024 * 1024):
            pass
        with pytest.raises(ServerError) as caught:
            process.check()
    assert caught.value.kind == "server_lost"
    assert house.server.host
    assert house.server.host in caught.value.message


def test_what_pg_dump_asked_when_its_session_ended_is_not_told(
    house: House, make_database: MakeDatabase
) -> None:
    database = make_database()
    samples.mark(house.server, database, "x")
    with house.blocked_dump(database, lock_timeout=60) as process:
        ended = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = %s AND wait_event_type = 'Lock'"
        )
        with open_connection(house.server, "postgres") as connection:
            until(lambda: connection.execute(ended, (database,)).fetchone() == (1,))
        while process.stream(1024):
            pass
        with pytest.raises(ServerError) as caught:
            process.check()
    assert caught.value.kind == "server_lost"
    assert "terminating connection" in caught.value.message
    assert "LOCK TABLE" not in caught.value.message


def test_an_older_pg_dump_refuses_a_newer_server(
    house: House, system_postgres: EmbeddedPostgres, make_database: MakeDatabase
) -> None:
    with house.dumping(make_database(), tools=tools_in(system_postgres.bindir)) as process:
        assert process.stream(1024) == b""
        with pytest.raises(DumpFailed, match="server version mismatch"):
            process.check()


def test_the_manifests_options_hold_no_names(house: House) -> None:
    request = DumpRequest(house.tools, house.server, "secret-name", "0-1", Compression("gzip", 1), "a")
    assert request.options == ["--format=custom", "--compress=gzip:1"]


# -- pg_restore --------------------------------------------------------------------------------------------


def restore(house: House, archive: Path, database: str, task: Task, **changes: object) -> RestoreResult:
    return run_restore(house.request(archive, database, **changes), task, lambda _table: None)


def test_what_exists_already_is_complained_of(
    house: House, archive: Path, make_database: MakeDatabase, task: Task
) -> None:
    target = make_database()
    assert restore(house, archive, target, task).complaints == ()
    again = restore(house, archive, target, task)
    categories = {complaint.category for complaint in again.complaints}
    assert again.exit_code == 1
    assert Category.EXISTING in categories
    assert not any(category.is_mild for category in categories)
    assert "errors ignored" in again.last_words


def test_the_first_error_is_the_last_when_asked(
    house: House, archive: Path, make_database: MakeDatabase, task: Task
) -> None:
    target = make_database()
    restore(house, archive, target, task)
    assert len(restore(house, archive, target, task, manner=Manner.STOP).complaints) == 1


def test_a_missing_role_is_mild_and_every_row_is_there(
    house: House, make_database: MakeDatabase, tmp_path: Path, task: Task
) -> None:
    source, target, role = make_database(), make_database(), f"bak_{secrets.token_hex(4)}"
    samples.mark(house.server, source, "x")
    with closing(open_connection(house.server, source)) as connection:
        connection.execute(f'CREATE ROLE "{role}"'.encode())
        connection.execute(f'ALTER TABLE marker OWNER TO "{role}"'.encode())
        connection.execute(f'GRANT SELECT ON marker TO "{role}"'.encode())
        archive = house.dump(source, tmp_path / "x.sql")
        connection.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"'.encode())
    result = restore(house, archive, target, task)
    assert result.exit_code == 1
    assert {complaint.category for complaint in result.complaints} == {Category.ROLE}
    assert all(role in complaint.text and complaint.command for complaint in result.complaints)
    assert samples.marked(house.server, target) == "x"


def test_a_login_that_fails_is_no_mild_complaint(house: House, archive: Path, task: Task) -> None:
    nobody = replace(house.server, user="no_such_role")
    request = replace(house.request(archive, "postgres"), server=nobody)
    (complaint,) = run_restore(request, task, lambda _table: None).complaints
    assert not complaint.category.is_mild


def test_a_cancelled_restore_leaves_no_session(
    house: House,
    archive: Path,
    make_database: MakeDatabase,
    engine: JobEngine,
    started: Callable[[], list[int]],
) -> None:
    target = make_database()
    request = house.request(archive, target, jobs=2)
    with open_connection(house.server, target) as blocker:
        blocker.execute("BEGIN")
        blocker.execute("CREATE TABLE users (id int)")
        job = engine.submit(
            "restore", "x", lambda job: run_restore(request, job.task("x"), lambda _table: None)
        )
        until(lambda: request.application_name in samples.sessions_of(house.server))
        engine.cancel(job)
        with pytest.raises(Cancelled):
            job.result()
    until(lambda: request.application_name not in samples.sessions_of(house.server))
    assert started() == []


# -- decoding ----------------------------------------------------------------------------------------------


def test_a_good_archive_decodes_to_its_end(house: House, archive: Path, task: Task) -> None:
    before = archive.read_bytes()
    decode(house.tools, archive, task)
    assert archive.read_bytes() == before


@pytest.mark.parametrize("part", [0.999, 0.9, 0.5, 0.1, 0.0])
def test_a_cut_archive_does_not(house: House, archive: Path, task: Task, part: float) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(IntegrityError, match=r"sample\.sql cannot be decoded to its end") as caught:
        decode(house.tools, archive, task)
    assert caught.value.message.isprintable()


def test_an_archive_named_like_an_option_is_a_file(
    house: House, archive: Path, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    archive.rename("--help")
    decode(house.tools, Path("--help"), task)
    Path("--help").write_bytes(b"no archive")
    with pytest.raises(IntegrityError):
        decode(house.tools, Path("--help"), task)


def test_an_archive_that_is_too_new_for_the_programs_is_told(
    archive: Path, system_postgres: EmbeddedPostgres, task: Task
) -> None:
    with pytest.raises(IntegrityError, match="unsupported version"):
        decode(Toolbox(str(system_postgres.bindir)).sets[0], archive, task)
