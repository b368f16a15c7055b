"""`bak verify` as it is run, and where its results show."""

from __future__ import annotations

from pathlib import Path

import pytest

from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site
from tests.samples import databases_of, fill, fill_bytes, sessions_of
from tests.servers.fixtures import MakeDatabase
from tests.waiting import until


def test_three_backups_of_which_one_is_bad(embedded: Site, make_database: MakeDatabase) -> None:
    names = sorted(make_database() for _ in range(3))
    for name in names:
        fill(embedded.server, name)
    flags = [flag for name in names for flag in ("--database", name)]
    assert embedded.bak("backup", *flags).code == 0
    good = embedded.bak("verify", "--all")
    assert good.code == 0, good.err
    keys = {dump["database"]: dump["key"] for dump in embedded.bak("dumps", "--json").document["dumps"]}
    bucket = Bucket.open(embedded.target)
    body = bytearray(bucket.read(keys[names[1]], limit=10_000_000))
    body[len(body) // 2] ^= 1
    bucket.write(keys[names[1]], bytes(body))

    done = embedded.bak("verify", "--all", "--level", "3", "--json")
    assert done.code == 3
    bad = [outcome for outcome in done.document["outcomes"] if outcome["exit_code"]]
    assert [(outcome["exit_code"], outcome["bad_parts"]) for outcome in bad] == [(6, [1])]
    alone = embedded.bak("verify", keys[names[1]])
    assert alone.code == 6
    assert "part 1 of 1 is not what was backed up" in alone.out

    dumps = {dump["database"]: dump for dump in embedded.bak("dumps", "--json").document["dumps"]}
    assert [dumps[name]["good"] for name in names] == [True, False, True]
    assert dumps[names[0]]["verified"]
    assert dumps[names[1]]["verified"] is None
    listed = embedded.bak("dumps")
    assert "FAILED verify" in listed.out
    assert "verify failed on" in listed.err
    shown = embedded.bak("show", keys[names[1]])
    assert shown.out.count("FAILED") == 2
    status = embedded.bak("status", "--json")
    assert status.code == 3
    row = next(row for row in status.document["databases"] if row["database"] == names[1])
    assert row["standing"] == "UNVERIFIED"
    assert "verify failed" in row["why"]
    assert row["newest_evidence"]["good"] is False


@pytest.mark.parametrize(
    "argv", [[], ["a-key", "--all"], ["a-key", "--latest"], ["a-key"], ["--all", "--level", "4"]]
)
def test_what_makes_no_sense_is_refused(embedded: Site, argv: list[str]) -> None:
    assert embedded.bak("verify", *argv).code == 2


def test_delete_wants_the_name_and_then_leaves_nothing(embedded: Site, make_database: MakeDatabase) -> None:
    name = make_database()
    assert embedded.bak("backup", "--database", name).code == 0
    (dump,) = embedded.bak("dumps", "--json").document["dumps"]
    assert embedded.bak("delete").code == 2
    refused = embedded.bak("delete", dump["path"])
    assert refused.code == 9
    assert f"no good backup would be left of {name}" in refused.err
    assert f"--confirm {embedded.target.bucket}" in refused.err
    shown = embedded.bak("delete", dump["path"], "--dry-run", "--json")
    assert shown.document["bared"] == [name]
    done = embedded.bak("delete", dump["path"], "--confirm", embedded.target.bucket)
    assert done.code == 3
    assert "the backup is deleted" in done.out
    assert f"no good backup of {name} any more" in done.err
    bucket = Bucket.open(embedded.target)
    assert [stored.key for page in bucket.pages("") for stored in page.objects] == []


def test_of_several_keys_one_that_is_not_there_stops_no_other(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(embedded.server, name)
    assert embedded.bak("backup", "--database", name).code == 0
    (dump,) = embedded.bak("dumps", "--json").document["dumps"]
    named = ("gone/gone-20261101T000000Z.sql", dump["path"])
    confirmed = ("--confirm", embedded.target.bucket)
    for verb, *more in (
        ("verify",),
        ("prove",),
        ("download", "--dir", str(tmp_path)),
        ("delete", *confirmed),
    ):
        alone = embedded.bak(verb, named[0], *more)
        assert (alone.code, named[0] in alone.err) == (2, True), alone.err
        both = embedded.bak(verb, *named, *more, "--json")
        assert both.code == 3, both.err
        codes = {outcome["subject"]: outcome["exit_code"] for outcome in both.document["outcomes"]}
        assert codes == {named[0]: 2, dump["path"]: 3 if verb == "delete" else 0}
    assert len(list(tmp_path.rglob("*.sql"))) == 1
    assert embedded.bak("dumps", "--json").document["dumps"] == []
    told = embedded.bak("delete", *named, "--dry-run", "--json")
    assert [each["path"] for each in told.document["refused"]] == list(named)


def test_a_proof_is_told_everywhere_and_leaves_no_database(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(embedded.server, name)
    assert embedded.bak("backup", "--database", name).code == 0
    before = databases_of(embedded.server)
    done = embedded.bak("prove", "--all", "--json")
    assert done.code == 0, done.err
    (outcome,) = done.document["outcomes"]
    assert outcome["rows"] == 1007
    assert {pair["matches"] for pair in outcome["counts"]} == {True}
    assert databases_of(embedded.server) == before
    (dump,) = embedded.bak("dumps", "--json").document["dumps"]
    assert dump["proven"]
    assert "proven" in embedded.bak("dumps").out
    assert "proven" in embedded.bak("status").out
    assert "all counts match" in embedded.bak("show", dump["path"]).out


def test_what_a_killed_proof_leaves_is_told_and_dropped_by_doctor(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill_bytes(embedded.server, name, 60)
    assert embedded.bak("backup", "--database", name, "--compress", "none").code == 0
    before = databases_of(embedded.server)
    process = embedded.bak.start("prove", "--all")
    (left,) = until(lambda: databases_of(embedded.server) - before)
    process.kill()
    process.communicate()
    until(lambda: not sessions_of(embedded.server))
    assert left.startswith(f"{name}__new_")
    (told,) = [line for line in embedded.bak("doctor").out.splitlines() if left in line]
    assert told.startswith("LOOK  scratch database"), "what was left is not OK"
    assert embedded.bak("doctor", "--clean", "--yes").code == 0
    assert databases_of(embedded.server) == before
    (dump,) = embedded.bak("dumps", "--json").document["dumps"]
    assert dump["proven"] is None


def test_files_of_this_machine_are_verified_and_proven_by_their_paths(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(embedded.server, name)
    assert embedded.bak("dump", "--database", name, "--dir", str(tmp_path)).code == 0
    (path,) = tmp_path.rglob("*.sql")
    verified = embedded.bak("verify", str(path), "--json")
    assert verified.code == 0
    assert verified.document["outcomes"][0]["compared"] == ["manifest", "size", "bytes"]
    proven = embedded.bak("prove", str(path))
    assert proven.code == 0, proven.err
    assert "all counts match" in proven.out
    empty = tmp_path / "empty.sql"
    empty.touch()
    for verb in ("verify", "prove"):
        both = embedded.bak(verb, str(empty), str(path), "--json")
        assert both.code == 3, both.err
        assert [outcome["exit_code"] for outcome in both.document["outcomes"]] == [6, 0]
        alone = embedded.bak(verb, str(empty))
        assert (alone.code, f"{empty.name} is empty" in alone.err) == (6, True)
    torn = tmp_path / "torn.dir"
    torn.mkdir()
    (torn / "17.dat.gz").write_bytes(b"no table of contents is beside it")
    assert embedded.bak("verify", str(torn)).code == 6
    path.write_bytes(path.read_bytes()[:-1])
    assert embedded.bak("verify", str(path)).code == 6
    assert embedded.bak("prove", str(path)).code == 6
