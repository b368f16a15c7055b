"""The first users' stories, one test each, with the flags they write, against every ring of servers."""

from __future__ import annotations

import re
from pathlib import Path

from bak_tui.core.names import manifest_path
from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site
from tests.samples import SAMPLE_ROWS, drop, fill, fill_bytes, mark, marked, rows_of
from tests.servers.fixtures import MakeDatabase, open_connection

_NAME = re.compile(r"(?P<database>[^/]+)-(?P<stamp>\d{8}T\d{6}Z)\.sql")


def keys_of(site: Site) -> set[str]:
    return {stored.key for page in Bucket.open(site.target).pages("") for stored in page.objects}


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_list(site: Site, make_database: MakeDatabase) -> None:
    names = {make_database(server=site.server), make_database("odd name ü", server=site.server)}
    done = site.bak("ls", *site.server_flags)
    assert done.code == 0
    listed = done.out.splitlines()
    assert names <= set(listed)
    assert "template0" not in listed
    assert "template1" not in listed


def test_a_template_stands_only_in_the_table(embedded: Site, make_database: MakeDatabase) -> None:
    name = make_database()
    with open_connection(embedded.server, "postgres") as connection:
        connection.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE true'.encode())
    try:
        assert name not in embedded.bak("ls").out.splitlines()
        (row,) = [line for line in embedded.bak("ls", "--long").out.splitlines() if line.startswith(name)]
        assert row.endswith("is a template")
    finally:
        with open_connection(embedded.server, "postgres") as connection:
            connection.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE false'.encode())


def test_dump(site: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    names = [make_database(server=site.server) for _ in range(2)]
    fill(site.server, names[0])
    chosen = [flag for name in names for flag in ("--database", name)]
    done = site.bak("dump", *site.server_flags, "--dir", tmp_path, *chosen)
    assert done.code == 0, done.err
    files = files_of(tmp_path)
    dumps = {name for name in files if name.endswith(".sql")}
    assert files == dumps | {manifest_path(name) for name in dumps}
    matches = [_NAME.search(name) for name in dumps]
    assert {match["database"] for match in matches if match} == set(names)
    assert len({match["stamp"] for match in matches if match}) == 1
    assert all((tmp_path / name).read_bytes().startswith(b"PGDMP") for name in dumps)


def test_a_dump_that_cannot_connect_leaves_no_file(site: Site, tmp_path: Path) -> None:
    flags = [*site.server_flags[:-1], "not the password"]
    done = site.bak("dump", *flags, "--dir", tmp_path)
    assert done.code == 4
    assert "password authentication failed" in done.err
    assert "not the password" not in done.err
    assert files_of(tmp_path) == set()


def test_upload(site: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    name = make_database(server=site.server)
    fill_bytes(site.server, name, 20)
    site.bak("dump", *site.server_flags, "--dir", tmp_path, "--database", name, "--compress", "none")
    (tmp_path / "README.txt").write_text("not a dump")
    (tmp_path / "empty.sql").touch()
    dumped = {file for file in files_of(tmp_path) if name in file}
    done = site.bak("upload", "--dir", tmp_path, *site.target_flags)
    assert done.code == 0, done.err
    assert keys_of(site) == dumped
    assert "README.txt" in done.err
    assert "empty.sql" in done.err
    (dump,) = (key for key in dumped if key.endswith(".sql"))
    assert (tmp_path / dump).stat().st_size > 16 * 1024 * 1024
    assert Bucket.open(site.target).read(dump, limit=10**8) == (tmp_path / dump).read_bytes()


def test_download(site: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    names = [make_database(server=site.server) for _ in range(2)]
    fill(site.server, names[0])
    for name in names:
        backed_up = site.bak("backup", *site.server_flags, *site.target_flags, "--database", name)
        assert backed_up.code == 0, backed_up.err
    Bucket.open(site.target).write("photos/cat.jpg", b"\xff\xd8")
    done = site.bak("download", "--dir", tmp_path / "all", *site.target_flags)
    assert done.code == 0, done.err
    assert files_of(tmp_path / "all") == keys_of(site) - {"photos/cat.jpg"}
    one = site.bak("download", "--dir", tmp_path / "one", *site.target_flags, "--database", names[1])
    assert one.code == 0
    assert files_of(tmp_path / "one") == {key for key in keys_of(site) if names[1] in key}


def test_restore_from_a_folder(site: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    missing, empty = make_database(server=site.server), make_database(server=site.server)
    for name in (missing, empty):
        fill(site.server, name)
    chosen = ["--database", missing, "--database", empty]
    assert site.bak("dump", *site.server_flags, "--dir", tmp_path, *chosen).code == 0
    refused = site.bak("restore", *site.server_flags, "--dir", tmp_path)
    assert refused.code == 9
    assert "not empty" in refused.err
    drop(site.server, missing)
    drop(site.server, empty)
    make_database(empty, server=site.server)
    done = site.bak("restore", *site.server_flags, "--dir", tmp_path)
    assert done.code == 0, done.err
    assert rows_of(site.server, missing) == SAMPLE_ROWS
    assert rows_of(site.server, empty) == SAMPLE_ROWS
    assert "all counts match" in done.out


def test_restore_from_the_bucket(site: Site, make_database: MakeDatabase) -> None:
    name = make_database(server=site.server)
    fill(site.server, name)
    assert site.bak("backup", *site.server_flags, *site.target_flags, "--database", name).code == 0
    mark(site.server, name, "after the backup")
    into = ["--into", f"{name}_back"]
    done = site.bak("restore", *site.server_flags, *site.target_flags, "--database", name, *into)
    assert done.code == 0, done.err
    assert rows_of(site.server, f"{name}_back") == SAMPLE_ROWS
    assert marked(site.server, name) == "after the backup"
    (key,) = (key for key in keys_of(site) if key.endswith(".sql"))
    url = f"s3://{site.target.bucket}/{key}"
    again = site.bak("restore", url, *site.server_flags, *site.target_flags, "--into", f"{name}_again")
    assert again.code == 0, again.err
    for copy in (f"{name}_back", f"{name}_again"):
        drop(site.server, copy)


def test_backup_with_local_copies(site: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    name = make_database(server=site.server)
    fill(site.server, name)
    (tmp_path / "older-20200101T000000Z.sql").write_bytes(b"PGDMP of another day")
    flags = [*site.server_flags, "--dir", str(tmp_path), *site.target_flags, "--database", name]
    done = site.bak("backup", *flags)
    assert done.code == 0, done.err
    assert files_of(tmp_path) == keys_of(site) | {"older-20200101T000000Z.sql"}
    assert len(keys_of(site)) == 2


def test_backup_in_kubernetes(site: Site, make_database: MakeDatabase) -> None:
    name = make_database(server=site.server)
    fill(site.server, name)
    password, secret = site.server.password, site.target.secret_key
    assert password is not None
    assert secret is not None
    done = site.bak(
        "backup",
        "--host",
        f"{site.server.host}:{site.server.port}",
        "--bucket",
        f"s3://{site.target.bucket}/gen3/prod/",
        "--database",
        name,
        PGPASSWORD=password.reveal(),
        PGUSER=str(site.server.user),
        AWS_ACCESS_KEY_ID=str(site.target.access_key),
        AWS_SECRET_ACCESS_KEY=secret.reveal(),
        AWS_ENDPOINT_URL_S3=str(site.target.endpoint),
    )
    assert done.code == 0, done.err
    assert {key.rpartition("-")[0] for key in keys_of(site)} == {f"gen3/prod/{name}/{name}"}
