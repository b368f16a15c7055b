"""`bak jobs`: what earlier runs came to, failed and interrupted ones too."""

from __future__ import annotations

import signal
import stat
from pathlib import Path

from tests.cli.conftest import Site
from tests.samples import SAMPLE_ROWS, fill, fill_bytes
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE


def test_no_job_yet(embedded: Site) -> None:
    done = embedded.bak("jobs")
    assert done.code == 0
    assert done.out.split() == ["job", "state", "verb", "what", "profile", "start,", "UTC", "outcome"]
    assert not (embedded.bak.home / "state").exists()


def test_every_verb_leaves_a_numbered_record_with_a_sentence(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    fill(embedded.server, name)
    bak = embedded.bak
    assert bak("backup", "--database", name).code == 0
    assert bak("download", "--dir", tmp_path / "got").code == 0
    assert bak("restore", "--into", f"{name}_new", "--dir", tmp_path / "got").code == 0
    assert bak("dump", "--database", name, "--dir", tmp_path / "dumped").code == 0
    assert bak("upload", "--dir", tmp_path / "dumped").code == 0
    document = bak("jobs", "--json").document
    assert (document["command"], document["total"], document["problems"]) == ("jobs", 5, [])
    jobs = document["jobs"]
    assert [job["number"] for job in jobs] == [5, 4, 3, 2, 1]
    assert [job["verb"] for job in jobs] == ["upload", "dump", "restore", "download", "backup"]
    assert {job["state"] for job in jobs} == {"OK"}
    by_verb = {job["verb"]: job for job in jobs}
    tables = bak("jobs", "3").out
    assert all(line in " ".join(tables.split()) for line in ("public.users 500 500 0", "difference"))
    (counted,) = bak("jobs", "3", "--json").document["counts"]
    assert {each["table"]: each["restored"] for each in counted["counts"]}.items() >= SAMPLE_ROWS.items()
    assert by_verb["backup"]["what"] == name
    assert by_verb["restore"]["what"] == f"{name} → {name}_new"
    assert "tables, 1,007 rows counted" in by_verb["backup"]["outcome"]
    assert "1,007 rows, all counts match" in by_verb["restore"]["outcome"]
    assert by_verb["download"]["outcome"].endswith("every part as its manifest says")
    assert by_verb["upload"]["outcome"].endswith("with its manifest")
    assert all(job["exit_code"] == 0 and job["pid"] and job["host"] and job["finished"] for job in jobs)
    assert [item["subject"] for item in by_verb["backup"]["items"]] == [name]
    shown = bak("jobs", "--last", "2")
    assert [line.split()[0] for line in shown.out.splitlines()] == ["job", "5", "4"]
    assert shown.err == "bak: 2 of 5; --last 0 lists all\n"
    assert bak("jobs").err == "", "all of them were shown"
    there = list((bak.home / "state").rglob("*"))
    files = [each for each in there if each.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {stat.S_IMODE(each.stat().st_mode) for each in there if each.is_dir()} == {0o700}
    password = embedded.server.password.reveal() if embedded.server.password else ""
    secret = embedded.target.secret_key.reveal() if embedded.target.secret_key else ""
    kept = b"".join(file.read_bytes() for file in files)
    assert password.encode() not in kept
    assert secret.encode() not in kept


def test_one_job_by_its_number_tells_what_became_of_each(embedded: Site, make_database: MakeDatabase) -> None:
    name = make_database()
    fill(embedded.server, name)
    bak = embedded.bak
    assert bak("backup", "--database", name).code == 0
    (dump,) = bak("dumps", "--json").document["dumps"]
    gone = "gone/gone-20261101T000000Z.sql"
    assert bak("verify", gone, dump["path"]).code == 3
    shown = bak("jobs", "2")
    assert shown.code == 0
    assert [line.split()[0] for line in shown.out.splitlines()] == ["job", "2", "outcome", "FAILED", "OK"]
    assert f"{gone} is not in" in shown.out
    assert f"{gone}: bak dumps lists what is there" in shown.err
    (job,) = bak("jobs", "1", "--json").document["jobs"]
    (item,) = job["items"]
    assert (item["rows"], item["tables"], item["size"]) == (1007, len(SAMPLE_ROWS), dump["size"])
    assert item["place"].endswith(dump["path"])
    missing = bak("jobs", "3")
    assert (missing.code, "no job 3" in missing.err) == (2, True)


def test_a_failed_run_leaves_a_failed_record(embedded: Site) -> None:
    assert embedded.bak("backup", "--port", "1").code == 4
    (job,) = embedded.bak("jobs", "--json").document["jobs"]
    assert (job["state"], job["exit_code"], job["verb"]) == ("FAILED", 4, "backup")
    assert job["outcome"]
    assert "FAILED" in embedded.bak("jobs").out


def test_a_run_that_a_signal_ended_leaves_a_record(embedded: Site, make_database: MakeDatabase) -> None:
    name = make_database()
    fill_bytes(embedded.server, name, 60)
    process = embedded.bak.start("backup", "--database", name, "--compress", "none")
    assert process.stderr
    assert any(b"dumping" in line for line in process.stderr)  # it is being watched: signals are caught
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 143
    (job,) = embedded.bak("jobs", "--json").document["jobs"]
    assert job["state"] == "CANCELLED"
    assert job["outcome"].startswith("cancelled")


def test_a_history_that_cannot_be_written_stops_no_backup(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = embedded.bak("backup", "--database", make_database(), BAK_STATE_DIR=str(tmp_path / "file"))
    assert done.code == 0
    assert "history" in done.err


def test_a_damaged_history_is_named(embedded: Site) -> None:
    state = embedded.bak.home / "state"
    state.mkdir()
    (state / "history.jsonl").write_text("gibberish\n")
    done = embedded.bak("jobs")
    assert done.code == 0
    assert "cannot be read" in done.err
