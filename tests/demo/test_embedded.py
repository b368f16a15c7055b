"""The embedded servers start, answer, stop and leave nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psycopg
import pytest
import trustme

from bak_tui.core.command_line import bak_line
from bak_tui.core.profile import Server
from bak_tui.demo.embedded import Embedded
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.rclone import Certificate
from bak_tui.demo.s3 import EmbeddedS3
from bak_tui.demo.seed import DATABASES, seed
from bak_tui.operations.bak import Bak
from bak_tui.services.throwaway.leftovers import runs_in
from bak_tui.tui.session.demo_profile import store_demo
from tests.demo.owners import wait_until
from tests.demo.reaching import answer, round_trip, s3_client
from tests.servers.fixtures import open_connection


@pytest.fixture(scope="module")
def servers() -> Iterator[Embedded]:
    """One pair for the tests that only look."""
    with Embedded.start() as servers:
        yield servers


def pids(servers: Embedded) -> list[int]:
    found = [servers.postgres.pid, servers.s3.pid]
    return [pid for pid in found if pid is not None]


def test_both_answer(servers: Embedded) -> None:
    assert answer(servers.server) == 42
    assert round_trip(servers.target) == b"as it was"


def test_the_environment_is_all_that_pg_dump_needs(servers: Embedded) -> None:
    environment = servers.environment()
    pg_dump = Path(environment["BAK_PG_BINDIR"]) / "pg_dump"
    result = subprocess.run(
        [pg_dump, "--dbname=postgres"], env={**os.environ, **environment}, capture_output=True, check=True
    )
    assert b"PostgreSQL database dump complete" in result.stdout


def test_a_wrong_password_is_refused(servers: Embedded) -> None:
    stranger = Server(host=servers.postgres.host, port=str(servers.postgres.port), user="postgres")
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        answer(stranger)


def test_ctrl_c_does_not_reach_the_servers(servers: Embedded) -> None:
    assert len(pids(servers)) == 2
    for pid in pids(servers):
        assert os.getpgid(pid) not in {os.getpgrp(), 0}


def test_nobody_else_may_look_into_the_folder(servers: Embedded) -> None:
    assert servers.folder.stat().st_mode & 0o067 == 0
    for room in ("postgres", "s3"):
        assert (servers.folder / room).stat().st_mode & 0o077 == 0


def test_the_demos_profile_is_stored_so_that_its_lines_can_be_pasted(
    servers: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BAK_PG_BINDIR", raising=False)
    bindir = str(servers.postgres.bindir)
    with Bak.open(pg_bindir=bindir, config=tmp_path / "config.toml", state=tmp_path / "state") as bak:
        stored = store_demo(bak.profiles, servers, tmp_path)
        profile = bak.profiles.open("demo")
        assert bak.databases(profile.server)
        assert bak.catalogue(profile.target).inventory().dumps == ()
    assert servers.server.password is not None
    assert servers.server.password.reveal() not in str(stored.document())
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600
    assert bak_line("dump", profile) == (
        f"bak dump --config {tmp_path}/config.toml --profile demo --pg-bindir {bindir}"
    )


def test_no_secret_is_on_a_command_line_or_on_disk(servers: Embedded) -> None:
    secrets = [servers.postgres.password.reveal().encode(), servers.s3.secret_key.reveal().encode()]
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids(servers)]
    files = [path.read_bytes() for path in servers.folder.rglob("*") if path.is_file()]
    assert len(files) > 500
    assert not [text for text in commands + files for secret in secrets if secret in text]


def test_nothing_is_left_after_the_end() -> None:
    with Embedded.start() as servers:
        folder, were_running = servers.folder, pids(servers)
        ports = [servers.postgres.port, int(servers.s3.endpoint.rpartition(":")[2])]
        assert all(runs_in(pid, folder) for pid in were_running)
    assert not folder.exists()
    assert not [pid for pid in were_running if runs_in(pid, folder)]
    for port in ports:
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            pass


def test_two_live_side_by_side(servers: Embedded) -> None:
    with Embedded.start() as others:
        assert others.folder != servers.folder
        assert answer(others.server) == answer(servers.server) == 42
        assert round_trip(others.target) == round_trip(servers.target)
    assert answer(servers.server) == 42


def test_servers_outlive_the_thread_that_started_them() -> None:
    started: list[EmbeddedPostgres] = []
    thread = Thread(target=lambda: started.append(EmbeddedPostgres.start()))
    thread.start()
    thread.join()
    with started[0] as postgres:
        wait_until(lambda: not thread.is_alive(), "the thread's end")
        assert answer(postgres.server) == 42


def test_postgres_comes_back_after_a_stop_and_after_a_crash() -> None:
    with EmbeddedPostgres.start() as postgres:
        port = postgres.port
        with open_connection(postgres.server, "postgres") as connection:
            connection.execute("CREATE TABLE kept ()")
        for end in (postgres.stop, postgres.crash):
            end()
            with pytest.raises(psycopg.OperationalError):
                answer(postgres.server)
            postgres.resume()
            assert postgres.port == port
            assert answer(postgres.server, "SELECT count(*) FROM kept") == 0


def test_s3_comes_back_with_what_was_stored() -> None:
    with EmbeddedS3.start() as s3:
        target = s3.create_bucket("kept")
        round_trip(target)
        for end in (s3.stop, s3.crash):
            end()
            s3.resume()
            assert s3.target("kept") == target
            assert s3_client(target).head_object(Bucket="kept", Key="a/b c")["ContentLength"] == 9


def test_s3_sees_what_was_changed_behind_its_back_after_a_refresh() -> None:
    with EmbeddedS3.start() as s3:
        target = s3.create_bucket("changed")
        round_trip(target)
        (s3.root / "changed" / "a" / "b c").write_bytes(b"other")
        s3.refresh()
        assert s3_client(target).head_object(Bucket="changed", Key="a/b c")["ContentLength"] == 5


def test_s3_speaks_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    pem = Certificate(tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(pem.certificate)
    issued.private_key_pem.write_to_path(pem.key)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with EmbeddedS3.start(certificate=pem) as s3:
        target = s3.create_bucket("secure")
        assert target.endpoint is not None
        assert target.endpoint.startswith("https://")
        assert round_trip(target) == b"as it was"


def test_the_system_postgres_runs_the_same_way(system_postgres: EmbeddedPostgres) -> None:
    version = subprocess.run(
        [system_postgres.bindir / "pg_dump", "--version"], capture_output=True, text=True, check=True
    )
    assert str(answer(system_postgres.server, "SHOW server_version")) in version.stdout
    assert shutil.which("pg_dump", path=system_postgres.bindir) is not None


LARGE_TABLES = {
    "arborist": "usr_policy",
    "fence": "login_audit",
    "gecko": "revision",
    "indexd": "index_record",
    "requestor": "requests",
}


def test_seeding_makes_five_databases_worth_looking_at(servers: Embedded) -> None:
    assert seed(servers.server) == DATABASES
    for name, table in LARGE_TABLES.items():
        for what, query in {
            "large table": f"SELECT count(*) > 300 FROM {table}",
            "view": "SELECT count(*) FROM pg_views WHERE schemaname = 'public'",
            "sequence": "SELECT count(*) FROM pg_sequences",
            "foreign key": "SELECT count(*) FROM pg_constraint WHERE contype = 'f'",
            "JSONB column": "SELECT count(*) FROM pg_attribute WHERE atttypid = 'jsonb'::regtype"
            " AND attrelid IN (SELECT relid FROM pg_stat_user_tables)",
        }.items():
            assert answer(servers.server, query, name), f"{name} has no {what}"


def test_a_slowed_bucket_takes_no_more_than_it_was_told_to() -> None:
    with EmbeddedS3.start() as s3:
        client = s3_client(s3.create_bucket("slow"))
        s3.slow_down(1_000_000)
        began = time.monotonic()
        # rclone lets a burst of 4 MiB through first.
        client.put_object(Bucket="slow", Key="large", Body=bytes(6_500_000))
        assert time.monotonic() - began > 1.0
        assert client.head_object(Bucket="slow", Key="large")["ContentLength"] == 6_500_000
