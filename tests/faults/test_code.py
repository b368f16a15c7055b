"""Code in a dump: a script is never run here, and a function has the rights of the role that restores it.
Code in a database: none of it is run by backing it up.

RELIABILITY.md: R43; R46.
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
from bak_tui.core.secret import Secret
from bak_tui.core.selection import Selection
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.restore.targets import RestoreOptions
from tests.cli.conftest import Site, embedded
from tests.operations.conftest import House, house
from tests.operations.test_restore import dump_of, restore
from tests.samples import databases_of
from tests.servers.fixtures import MakeDatabase, open_connection

__all__ = ["embedded", "house"]

_HOSTILE = """
CREATE FUNCTION fine(int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$;
CREATE TABLE trap (id int CHECK (public.fine(id)));
INSERT INTO trap VALUES (1);
CREATE OR REPLACE FUNCTION fine(int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS
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
        connection.execute(_HOSTILE.encode())
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
        connection.execute(_HOSTILE.encode())
    bak = house.bak()
    bak.backup(house.profile, Selection((name,)), BackupOptions(format=form)).result()
    (manifest,) = (key for key in house.objects() if key.endswith(".manifest.json"))
    house.bucket.delete([manifest])
    catalogue = bak.catalogue(house.target)
    sources = catalogue.sources(catalogue.inventory().dumps)
    (prospect,) = bak.plans.restore(house.server, sources, RestoreOptions(into="bak_trapped"))
    assert Check("code", Verdict.WARN, _LISTED) in prospect.checks


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
