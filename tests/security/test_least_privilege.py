"""Roles and credentials that may do what the README says they need, and no more."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from psycopg import sql

from bak_tui.core.profile import Server, Target
from bak_tui.core.secret import Secret
from bak_tui.demo.postgres import EmbeddedPostgres
from tests.cli.conftest import Site, embedded, site
from tests.cli.runner import server_flags, target_flags
from tests.cli.test_manners import keys_of
from tests.faults.s3_proxy import FOR_EVER, Refuse, S3Proxy
from tests.operations.conftest import House, house
from tests.samples import SAMPLE_ROWS, databases_of, drop, fill, rows_of
from tests.servers.ceph import Ceph
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.tui.conftest import on_stage

__all__ = ["embedded", "house", "site"]

DENIED = Refuse(403, "AccessDenied")
READS = ["HeadBucket", "HeadObject", "GetObject", "ListObjects", "ListObjectsV2"]
READS += ["ListMultipartUploads", "ListParts"]
WRITES = ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"]
WRITES += ["AbortMultipartUpload"]
DELETES = ["DeleteObject", "DeleteObjects"]
"""What s3:PutObject and s3:AbortMultipartUpload alone allow is all that is in none of READS and DELETES."""


@pytest.fixture
def proxy(bucket_target: Target) -> Iterator[S3Proxy]:
    """The bucket, seen with credentials that are refused what `deny` names."""
    with S3Proxy(str(bucket_target.endpoint)) as proxy:
        yield proxy
        assert proxy.surprises == []


def deny(proxy: S3Proxy, *operations: str) -> None:
    for operation in operations:
        proxy.fault(operation, DENIED, times=FOR_EVER)


@pytest.fixture
def roles(embedded_postgres: EmbeddedPostgres) -> Iterator[tuple[Server, Server]]:
    """The README's two: one that backs up, one that restores."""
    with roles_on(embedded_postgres.server) as both:
        yield both


@contextmanager
def roles_on(server: Server) -> Iterator[tuple[Server, Server]]:
    """The same on any server."""
    mark = secrets.token_hex(4)
    statements = (
        "CREATE ROLE {backup} LOGIN PASSWORD {password}",
        "GRANT pg_read_all_data TO {backup}",
        "CREATE ROLE {restore} LOGIN CREATEDB PASSWORD {password}",
    )
    names = {"backup": f"backup_{mark}", "restore": f"restore_{mark}"}
    quoted = {role: sql.Identifier(name) for role, name in names.items()}
    with open_connection(server, "postgres") as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement).format(**quoted, password=sql.Literal(mark)))
    yield tuple(replace(server, user=names[role], password=Secret(mark)) for role in ("backup", "restore"))  # type: ignore[misc]
    with open_connection(server, "postgres") as connection:
        for name in quoted.values():
            connection.execute(sql.SQL("DROP ROLE {}").format(name))


_ODD = """
CREATE SEQUENCE counter;
SELECT setval('counter', 41);
CREATE UNLOGGED TABLE quick (id int);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO parts VALUES (1), (2);
CREATE SCHEMA hidden;
CREATE TABLE hidden.kept (id int);
INSERT INTO hidden.kept VALUES (1);
REVOKE ALL ON SCHEMA hidden FROM PUBLIC;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE there (id int) SERVER far;
"""
_CLOSE = sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC")
_GUARDED = """
CREATE TABLE rows_of_some (id int);
ALTER TABLE rows_of_some ENABLE ROW LEVEL SECURITY;
INSERT INTO rows_of_some VALUES (1);
"""


def test_the_backup_role_takes_all_it_may_read_and_names_what_it_may_not(
    site: Site, make_database: MakeDatabase
) -> None:
    name, guarded, closed, other = (make_database(server=site.server) for _ in range(4))
    for database, statements in ((name, _ODD), (guarded, _GUARDED)):
        with open_connection(site.server, database) as connection:
            connection.execute(statements.encode())
    with open_connection(site.server, "postgres") as connection:
        connection.execute(_CLOSE.format(sql.Identifier(closed)))
    with roles_on(site.server) as (backup, restore):
        flags = [*site.target_flags, "--parallel=1"]
        names = [f"--database={each}*" for each in (name, guarded, closed)]
        done = site.bak("backup", *server_flags(backup), *flags, *names, "--json")
        assert done.code == 3, done.err
        said = {each["subject"]: each for each in done.document["outcomes"]}
        assert said[name].get("error") is None, said
        assert "rows_of_some" in str(said[guarded]), said
        assert closed not in said
        assert closed in done.out + done.err, "it is told that it was left out"
        by_name = [f"--database={each}" for each in (other, closed)]
        named = site.bak("backup", *server_flags(backup), *flags, *by_name, "--json")
        told = {each["subject"]: each for each in named.document["outcomes"]}
        assert (named.code, told[other].get("error")) == (3, None), "it failed for itself alone"
        assert f"{closed} takes no connections from this role" in str(told[closed]["error"])
        planned = site.bak("backup", *server_flags(backup), *flags, *by_name, "--dry-run")
        assert f"{closed} would fail" in planned.err, planned.err
        alone = site.bak("backup", *server_flags(backup), *flags, f"--database={closed}*")
        assert (alone.code, "takes no connections" in alone.err) == (4, True), "nothing was backed up"
        into = [f"--database={name}", f"--into={name}_again", "--no-owner", "--no-privileges"]
        restored = site.bak("restore", *server_flags(restore), *site.target_flags, *into)
        # Only a superuser makes a foreign data wrapper: that is told, and nothing is left.
        assert restored.code == 1, restored.out
        assert "foreign-data wrapper" in restored.out + restored.err
    assert f"{name}_again" not in databases_of(site.server)


@pytest.mark.ring("ceph")
def test_a_policy_of_put_and_abort_alone_is_enough_for_a_backup_on_a_real_store(
    embedded: Site, ceph_s3: Ceph, make_database: MakeDatabase
) -> None:
    name, bucket = make_database(), f"bak-{secrets.token_hex(6)}"
    fill(embedded.server, name)
    ceph_s3.create_bucket(bucket)
    writes = ceph_s3.allow(bucket, "s3:PutObject", "s3:AbortMultipartUpload")
    server = server_flags(embedded.server)
    done = embedded.bak("backup", *server, *target_flags(writes), f"--database={name}")
    assert done.code == 0, done.out + done.err
    assert "not read back, which these credentials may not" in done.out
    listed = embedded.bak("dumps", *target_flags(writes))
    assert (listed.code, "access denied" in listed.err) == (5, True), listed.err
    reads = ceph_s3.allow(bucket, "s3:ListBucket", "s3:GetObject")
    assert embedded.bak("verify", *target_flags(reads), "--all").code in {0, 3}
    refused = embedded.bak("backup", *server, *target_flags(reads), f"--database={name}")
    assert (refused.code, "access denied" in refused.out + refused.err) == (5, True), refused.out
    assert len(embedded.bak("dumps", *target_flags(reads), "--json").document["dumps"]) == 1


def without_large_objects(server: Server, database: str) -> None:
    """They are their owners' alone: pg_read_all_data does not reach them."""
    fill(server, database)
    with open_connection(server, database) as connection:
        connection.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")


def test_one_role_backs_up_with_put_and_abort_alone_and_another_restores(
    embedded: Site, make_database: MakeDatabase, roles: tuple[Server, Server], proxy: S3Proxy
) -> None:
    name, (backup, restore) = make_database(), roles
    without_large_objects(embedded.server, name)
    put_only = target_flags(replace(embedded.target, endpoint=proxy.url))
    deny(proxy, *READS, *DELETES)
    done = embedded.bak("backup", *server_flags(backup), *put_only, f"--database={name}")
    assert done.code == 0, done.err
    assert "not read back, which these credentials may not: the store has acknowledged every part" in done.out
    into = ["restore", *server_flags(restore), f"--database={name}", f"--into={name}_again"]
    restored = embedded.bak(*into, *target_flags(embedded.target), "--no-owner", "--no-privileges")
    assert restored.code == 0, restored.err
    assert rows_of(embedded.server, f"{name}_again") == SAMPLE_ROWS
    drop(embedded.server, f"{name}_again")


def test_what_the_backup_role_may_not_read_is_told_before_anything_is_sent(
    embedded: Site, make_database: MakeDatabase, roles: tuple[Server, Server], proxy: S3Proxy
) -> None:
    name = make_database()
    fill(embedded.server, name)
    flags = target_flags(replace(embedded.target, endpoint=proxy.url))
    done = embedded.bak("backup", *server_flags(roles[0]), *flags, f"--database={name}")
    assert done.code == 1
    assert "this role may not read 1 of the large objects" in done.out
    assert proxy.count("PutObject") == proxy.count("UploadPart") == 0


def test_credentials_that_only_read_are_refused_in_a_sentence(
    embedded: Site, make_database: MakeDatabase, proxy: S3Proxy
) -> None:
    name = make_database()
    fill(embedded.server, name)
    assert embedded.bak("backup", f"--database={name}").code == 0
    before = keys_of(embedded)
    key = min(before)
    deny(proxy, *WRITES, *DELETES)
    where = {"AWS_ENDPOINT_URL_S3": proxy.url}
    refused = embedded.bak("backup", f"--database={name}", **where)
    kept = embedded.bak("delete", key, "--confirm", embedded.target.bucket, **where)
    for done in (refused, kept):
        assert done.code == 5
        assert "access denied" in done.out + done.err
        assert "ask for this permission on the bucket" in done.out + done.err
    assert keys_of(embedded) == before


@pytest.mark.asyncio
async def test_the_screens_offer_nothing_that_credentials_which_only_read_cannot_do(
    house: House, make_database: MakeDatabase, proxy: S3Proxy
) -> None:
    name = make_database()
    house.target = replace(house.target, endpoint=proxy.url)
    deny(proxy, *WRITES, *DELETES)
    async with on_stage(house, waits=False) as stage:
        await stage.until(lambda: "may only read" in stage.text())  # a toast, which goes after some seconds
        await stage.go_to(stage.databases, name)
        for action in ("back_up", "upload", "delete_dump"):
            assert stage.workbench.check_action(action, ()) is False
        assert stage.workbench.check_action("dump", ()) is True
        await stage.until(lambda: "Back up" not in stage.text())
        await stage.press("b")
        assert stage.app.screen is stage.workbench


@pytest.mark.asyncio
async def test_credentials_that_may_write_are_tried_without_leaving_anything(
    house: House, make_database: MakeDatabase, proxy: S3Proxy
) -> None:
    name = make_database()
    house.target = replace(house.target, endpoint=proxy.url)
    async with on_stage(house) as stage:
        await stage.until(lambda: proxy.count("AbortMultipartUpload") == 1)
        await stage.go_to(stage.databases, name)
        assert stage.workbench.check_action("back_up", ()) is True
    assert house.keys() == set()
    assert house.bucket.open_uploads("") == ()
