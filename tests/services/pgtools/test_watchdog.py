"""Slow is left alone, stuck is ended and told."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import RestoreFailed, ServerError
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import RestoreResult, decode, run_restore
from bak_tui.services.postgres import Instance
from tests import samples
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.pgtools.conftest import House
from tests.waiting import PATIENCE

_QUICK = "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END'"
_SLOW = (
    "CREATE OR REPLACE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$"
    " DECLARE began timestamptz := clock_timestamp(); BEGIN {body} RETURN $1; END $$"
)
BUSY = "WHILE clock_timestamp() < began + interval '4 s' LOOP END LOOP;"
ASLEEP = "PERFORM pg_sleep(300);"


def programs(house: House, folder: Path, script: str) -> House:
    """The same house with a pg_restore that is a script."""
    folder.mkdir()
    program = folder / "pg_restore"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    house.tools = replace(house.tools, folder=folder)
    return house


def watched(house: House, archive: Path, database: str, task: Task, **changes: object) -> RestoreResult:
    request = house.request(archive, database, **changes)
    instance = Instance(house.server)
    return run_restore(
        request, task, lambda _table: None, look=lambda: instance.activity(request.application_name)
    )


def slow_archive(house: House, database: str, file: Path, body: str) -> Path:
    """A dump whose one index takes as long as `body` does for a row."""
    with closing(open_connection(house.server, database)) as connection:
        for statement in (
            "CREATE TABLE numbers AS SELECT 1 AS n",
            _QUICK,
            "CREATE INDEX ON numbers (slow(n))",
            _SLOW.format(body=body),
        ):
            connection.execute(statement.encode())
    return house.dump(database, file)


def test_a_pg_restore_that_does_nothing_is_ended(
    house: House, make_database: MakeDatabase, tmp_path: Path, task: Task
) -> None:
    programs(house, tmp_path / "bin", "exec sleep 300")
    began = time.monotonic()
    with pytest.raises(ServerError, match="no progress") as caught:
        watched(house, tmp_path / "x", make_database(), task, stall_timeout=0.5)
    assert caught.value.kind == "stalled"
    assert time.monotonic() - began < PATIENCE


def test_one_that_goes_on_talking_is_left_alone(
    house: House, make_database: MakeDatabase, tmp_path: Path, task: Task
) -> None:
    programs(house, tmp_path / "bin", "for i in 1 2 3 4 5 6 7 8; do echo line $i >&2; sleep 0.4; done")
    result = watched(house, tmp_path / "x", make_database(), task, stall_timeout=2.5)
    assert (result.exit_code, result.last_words) == (0, "line 8")


def test_an_index_that_is_built_for_longer_than_the_limit_is_left_alone(
    house: House, make_database: MakeDatabase, tmp_path: Path, task: Task
) -> None:
    archive = slow_archive(house, make_database(), tmp_path / "slow.sql", BUSY)
    result = watched(house, archive, make_database(), task, stall_timeout=2)
    assert (result.exit_code, result.complaints) == (0, ())


def test_a_statement_that_only_sleeps_is_ended(
    house: House, make_database: MakeDatabase, tmp_path: Path, task: Task
) -> None:
    archive = slow_archive(house, make_database(), tmp_path / "slow.sql", ASLEEP)
    with pytest.raises(ServerError, match="no progress"):
        watched(house, archive, make_database(), task, stall_timeout=0.5)


def test_a_lock_is_waited_for_only_so_long_and_its_holder_is_told(
    house: House, make_database: MakeDatabase, tmp_path: Path, task: Task
) -> None:
    source, target = make_database(), make_database()
    samples.mark(house.server, source, "x")
    archive = house.dump(source, tmp_path / "x.sql")
    with open_connection(house.server, target) as blocker:
        blocker.execute("BEGIN; CREATE TABLE marker (id int)")
        who = rf"{blocker.info.backend_pid} \(postgres.*CREATE TABLE"
        with pytest.raises(RestoreFailed, match=who) as caught:
            watched(house, archive, target, task, lock_timeout=0.5)
    assert caught.value.kind == "lock_timeout"


def test_a_decoder_that_reads_nothing_is_ended(house: House, tmp_path: Path, task: Task) -> None:
    programs(house, tmp_path / "bin", "exec sleep 300")
    with pytest.raises(ServerError, match="no progress"):
        decode(house.tools, tmp_path / "x", task, stall=0.5)
