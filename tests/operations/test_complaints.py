"""What pg_restore complains of: what is harmless, what is a failure, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bak_tui.core.errors import ExitCode
from bak_tui.core.jobs import JobState
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.restore.loading import HarmfulComplaints
from bak_tui.operations.restore.targets import RestoreOptions
from tests.faults.shims import restoring_shim
from tests.operations.conftest import House
from tests.operations.test_restore import dump_of, restore, scratch_of, source
from tests.samples import (
    SAMPLE_ROWS,
    databases_of,
    drop,
    rows_of,
)
from tests.servers.fixtures import MakeDatabase, open_connection

__all__ = ["source"]


@pytest.mark.parametrize("jobs", [1, 2, 4])
@pytest.mark.fault("R31")
def test_a_missing_role_is_a_warning_when_all_counts_match(
    house: House, source: str, tmp_path: Path, jobs: int
) -> None:
    with open_connection(house.server, source) as connection:
        connection.execute("CREATE ROLE gone")
        for statement in (
            "ALTER TABLE users OWNER TO gone",
            "GRANT SELECT ON grants TO gone",
            "GRANT UPDATE (name) ON users TO gone",
            'GRANT ALL ON SCHEMA "odd schema" TO gone',
            'GRANT SELECT ON "odd schema"."Odd [table]" TO gone',
        ):
            connection.execute(statement.encode())
    dump_of(house, source, tmp_path)
    with open_connection(house.server, source) as connection:
        connection.execute("ALTER TABLE users OWNER TO postgres")
        connection.execute("DROP OWNED BY gone")
        connection.execute("DROP ROLE gone")
    (outcome,) = restore(house.bak(), house, tmp_path, into="roleless", jobs=jobs).outcomes
    try:
        assert outcome.state is JobState.WARN, outcome.error
        assert outcome.exit_code is ExitCode.PARTIAL
        assert any("role" in warning for warning in outcome.warnings)
        assert rows_of(house.server, "roleless") == SAMPLE_ROWS
    finally:
        drop(house.server, "roleless")


def lose_role(house: House, name: str, *statements: str) -> None:
    """Run statements that need the role `lost`, for a dump; `forget_role` takes it away afterwards."""
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE ROLE lost")
        for statement in statements:
            connection.execute(statement.encode())


def forget_role(house: House, name: str) -> None:
    with open_connection(house.server, name) as connection:
        connection.execute("ALTER TABLE users OWNER TO postgres")
        connection.execute("DROP OWNED BY lost CASCADE")
        connection.execute("DROP ROLE lost")


@pytest.mark.parametrize(
    "ending", ["kill -9 $$", "exit 1", "echo 'pg_restore: warning: errors ignored on restore: 7' >&2; exit 1"]
)
def test_one_harmless_complaint_does_not_excuse_a_pg_restore_that_did_not_come_to_its_end(
    house: House, source: str, tmp_path: Path, ending: str
) -> None:
    path = dump_of(house, source, tmp_path / "dumps")
    path.with_name(path.name + ".manifest.json").unlink()
    mild = (
        'pg_restore: error: could not execute query: ERROR:  role "x" does not exist',
        "Command was: ALTER TABLE public.users OWNER TO x;",
    )
    script = f"""case "$*" in *--dbname*) printf '%s\\n' '{mild[0]}' '{mild[1]}' >&2; {ending};; esac
exec "$REAL" "$@" """
    bak = house.bak(bindir=restoring_shim(tmp_path / "bin", house.bindir, script))
    (outcome,) = restore(bak, house, tmp_path / "dumps", into="unfinished").outcomes
    assert outcome.state is JobState.FAILED
    assert "unfinished" not in databases_of(house.server)
    assert not scratch_of(house, "unfinished")


def test_an_empty_database_that_could_not_be_filled_is_a_failure_that_names_the_role(
    house: House, source: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    lose_role(house, source, "ALTER TABLE users OWNER TO lost")
    path = dump_of(house, source, tmp_path)
    path.with_name(path.name + ".manifest.json").unlink()
    forget_role(house, source)
    (outcome,) = restore(house.bak(), house, tmp_path, into=make_database()).outcomes
    assert outcome.state is JobState.FAILED
    assert 'role "lost" does not exist' in str(outcome.error)


def test_a_policy_lost_to_a_missing_role_is_no_harmless_complaint(
    house: House, source: str, tmp_path: Path
) -> None:
    lose_role(house, source, "CREATE POLICY mine ON users TO lost USING (true)")
    dump_of(house, source, tmp_path)
    forget_role(house, source)
    (outcome,) = restore(house.bak(), house, tmp_path, into="policyless").outcomes
    assert outcome.state is JobState.FAILED
    assert "lost object" in str(outcome.error)
    assert "policyless" not in databases_of(house.server)


def test_workers_that_complain_at_once_are_replaced_by_one(house: House, source: str, tmp_path: Path) -> None:
    dump_of(house, source, tmp_path / "dumps")
    mixed = "pg_restore: error: pg_restore: error: could not execute query: ERROR:  role x does not exist"
    script = f"""case "$*" in *--jobs=3*) echo '{mixed}' >&2
echo 'pg_restore: warning: errors ignored on restore: 1' >&2; exit 1;; esac
exec "$REAL" "$@" """
    bak = house.bak(bindir=restoring_shim(tmp_path / "bin", house.bindir, script))
    (outcome,) = restore(bak, house, tmp_path / "dumps", into="once_more", jobs=3).outcomes
    try:
        assert outcome.state is JobState.OK, outcome.error
        assert rows_of(house.server, "once_more") == SAMPLE_ROWS
        assert not scratch_of(house, "once_more")
    finally:
        drop(house.server, "once_more")


def test_settings_that_every_worker_misses_do_not_fail_the_restore_into_an_older_server(
    house: House, source: str, system_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    dump_of(house, source, tmp_path)
    older = system_postgres.server
    bak = house.bak()
    dumps, _ = bak.folder_dumps(tmp_path, Selection())
    (outcome,) = bak.restore(older, dumps, RestoreOptions(into="older", jobs=3)).result().outcomes
    try:
        assert outcome.state is JobState.WARN, outcome.error
        assert "transaction_timeout" in outcome.warnings[0]
        assert rows_of(older, "older") == SAMPLE_ROWS
    finally:
        drop(older, "older")


def test_a_duplicate_key_in_the_dump_is_a_failure(house: House, source: str, tmp_path: Path) -> None:
    with open_connection(house.server, source) as connection:
        connection.execute("CREATE TABLE twice (id int)")
        connection.execute("INSERT INTO twice VALUES (1), (2)")
        connection.execute("CREATE FUNCTION one(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'")
        connection.execute("CREATE UNIQUE INDEX twice_one ON twice (one(id))")
        connection.execute(
            "CREATE OR REPLACE FUNCTION one(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'"
        )
    dump_of(house, source, tmp_path)
    (outcome,) = restore(house.bak(), house, tmp_path, into="doubled").outcomes
    assert outcome.state is JobState.FAILED
    assert "constraint" in str(outcome.error)
    assert "doubled" not in databases_of(house.server)
    assert not scratch_of(house, "doubled")


def test_a_failure_keeps_every_error_sorted(house: House, source: str, tmp_path: Path) -> None:
    policy = "CREATE POLICY mine ON grants TO lost USING (true)"
    lose_role(house, source, "ALTER TABLE users OWNER TO lost", policy)
    dump_of(house, source, tmp_path)
    forget_role(house, source)
    (outcome,) = restore(house.bak(), house, tmp_path, into="sorted").outcomes
    assert isinstance(outcome.error, HarmfulComplaints)
    categories = [complaint.category.value for complaint in outcome.error.complaints]
    assert set(categories) == {"role", "lost object"}
    assert outcome.error.comparison
    assert outcome.error.comparison.matches  # every row came back, and still something was lost
    lost = outcome.error.complaints[categories.index("lost object")]
    assert lost.command.startswith("CREATE POLICY mine")
