"""A proof restores, compares, drops; it leaves nothing, and says what it did not compare."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from bak_tui.core.checks import CheckKind, CheckResult
from bak_tui.core.comparison import CountsDiffer
from bak_tui.core.errors import Cancelled, ExitCode, RestoreFailed, UsageError
from bak_tui.core.jobs import JobState
from bak_tui.core.names import manifest_path
from bak_tui.core.outcomes import Outcome
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.proof.prove import ProveOptions
from bak_tui.operations.proof.proving import Proven
from bak_tui.services.jobs import Job
from tests.operations.conftest import House
from tests.operations.test_verify import back_up, flipped, tamper
from tests.samples import databases_of, fill, sessions_of
from tests.servers.fixtures import MakeDatabase, open_connection


@pytest.fixture
def kept(house: House, make_database: MakeDatabase) -> Iterator[StoredDump]:
    """A backup; whatever a test does with it, the server must look as it did before."""
    name = make_database()
    fill(house.server, name)
    dump = back_up(house, name, "gzip")
    before = databases_of(house.server)
    yield dump
    assert databases_of(house.server) <= before
    assert sessions_of(house.server) == []


def prove(house: House, dump: StoredDump, bak: Bak | None = None) -> Outcome[Proven]:
    (outcome,) = (bak or house.bak()).prove(house.profile, [dump], ProveOptions(jobs=2)).result().outcomes
    return outcome


def rewrite_manifest(house: House, dump: StoredDump, change: Callable[[dict[str, Any]], None]) -> None:
    key = manifest_path(dump.stored.key)
    document = json.loads(house.bucket.read(key, limit=1_000_000))
    change(document)
    house.bucket.write(key, json.dumps(document).encode())


def shown(house: House, dump: StoredDump) -> StoredDump:
    return house.bak().catalogue(house.target).show(dump.path)


def test_a_good_backup_is_proven_and_nothing_is_left(house: House, kept: StoredDump) -> None:
    outcome = prove(house, kept)
    assert outcome.state is JobState.OK, outcome.sentence
    assert outcome.result
    assert outcome.result.comparison
    assert outcome.result.compared == ("manifest", "size", "bytes", "archive", "rows")
    assert "1,007 rows, all counts match" in outcome.sentence
    seen = shown(house, kept)
    (check,) = seen.checks
    assert (check.kind, check.result) == (CheckKind.PROVE, CheckResult.OK)
    assert seen.evidence.words(datetime.now(UTC)).startswith("proven")
    assert seen.evidence.verified == seen.evidence.proven


def test_two_backups_of_one_database_are_proven_at_once(house: House, kept: StoredDump) -> None:
    for key in (kept.stored.key, manifest_path(kept.stored.key)):
        house.bucket.write(f"copy/{key}", house.bucket.read(key, limit=1_000_000))
    dumps = house.bak().catalogue(house.target).inventory().dumps
    report = house.bak().prove(house.profile, dumps, ProveOptions(parallel=2)).result()
    assert [outcome.sentence for outcome in report.outcomes if outcome.error] == []


def test_counts_that_differ_are_a_failed_proof(house: House, kept: StoredDump) -> None:
    def claim_more(document: dict[str, Any]) -> None:
        document["tables"][0]["rows"] += 1

    rewrite_manifest(house, kept, claim_more)
    outcome = prove(house, kept)
    assert isinstance(outcome.error, CountsDiffer)
    assert outcome.exit_code is ExitCode.INTEGRITY
    seen = shown(house, kept)
    assert not seen.is_good
    assert "differs" in seen.evidence.harm


def test_a_flipped_bit_fails_the_proof_before_any_sql_reaches_the_server(
    house: House, kept: StoredDump
) -> None:
    tamper(house, kept, flipped(0.5))
    steps: list[Step] = []
    outcome = prove(house, kept, house.bak(checkpoint=lambda step, _subject: steps.append(step)))
    assert outcome.exit_code is ExitCode.INTEGRITY
    assert steps == []
    assert shown(house, kept).evidence.failed


def test_rows_that_their_own_constraint_refuses_fail_the_proof(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE FUNCTION small(n int) RETURNS bool LANGUAGE sql AS 'SELECT n < 9'")
        connection.execute("CREATE TABLE t (n int CHECK (public.small(n)))")
        connection.execute("INSERT INTO t SELECT generate_series(1, 8)")
        connection.execute(
            "CREATE OR REPLACE FUNCTION small(n int) RETURNS bool LANGUAGE sql AS 'SELECT n < 5'"
        )
    dump = back_up(house, name)
    outcome = prove(house, dump)
    assert isinstance(outcome.error, RestoreFailed)
    assert shown(house, dump).evidence.failed


def test_rows_that_find_another_partition_by_an_enums_hash_are_all_there(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    labels = [f"l{number}" for number in range(16)]
    with open_connection(house.server, name) as connection:
        values = ", ".join(f"'{label}'" for label in labels)
        connection.execute(f"CREATE TYPE label AS ENUM ({values})".encode())
        connection.execute("CREATE TABLE t (of label, n int) PARTITION BY HASH (of)")
        for part in range(4):
            connection.execute(
                f"CREATE TABLE t{part} PARTITION OF t FOR VALUES WITH (MODULUS 4, REMAINDER {part})".encode()
            )
        for number, label in enumerate(labels):
            connection.execute(
                "INSERT INTO t SELECT %s::label, n FROM generate_series(1, %s) n", (label, 2**number)
            )
    hashed = BackupOptions(hashes_contents=True)
    bak = house.bak()
    assert bak.backup(house.profile, Selection((name,)), hashed).result().exit_code is ExitCode.DONE
    (dump,) = bak.catalogue(house.target).inventory().dumps
    outcome = prove(house, dump)
    assert outcome.state is JobState.OK, outcome.sentence
    assert outcome.result
    assert outcome.result.rows == 2**16 - 1


def test_what_is_the_servers_fault_leaves_no_result(house: House, kept: StoredDump) -> None:
    def kill(step: Step, _subject: str) -> None:
        if step is Step.SCRATCH:
            raise RestoreFailed("the server is full")

    outcome = prove(house, kept, house.bak(checkpoint=kill))
    assert isinstance(outcome.error, RestoreFailed)
    assert shown(house, kept).checks == ()


def test_of_a_dump_without_a_manifest_it_is_said_what_was_not_compared(
    house: House, kept: StoredDump
) -> None:
    house.bucket.delete([manifest_path(kept.stored.key)])
    outcome = prove(house, kept)
    assert outcome.state is JobState.WARN
    assert outcome.result
    assert outcome.result.compared == ("archive",)
    assert [what.split(":")[0] for what in outcome.result.not_compared] == ["bytes", "rows"]
    assert shown(house, kept).evidence.words(datetime.now(UTC)).startswith("restored")


@pytest.mark.parametrize("at", [Step.SCRATCH, Step.RESTORED, Step.COMPARED])
def test_a_cancelled_proof_leaves_nothing(house: House, kept: StoredDump, at: Step) -> None:
    jobs: list[Job[Any]] = []

    def cancel(step: Step, _subject: str) -> None:
        if step is at:
            jobs[0].cancel()

    bak = house.bak(checkpoint=cancel)
    jobs.append(bak.prove(house.profile, [kept], ProveOptions()))
    (outcome,) = jobs[0].result().outcomes
    assert isinstance(outcome.error, Cancelled)
    assert shown(house, kept).checks == ()


def test_a_read_only_profiles_server_is_not_touched(house: House, kept: StoredDump) -> None:
    profile = replace(house.profile, is_read_only=True)
    with pytest.raises(UsageError, match="read-only"):
        house.bak().prove(profile, [kept], ProveOptions()).result()


def test_a_local_proof_needs_no_server_but_the_one_it_starts_and_leaves_none(
    house: House, kept: StoredDump, role: str
) -> None:
    with open_connection(house.server, kept.database) as connection:
        connection.execute(sql.SQL("ALTER TABLE users OWNER TO {}").format(sql.Identifier(role)))
        connection.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY")
        policy = sql.SQL("CREATE POLICY own ON users TO {} USING (true)").format(sql.Identifier(role))
        connection.execute(policy)
    later = house.bak(clock=lambda: datetime.now(UTC) + timedelta(seconds=5))
    dump = back_up(house, kept.database, "gzip", later)
    before = servers_of_this_process()
    profile = replace(house.profile, given_server=None)
    job = house.bak().prove(profile, [kept, dump], ProveOptions(parallel=2, is_local=True))
    outcomes = job.result().outcomes
    assert [(outcome.state, outcome.warnings) for outcome in outcomes] == [(JobState.OK, ())] * 2
    assert "on a throw-away PostgreSQL" in outcomes[0].sentence
    assert servers_of_this_process() == before


def test_without_a_servers_programs_a_local_proof_says_what_is_missing(
    house: House, kept: StoredDump, tmp_path: Path
) -> None:
    for program in ("pg_dump", "pg_restore"):
        (tmp_path / program).symlink_to(house.bindir / program)
    bak = house.bak(bindir=tmp_path)
    (outcome,) = bak.prove(house.profile, [kept], ProveOptions(is_local=True)).result().outcomes
    assert outcome.exit_code is ExitCode.TOOLS
    assert "initdb" in outcome.sentence
    assert shown(house, kept).checks == ()


@pytest.fixture
def role(house: House) -> str:
    """A role of the test's own server, which goes with it."""
    name = f"bak_role_{secrets.token_hex(4)}"
    with open_connection(house.server, "postgres") as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    return name


def servers_of_this_process() -> int:
    """Each started server has a thread that waits for its end."""
    return sum(thread.name == "bak-postgres" for thread in threading.enumerate())
