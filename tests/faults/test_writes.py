"""A database that is written to all the while is dumped as it was at one moment. Fault R45."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import LiteralString

import pytest
from psycopg import sql

from bak_tui.core.errors import ExitCode
from bak_tui.core.profile import Server
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.restore.targets import RestoreOptions
from tests.children import dumping_children
from tests.operations.conftest import House, house
from tests.operations.test_backup import UNCOMPRESSED, back_up
from tests.samples import drop, fill, fill_bytes, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.waiting import until

__all__ = ["house"]


def fingerprints(server: Server, database: str, snapshot: str | None = None) -> dict[str, str]:
    """Every table's contents and every large object's, as they are or were in a snapshot."""
    hashed = "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {} t"
    large = "SELECT l.oid::text, md5(lo_get(l.oid)) FROM pg_largeobject_metadata l"
    with open_connection(server, database) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if snapshot is not None:
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
        found = dict(connection.execute(large).fetchall())
        for schema, table in (("public", "users"), ("public", "grants"), ("public", "bulk")):
            row = connection.execute(sql.SQL(hashed).format(sql.Identifier(schema, table))).fetchone()
            found[table] = row[0] if row else ""
    return found


def snapshot_of(pg_dump: int) -> str:
    """The snapshot that a running pg_dump was told to dump."""
    arguments = Path(f"/proc/{pg_dump}/cmdline").read_text().split("\0")
    return next(each for each in arguments if each.startswith("--snapshot=")).partition("=")[2]


_ROWS = (
    "INSERT INTO users (name) VALUES ('late')",
    "UPDATE users SET name = name || '!' WHERE id = (SELECT id FROM users ORDER BY random() LIMIT 1)",
    "DELETE FROM grants WHERE ctid IN (SELECT ctid FROM grants LIMIT 1)",
    # Half of it stays: a dump that fits into the pipe could end before anybody looks at pg_dump.
    "UPDATE bulk SET data = 'changed'"
    " WHERE id = (SELECT max(id) FROM bulk WHERE id <= 8 AND data <> 'changed')",
)
_OBJECTS = (
    "INSERT INTO users (name) VALUES ('late, too')",
    "SELECT lo_put(oid, 0, md5(random()::text)::bytea) FROM pg_largeobject_metadata",
    "SELECT lo_from_bytea(0, 'another') WHERE (SELECT count(*) FROM pg_largeobject_metadata) < 50",
)


@contextmanager
def heavy_writes(server: Server, database: str) -> Iterator[None]:
    """Rows and large objects come, go and change all the while; many have when this is entered."""
    stop = threading.Event()

    def write(statements: tuple[LiteralString, ...]) -> None:
        with open_connection(server, database) as connection:
            while not stop.is_set():
                for statement in statements:
                    connection.execute(statement)

    writers = [threading.Thread(target=write, args=(each,)) for each in (_ROWS, _OBJECTS)]
    for writer in writers:
        writer.start()
    try:
        until(lambda: rows_of(server, database)["public.users"] > 520)
        yield
    finally:
        stop.set()
        for writer in writers:
            writer.join()


@pytest.mark.fault("R45")
def test_a_backup_under_heavy_writes_restores_to_what_its_snapshot_held(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(house.server, name)
    fill_bytes(house.server, name, 16)
    held: list[dict[str, str]] = []

    def look(step: Step, _subject: str, /) -> None:
        if step is Step.STREAMING and not held:
            (pg_dump,) = until(dumping_children)
            held.append(fingerprints(house.server, name, snapshot_of(pg_dump)))

    bak = house.bak(checkpoint=look)
    with heavy_writes(house.server, name):
        (taken,) = back_up(bak, house, name, options=replace(UNCOMPRESSED, hashes_contents=True)).results
    sources = bak.catalogue(house.target).sources(bak.catalogue(house.target).inventory().dumps)
    report = bak.restore(house.server, sources, RestoreOptions(into=f"{name}_r")).result()
    try:
        assert report.exit_code is ExitCode.DONE
        assert [fingerprints(house.server, f"{name}_r")] == held
        assert fingerprints(house.server, name) != held[0]
        expected = {f"{t.schema_name}.{t.name}": t.rows for t in taken.manifest.tables or []}
        assert rows_of(house.server, f"{name}_r") == expected
    finally:
        drop(house.server, f"{name}_r")
