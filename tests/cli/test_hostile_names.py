"""Names that somebody chose to do harm, or just chose: each is a database of its own, there and back."""

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from tests.cli.conftest import Site
from tests.cli.test_stories import files_of
from tests.samples import drop, mark, marked
from tests.servers.fixtures import MakeDatabase

NAMES = [
    "-Fc",
    "--help",
    "-",
    "host=127.0.0.1 port=1",
    "dbname=postgres",
    "postgresql://127.0.0.1:1/x",
    "postgres://u@h/d?sslmode=require",
    "it's",
    'say "x"',
    "a b  c",
    " lead",
    "trail ",
    "../../etc",
    "..",
    "/abs",
    "a\\..\\b",
    "\x1b]0;owned\x07",
    "[/x]",
    "* ? [a-z]",
    "x" * 63,
    "é" * 31,
    "new\nline",
    "Zürich 名前 😀",
    "$(touch owned) `touch owned`",
    "; DROP DATABASE postgres; --",
    "%s%n%(x)s",
    "_globals",
]


@pytest.mark.fault("R37")
def test_every_name_is_backed_up_listed_downloaded_and_restored_as_itself(
    site: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    for name in NAMES:
        mark(site.server, make_database(name, server=site.server), f"I am {name}")
    chosen = [f"--database={glob.escape(name)}" for name in NAMES]
    runs = [site.bak("backup", *site.server_flags, *site.target_flags, *chosen)]
    runs.append(site.bak("dumps", *site.target_flags))
    listed = site.bak("dumps", *site.target_flags, "--json").document["dumps"]
    assert sorted(dump["database"] for dump in listed) == sorted(NAMES)
    runs.append(site.bak("browse", *site.target_flags))
    folders = site.bak("browse", *site.target_flags, "--json").document["entries"]
    assert {(folder["kind"], folder["size"]) for folder in folders} == {("folder", None)}
    names = sorted(folder["name"] for folder in folders)
    later = site.bak("browse", *site.target_flags, f"--from={names[3][:-1]}").out.splitlines()
    assert len(later) == len(names) - 3
    runs.append(site.bak("browse", *site.target_flags, names[3]))
    assert "backup" in runs[-1].out
    # No ESC: Ceph fails at a prefix with one.
    runs.append(site.bak("browse", *site.target_flags, "no\u202ewhere/"))
    assert (runs[-1].out, "nothing is stored in s3://" in runs[-1].err) == ("", True)
    runs.append(site.bak("download", *site.target_flags, "--dir", tmp_path / "in" / "here"))
    assert {name.split("/")[:2] == ["in", "here"] for name in files_of(tmp_path)} == {True}
    for name in NAMES:
        drop(site.server, name)
    runs.append(site.bak("restore", *site.server_flags, "--dir", tmp_path / "in" / "here"))
    for done in runs:
        assert done.code == 0, done.err
        assert (done.out + done.err).replace("\n", "").isprintable()
    assert {name: marked(site.server, name) for name in NAMES} == {name: f"I am {name}" for name in NAMES}


@pytest.mark.fault("R37")
def test_a_hostile_name_is_restored_into_another(embedded: Site, make_database: MakeDatabase) -> None:
    name, into = make_database("host=127.0.0.1 port=1"), "--help\nagain"
    mark(embedded.server, name, f"I am {name}")
    assert embedded.bak("backup", f"--database={name}").code == 0
    done = embedded.bak("restore", f"--database={name}", f"--into={into}")
    assert done.code == 0, done.err
    assert marked(embedded.server, into) == f"I am {name}"
    drop(embedded.server, into)
