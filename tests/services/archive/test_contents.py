"""The archive reader against pg_restore: the same entries, in the same order, for every version here."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bak_tui.core.errors import IntegrityError
from bak_tui.services.archive import Contents, Kind, TocEntry, read_contents
from tests import samples
from tests.servers.fixtures import open_connection
from tests.services.archive.conftest import Dumper

_UNLISTED = {"ENCODING", "STDSTRINGS", "SEARCHPATH"}

_ODDITIES = """
CREATE TABLE "new
line" (id int PRIMARY KEY, "c""d" text DEFAULT 'x');
COMMENT ON TABLE "new
line" IS 'with a
comment';
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
CREATE INDEX ON users (name);
CREATE ROLE bak_reader_{token};
GRANT SELECT ON users TO bak_reader_{token};
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE PUBLICATION p FOR TABLE users;
SELECT lo_create(0) FROM generate_series(1, 20);
"""


def fill(dumper: Dumper) -> str:
    """Objects of many types; the role made for them, to be dropped."""
    token = str(dumper.major)
    samples.fill(dumper.server, dumper.database)
    with open_connection(dumper.server, dumper.database) as connection:
        connection.execute(_ODDITIES.format(token=token).encode())
    return f"bak_reader_{token}"


def drop_role(dumper: Dumper, role: str) -> None:
    with open_connection(dumper.server, dumper.database) as connection:
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def listed(entry: TocEntry) -> str:
    """As pg_restore's PrintTOCSummary prints it."""
    line = (
        f"{entry.dump_id}; {entry.catalog_oid} {entry.oid} {entry.desc} {entry.namespace or '-'} {entry.tag}"
    )
    return f"{line} {entry.owner}".replace("\n", " ")


def contents_of(path: Path) -> Contents:
    with (path / "toc.dat" if path.is_dir() else path).open("rb") as file:
        return read_contents(file, path.name)


@pytest.mark.parametrize("form", ["custom", "directory"])
def test_its_entries_are_those_pg_restore_lists(dumper: Dumper, form: str) -> None:
    role = fill(dumper)
    path = dumper.folder / "archive"
    dumper.run(f"--format={form}", "--create", f"--file={path}")
    drop_role(dumper, role)
    contents = contents_of(path)
    told = dumper.run("--list", "--create", str(path), program="pg_restore").decode()
    lines = [line for line in told.splitlines() if line and not line.startswith(";")]
    entries = [entry for entry in contents.entries if entry.desc not in _UNLISTED]
    assert [listed(entry).strip() for entry in entries] == [line.strip() for line in lines]
    assert f"TOC Entries: {len(contents.entries)}\n" in told
    assert contents.head.kind is (Kind.CUSTOM if form == "custom" else Kind.DIRECTORY)


def test_it_tells_what_has_data_and_what_depends_on_what(dumper: Dumper) -> None:
    samples.fill(dumper.server, dumper.database)
    path = dumper.folder / "archive"
    dumper.run("--format=custom", f"--file={path}")
    entries = {(entry.desc, entry.tag): entry for entry in contents_of(path).entries}
    users, data = entries["TABLE", "users"], entries["TABLE DATA", "users"]
    assert (users.has_data, users.offset, users.tableam) == (False, None, "heap")
    assert users.relkind == ("r" if dumper.major >= 17 else "")
    assert data.has_data
    assert data.is_copied
    assert data.offset
    assert users.dump_id in data.dependencies
    assert data.name == "public.users"


def test_an_archive_cut_in_its_contents_is_told(dumper: Dumper) -> None:
    path = dumper.folder / "archive"
    dumper.run("--format=custom", f"--file={path}")
    raw = path.read_bytes()
    end = max(entry.offset_at for entry in contents_of(path).entries)
    for length in {0, 3, 40, end // 2, end - 1, end + 8}:
        with pytest.raises(IntegrityError) as caught:
            read_contents(io.BytesIO(raw[:length]), "x.sql")
        assert caught.value.kind in {"cut", "bad_archive"}
        assert caught.value.message.startswith("x.sql is ")
