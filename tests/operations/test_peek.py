"""What is inside a dump in the bucket, by ranged reads: told as it is, for little, whatever it is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from psycopg import sql

from bak_tui.core.dump_format import FormatWish
from bak_tui.core.errors import BakError, Cancelled, IntegrityError, StoreError, ToolError, UsageError
from bak_tui.core.inside import FirstRows, Inside, TableInside
from bak_tui.core.names import manifest_path
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.backup.taking import Taken
from bak_tui.operations.bucket.peek import MOST_ROWS, Peek
from tests.operations.conftest import House
from tests.operations.test_foreign import foreign
from tests.samples import SAMPLE_ROWS, fill, fill_bytes
from tests.servers.fixtures import MakeDatabase, open_connection
from tests.services.archive.conftest import Dumper

__all__ = ["foreign"]

NASTY = "sch\n\"'); -- é"
COLUMN = 'c"), d'
VALUES = ("", "a\tb\nc\\d\r\x08\x0b", "\\N", "\\.", "é漢\u202e🎉", "x" * 700, None)
only_embedded = pytest.mark.parametrize("foreign", ["embedded_postgres"], indirect=True)
with_zstd = pytest.mark.parametrize("foreign", ["zstd_postgres"], indirect=True)
MUCH = 12


class Asked:
    """Somebody who waits for the answer, or does not any more."""

    def __init__(self, *, gives_up: bool = False) -> None:
        self._gives_up = gives_up

    def check(self) -> None:
        if self._gives_up:
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        del seconds
        self.check()


ASKED = Asked()


def fill_nastily(house: House, name: str) -> None:
    """A table whose names and values are as bad as they can be, one with many rows, and empty ones."""
    schema, table = sql.Identifier(NASTY), sql.Identifier(NASTY, "t (a, b)")
    column = sql.Identifier(COLUMN)
    with open_connection(house.server, name) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        connection.execute(sql.SQL("CREATE TABLE {} (n serial PRIMARY KEY, {} text)").format(table, column))
        for value in VALUES:
            connection.execute(sql.SQL("INSERT INTO {} ({}) VALUES (%s)").format(table, column), (value,))
        connection.execute("CREATE TABLE many AS SELECT n, n * 2 AS twice FROM generate_series(1, 5000) n")
        connection.execute("CREATE INDEX many_n ON many (n)")
        connection.execute("CREATE UNIQUE INDEX many_twice ON many (twice)")
        connection.execute("CREATE TABLE nothing (a int)")
        connection.execute("CREATE TABLE bare ()")


def backed_up(house: House, name: str, **options: object) -> Taken:
    how = BackupOptions(**options)  # type: ignore[arg-type]  # as the caller says
    (taken,) = house.bak().backup(house.profile, Selection((name,)), how).result().results
    return taken


def look(house: House, path: str) -> tuple[Peek, Inside]:
    catalogue = house.bak().catalogue(house.target)
    peek = catalogue.peek(catalogue.show(path))
    return peek, peek.inside(ASKED)


def table(inside: Inside, name: str) -> TableInside:
    tables = (each for schema in inside.schemas for each in schema.tables)
    return next(each for each in tables if each.full_name == name)


def rows(peek: Peek, inside: Inside, name: str) -> FirstRows:
    return peek.rows(table(inside, name), ASKED)


def assert_told(peek: Peek, inside: Inside) -> None:
    """All that `fill_nastily` has made, wherever its rows are found."""
    names = [schema.name for schema in inside.schemas]
    assert names[0] == "public"
    assert NASTY in names
    nasty = rows(peek, inside, f"{NASTY}.t (a, b)")
    assert nasty.columns == ("n", COLUMN)
    assert nasty.rows == tuple((str(number), value) for number, value in enumerate(VALUES, 1))
    assert nasty.is_all
    assert (nasty.primary_key, nasty.indexes) == ("n", 1)
    many = rows(peek, inside, "public.many")
    assert many.rows == tuple((str(n), str(2 * n)) for n in range(1, MOST_ROWS + 1))
    assert (many.is_all, many.indexes, many.primary_key) == (False, 2, "")
    nothing = rows(peek, inside, "public.nothing")
    assert (nothing.rows, nothing.is_all, nothing.columns) == ((), True, ("a",))
    bare = rows(peek, inside, "public.bare")
    assert (bare.columns, bare.is_all) == ((), True)


def put(house: House, path: Path, key: str) -> str:
    """A file, or a folder of them, as another program stores it."""
    if path.is_dir():
        for file in path.iterdir():
            house.bucket.write(f"{key}/{file.name}", file.read_bytes())
    else:
        house.bucket.write(key, path.read_bytes())
    return key


@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
def test_a_backup_tells_its_tables_their_counted_rows_and_the_first_of_them(
    each_house: House, make_database: MakeDatabase, form: FormatWish
) -> None:
    house = each_house
    name = make_database(server=house.server)
    fill(house.server, name)
    fill_nastily(house, name)
    taken = backed_up(house, name, format=form)
    peek, inside = look(house, taken.path)
    assert_told(peek, inside)
    assert inside.sizes == "on the server"
    told = {each.full_name: each.rows for schema in inside.schemas for each in schema.tables}
    assert SAMPLE_ROWS.items() <= told.items()
    assert told["public.many"] == 5000
    kinds = {kind.name: kind.names for kind in inside.kinds}
    assert "public.many_n" in kinds["indexes"]
    assert "views" in kinds


@with_zstd
@pytest.mark.parametrize(
    ("form", "compression"),
    [
        *(("custom", method) for method in ("none", "gzip", "zstd", "lz4")),
        ("directory", "none"),
        ("directory", "lz4"),
    ],
)
def test_so_does_a_dump_of_another_program_however_compressed(
    foreign: Dumper, house: House, form: str, compression: str
) -> None:
    fill_nastily(house, foreign.database)
    path = foreign.folder / "made"
    foreign.run(f"--format={form}", f"--compress={compression}", f"--file={path}")
    peek, inside = look(house, put(house, path, "made.sql"))
    assert_told(peek, inside)
    assert inside.sizes == "in the dump"
    many = table(inside, "public.many")
    assert many.rows is None
    assert many.size is not None
    assert 0 < many.size < peek.dump.stored.size
    assert many.size > (table(inside, "public.nothing").size or 0) > 0


def test_little_is_read_of_much(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    fill_nastily(house, name)
    fill_bytes(house.server, name, MUCH)
    taken = backed_up(house, name, compression="none")
    peek, inside = look(house, taken.path)
    begun = peek.taken
    assert peek.requests == 1
    assert_told(peek, inside)
    assert begun < 100_000
    assert 10 * peek.taken < MUCH * 1_000_000 < taken.size


def test_without_a_manifest_a_piped_dump_tells_what_lies_at_its_beginning_and_says_so_of_the_rest(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill_nastily(house, name)
    small = backed_up(house, name)
    fill_bytes(house.server, name, MUCH)
    large = backed_up(house, name, compression="none")
    for taken in (small, large):
        house.bucket.delete([house.target.key(manifest_path(taken.path))])
    peek, inside = look(house, small.path)
    assert_told(peek, inside)
    assert inside.sizes == "in the dump"
    peek, inside = look(house, large.path)
    assert inside.sizes == ""
    told = [rows(peek, inside, each.full_name) for schema in inside.schemas for each in schema.tables]
    found = [each for each in told if each.columns]
    assert any("from byte" in each.lies for each in found)
    assert any("written nowhere" in each.remark for each in told)
    assert peek.taken < 2_000_000


@only_embedded
@pytest.mark.parametrize("option", ["--inserts", "--column-inserts"])
def test_rows_that_are_statements_are_shown_as_those(foreign: Dumper, house: House, option: str) -> None:
    fill_nastily(house, foreign.database)
    path = foreign.folder / "made"
    foreign.run("--format=custom", option, f"--file={path}")
    peek, inside = look(house, put(house, path, "made.sql"))
    many = rows(peek, inside, "public.many")
    assert many.columns == ("statement",)
    assert (many.rows[0][0] or "").startswith("INSERT INTO public.many")
    assert not many.is_all


@only_embedded
def test_what_has_no_table_of_contents_where_it_lies_says_what_it_is(foreign: Dumper, house: House) -> None:
    plain = foreign.run()
    custom = foreign.run("--format=custom")
    tar = foreign.run("--format=tar")
    cases = {
        "plain": (plain, UsageError, "a plain SQL script: it has no table of contents"),
        "plain.gz": (gzip.compress(plain), UsageError, "a gzip file, inside a plain SQL script: it has no"),
        "custom.gz": (gzip.compress(custom), UsageError, "inside a custom-format archive: only a custom"),
        "tar": (tar, UsageError, "a tar file, inside a directory-format"),
        "empty": (b"", IntegrityError, "is empty"),
        "short": (custom[:8], IntegrityError, "cut off within its header"),
        "cut": (custom[:500], IntegrityError, "cut off in its table of contents"),
        "noise": (b"\0" * 5000, UsageError, "no pg_dump archive"),
        "damaged": (custom[:200] + b"\xff" * 40 + custom[240:], IntegrityError, ""),
    }
    for name, (content, kind, said) in cases.items():
        house.bucket.write(name, content)
        with pytest.raises(kind) as raised:
            look(house, name)
        assert said in raised.value.message, name


@only_embedded
def test_what_is_damaged_or_lost_of_the_rows_is_told(foreign: Dumper, house: House) -> None:
    fill_nastily(house, foreign.database)
    path = foreign.folder / "made"
    foreign.run("--format=custom", "--compress=gzip", f"--file={path}")
    peek, inside = look(house, put(house, path, "made.sql"))
    begin = int(rows(peek, inside, "public.many").lies.split()[1].replace(",", ""))
    whole = path.read_bytes()

    def told(content: bytes) -> str:
        house.bucket.write("made.sql", content)
        peek, inside = look(house, "made.sql")
        with pytest.raises(IntegrityError) as raised:
            rows(peek, inside, "public.many")
        return raised.value.message

    assert "another entry's data" in told(whole[:begin] + b"\1\0\xff\xff\0\0" + whole[begin + 6 :])
    assert "is damaged" in told(whole[: begin + 11] + b"\xff" * 50 + whole[begin + 61 :])
    assert "is not there: the dump ends before it" in told(whole[:begin])


def test_a_dump_that_was_replaced_meanwhile_is_told_and_not_mixed(
    house: House, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill_nastily(house, name)
    taken = backed_up(house, name)
    peek, inside = look(house, taken.path)
    key = house.target.key(taken.path)
    content = bytearray(house.bucket.read(key, limit=1 << 24))
    content[-1] ^= 1
    house.bucket.write(key, bytes(content))
    with pytest.raises(StoreError) as raised:
        rows(peek, inside, "public.many")
    assert raised.value.kind == "changed"
    house.bucket.delete([key])
    with pytest.raises(BakError, match=taken.path):
        rows(peek, inside, "public.many")


@pytest.mark.parametrize("form", [FormatWish.CUSTOM, FormatWish.DIRECTORY])
def test_a_row_without_end_takes_no_more_than_a_little(
    house: House, make_database: MakeDatabase, form: FormatWish
) -> None:
    name = make_database()
    with open_connection(house.server, name) as connection:
        connection.execute("CREATE TABLE wide AS SELECT repeat('ab', 20000000) AS text, 1 AS n")
        connection.execute(
            "CREATE TABLE noise AS"
            " SELECT string_agg(md5(n::text), '') AS text FROM generate_series(1, 40000) n"
        )
    taken = backed_up(house, name, format=form)
    peek, inside = look(house, taken.path)
    for each in ("public.wide", "public.noise"):
        first = rows(peek, inside, each)
        assert "its first row is longer" in first.remark
        assert len(first.rows) == 1
        assert len(first.rows[0][0] or "") < 2000
        assert not first.is_all
    assert peek.taken < 1_000_000


@with_zstd
def test_rows_that_no_pg_restore_here_can_decompress_are_told_with_what_to_do(
    foreign: Dumper, house: House, embedded_postgres: EmbeddedPostgres
) -> None:
    fill_nastily(house, foreign.database)
    taken = backed_up(house, foreign.database, compression="zstd:1")
    house.bindir = embedded_postgres.bindir
    peek, inside = look(house, taken.path)
    with pytest.raises(ToolError, match="zstd"):
        rows(peek, inside, "public.many")


def test_a_question_that_is_given_up_asks_nothing_more(house: House, make_database: MakeDatabase) -> None:
    name = make_database()
    taken = backed_up(house, name)
    catalogue = house.bak().catalogue(house.target)
    peek = catalogue.peek(catalogue.show(taken.path))
    with pytest.raises(Cancelled):
        peek.inside(Asked(gives_up=True))


@only_embedded
def test_a_folder_that_lost_files_tells_what_is_left(foreign: Dumper, house: House) -> None:
    fill_nastily(house, foreign.database)
    path = foreign.folder / "made"
    foreign.run("--format=directory", f"--file={path}")
    peek, inside = look(house, put(house, path, "made.dir"))
    name = rows(peek, inside, "public.many").lies.split(",")[0]
    house.bucket.delete([f"made.dir/{name}"])
    peek, inside = look(house, "made.dir")
    assert "is missing" in rows(peek, inside, "public.many").remark
    assert rows(peek, inside, "public.nothing").is_all
