"""Code in a dump: a script is never run here, and a function has the rights of the role that restores it.
Code in a database: none of it is run by backing it up.

Faults R43 and R46.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import ExitCode
from bak_tui.core.plan import Check, Mode, Verdict
from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.restore.targets import RestoreOptions
from tests.cli.conftest import Site, embedded
from tests.operations.conftest import House, house
from tests.operations.test_restore import dump_of, restore
from tests.samples import databases_of, drop
from tests.servers.fixtures import MakeDatabase, open_connection

__all__ = ["embedded", "house"]

HOSTILE = """
CREATE FUNCTION fine(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$;
CREATE TABLE trap (id int CHECK (public.fine(id)));
INSERT INTO trap VALUES (1);
CREATE OR REPLACE FUNCTION fine(int) RETURNS bool LANGUAGE plpgsql AS
  $$ BEGIN EXECUTE 'ALTER ROLE bak_restorer SUPERUSER'; RETURN true; END $$;
"""
_TRAPS = """
CREATE SCHEMA evil;
CREATE FUNCTION evil.sprung() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
CREATE FUNCTION evil.pg_control_system() RETURNS TABLE (system_identifier bigint)
  LANGUAGE sql AS 'SELECT 1::bigint FROM evil.sprung()';
CREATE FUNCTION evil.pg_table_size(oid) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint FROM evil.sprung()';
CREATE FUNCTION evil.eq(name, name) RETURNS bool LANGUAGE sql AS 'SELECT true FROM evil.sprung()';
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.eq);
CREATE TABLE evil.pg_class (id int);
CREATE TABLE t (id int);
INSERT INTO t VALUES (1), (2);
"""
_LISTED = "1 function: public.fine(integer)"


@pytest.mark.fault("R43")
@pytest.mark.parametrize("is_zipped", [False, True])
def test_a_script_that_runs_commands_is_refused_and_runs_none(
    embedded: Site, tmp_path: Path, is_zipped: bool
) -> None:
    marker = tmp_path / "MARKER"
    script = f"-- PostgreSQL database dump\n\\! touch {marker}\nSELECT 1; \\! touch {marker}\n".encode()
    script += f"COPY (SELECT 1) TO PROGRAM 'touch {marker}';\n".encode()
    file = tmp_path / "d.sql"
    file.write_bytes(gzip.compress(script) if is_zipped else script)
    for how in ((), ("--plan",)):
        done = embedded.bak("restore", "--into", "bak_scripted", *how, file)
        assert done.code == ExitCode.FAILED, done.err
        assert "nothing here runs it" in done.err
    assert not marker.exists()
    assert "bak_scripted" not in databases_of(embedded.server)


@pytest.fixture
def restorer(house: House) -> Iterator[str]:
    """A role that may restore, and no more."""
    with open_connection(house.server, "postgres") as connection:
        connection.execute("CREATE ROLE bak_restorer LOGIN CREATEDB PASSWORD 'restorer'")
        yield "bak_restorer"
        connection.execute("DROP ROLE bak_restorer")


@pytest.mark.fault("R43")
def test_a_hostile_function_has_the_rights_of_who_restores_and_the_plan_tells_whose(
    house: House, make_database: MakeDatabase, restorer: str, tmp_path: Path
) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute(HOSTILE.encode())
    path = dump_of(house, name, tmp_path)
    path.with_name(f"{path.name}.manifest.json").unlink()
    (check,) = looked_at(house, tmp_path, "rights")
    assert (check.verdict, "as a superuser" in check.fact) == (Verdict.WARN, True)
    assert looked_at(house, tmp_path, "code") == [Check("code", Verdict.WARN, _LISTED)]
    house.server = replace(house.server, user=restorer, password=Secret("restorer"))
    assert looked_at(house, tmp_path, "rights") == []
    assert looked_at(house, tmp_path, "code") == [Check("code", Verdict.OK, _LISTED)]
    (outcome,) = restore(house.bak(), house, tmp_path, into="bak_trapped").outcomes
    assert outcome.exit_code is ExitCode.FAILED
    assert "bak_trapped" not in databases_of(house.server)
    with open_connection(house.server, "postgres") as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", (restorer,)).fetchone()
    assert row == (False,)


def looked_at(house: House, folder: Path, label: str) -> list[Check]:
    bak = house.bak()
    dumps, _ = bak.folder_dumps(folder, Selection())
    (prospect,) = bak.plans.restore(house.server, dumps, RestoreOptions(into="bak_trapped"))
    return [check for check in prospect.checks if check.label == label]


@pytest.mark.fault("R43")
def test_what_a_server_held_itself_is_restored_by_its_superuser_without_a_warning(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dump_of(house, make_database(), tmp_path)
    (check,) = looked_at(house, tmp_path, "rights")
    assert check.verdict is Verdict.OK
    assert looked_at(house, tmp_path, "code") == []


@pytest.mark.fault("R43")
@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
def test_a_hostile_function_is_told_of_what_lies_in_a_bucket(
    house: House, make_database: MakeDatabase, form: FormatWish
) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute(HOSTILE.encode())
    bak = house.bak()
    bak.backup(house.profile, Selection((name,)), BackupOptions(format=form)).result()
    (manifest,) = (key for key in house.objects() if key.endswith(".manifest.json"))
    house.bucket.delete([manifest])
    catalogue = bak.catalogue(house.target)
    sources = catalogue.sources(catalogue.inventory().dumps)
    (prospect,) = bak.plans.restore(house.server, sources, RestoreOptions(into="bak_trapped"))
    assert Check("code", Verdict.WARN, _LISTED) in prospect.checks


@pytest.fixture
def trapped(
    embedded: Site, make_database: MakeDatabase, restorer: str, tmp_path: Path
) -> tuple[Path, tuple[str, ...]]:
    """A dump whose functions nothing vouches for; and how the restorer connects."""
    name = make_database()
    with open_connection(embedded.server, name) as connection:
        connection.execute(HOSTILE.replace("SUPERUSER", "CONNECTION LIMIT 7").encode())
    assert embedded.bak("dump", f"--database={name}", f"--dir={tmp_path}").code == 0
    (manifest,) = tmp_path.rglob("*.manifest.json")
    manifest.unlink()
    (path,) = tmp_path.rglob("*.sql")
    return path, (f"--user={restorer}", "--password=restorer")


def limit_of(server: Server, role: str) -> int:
    """What the hostile function changes, when it has the rights to."""
    with open_connection(server, "postgres") as connection:
        row = connection.execute("SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.fault("R43")
def test_code_that_nothing_vouches_for_is_run_by_a_superuser_only_when_that_was_said(
    embedded: Site, trapped: tuple[Path, tuple[str, ...]], restorer: str
) -> None:
    path, as_restorer = trapped
    restore = ["restore", str(path), "--into=bak_trapped"]
    plan = embedded.bak(*restore, "--plan", "--json").document["restores"][0]
    assert plan["needs_as_superuser"] is True
    assert "--as-superuser" in plan["command"]
    for refused in (
        embedded.bak(*restore),
        embedded.bak("prove", path),
        embedded.bak("prove", path, "--local"),
    ):
        assert refused.code == ExitCode.CONFIRMATION, refused.err
        told = refused.err + refused.out
        assert f"brings {_LISTED}" in told
        assert "--as-superuser" in told
    assert "bak_trapped" not in databases_of(embedded.server)
    little = embedded.bak(*restore, *as_restorer, "--no-owner", "--no-privileges")
    assert little.code == ExitCode.FAILED, "its rights are not enough for what the function wants"
    assert limit_of(embedded.server, restorer) == -1
    refused = embedded.bak(*restore, "--yes")
    assert refused.code == ExitCode.CONFIRMATION, "--yes says nothing of a stranger's code"
    assert "bak_trapped" not in databases_of(embedded.server)
    done = embedded.bak(*restore, "--as-superuser")
    assert done.code == ExitCode.PARTIAL, done.out
    drop(embedded.server, "bak_trapped")
    assert limit_of(embedded.server, restorer) == 7, "that is what was agreed to"


PLAIN = """
CREATE TYPE mood AS ENUM ('sad', 'so so');
CREATE DOMAIN short AS varchar(20) CHECK (length(VALUE) > 0);
CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name short NOT NULL, feels mood,
  at timestamptz(3) DEFAULT now(), big numeric(10,2) GENERATED ALWAYS AS (1.5 * 2) STORED,
  CHECK (lower(name) <> 'nobody; (x)'));
CREATE TABLE parts (id serial, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
CREATE TABLE owned (person int REFERENCES people ON DELETE CASCADE, what text[] DEFAULT ARRAY['a', 'b']);
CREATE UNIQUE INDEX ON people (lower(name), "left"(name, 2)) WHERE id > 0;
CREATE STATISTICS told (dependencies) ON id, at FROM parts;
CREATE VIEW seen AS SELECT p.name, count(*) OVER (PARTITION BY p.feels) AS n, v.x
  FROM people p, (VALUES (1)) v(x) WHERE p.at > now() - interval '1 day';
CREATE MATERIALIZED VIEW summed AS WITH RECURSIVE r(n) AS (SELECT 1) SELECT sum(n) AS n FROM r;
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY theirs ON people FOR SELECT USING (name::text = CURRENT_USER);
GRANT SELECT (id), UPDATE (id) ON people TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
COMMENT ON TABLE people IS 'it''s; SELECT pg_read_file(1)';
INSERT INTO people (name, feels) SELECT 'u' || i, 'sad' FROM generate_series(1, 9) i;
INSERT INTO parts (at) VALUES ('2024-01-01');
SELECT lo_from_bytea(0, 'large');
"""
"""All that a database usually has which runs nothing."""

_LONG = "a" * 50
_HIDDEN = (
    ("table", f"CREATE TABLE t ({_LONG} int, b{_LONG} int)", "CREATE TABLE public.t", "();"),
    (
        "check",
        f"CREATE TABLE t (id int CHECK (id <> 4 OR {'id <> 4 OR ' * 9} id > 0))",
        "CREATE TABLE public.t",
        "();",
    ),
    ("view", f"CREATE VIEW t AS SELECT 1 AS {_LONG}, 2 AS b{_LONG}", "CREATE VIEW public.t", " AS SELECT 1;"),
)
_ORDER = "ALTER ROLE bak_restorer CONNECTION LIMIT 7;"


def with_hidden(archive: bytes, begin: str, rest: str) -> bytes:
    """Under the label of one entry another statement, too, and not a byte more or less."""
    at = archive.index(begin.encode())
    end = archive.index(b";\n", at) + 2
    statement = f"{begin} {rest}{_ORDER}".encode()
    assert len(statement) <= end - at
    return archive[:at] + statement.ljust(end - at) + archive[end:]


@pytest.mark.fault("R43")
@pytest.mark.parametrize(("label", "made", "begin", "rest"), _HIDDEN)
def test_a_statement_under_a_harmless_label_is_run_by_a_superuser_only_when_that_was_said(
    embedded: Site,
    make_database: MakeDatabase,
    restorer: str,
    tmp_path: Path,
    label: str,
    made: str,
    begin: str,
    rest: str,
) -> None:
    name = make_database()
    with open_connection(embedded.server, name) as connection:
        connection.execute(made.encode())
    assert embedded.bak("dump", f"--database={name}", f"--dir={tmp_path}").code == 0
    (manifest,) = tmp_path.rglob("*.manifest.json")
    manifest.unlink()
    (path,) = tmp_path.rglob("*.sql")
    path.write_bytes(with_hidden(path.read_bytes(), begin, rest))
    refused = embedded.bak("restore", path, "--into=bak_trapped")
    assert refused.code == ExitCode.CONFIRMATION, label
    assert "public.t (does more than its kind says)" in refused.err
    assert limit_of(embedded.server, restorer) == -1
    assert "bak_trapped" not in databases_of(embedded.server)
    # What it hides is run, whether or not the rest of it fits together then.
    embedded.bak("restore", path, "--into=bak_trapped", "--as-superuser")
    drop(embedded.server, "bak_trapped")
    assert limit_of(embedded.server, restorer) == 7, "it would have been run"


@pytest.mark.fault("R46")
@pytest.mark.parametrize("path", ["evil, pg_catalog, public", "evil, public"])
def test_functions_that_a_search_path_leads_to_are_called_by_no_backup_and_no_restore(
    house: House, make_database: MakeDatabase, path: str
) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute(_TRAPS.encode())
        connection.execute(f"ALTER DATABASE {name} SET search_path = {path}".encode())
    bak = house.bak()
    report = bak.backup(
        house.profile, Selection((name,)), BackupOptions(hashes_contents="pg_catalog" in path)
    ).result()
    assert report.exit_code is ExitCode.DONE, report
    catalogue = bak.catalogue(house.target)
    how = RestoreOptions(into=name, over=Mode.SWAP, confirmed={name}, terminates=True)
    restored = bak.restore(house.server, catalogue.sources(catalogue.inventory().dumps), how).result()
    assert restored.exit_code is ExitCode.DONE, restored
    with open_connection(house.server, name) as connection:
        row = connection.execute("SHOW search_path").fetchone()
        assert row == (path,)
        assert connection.execute("SELECT count(*) FROM public.t").fetchone() == (2,)
