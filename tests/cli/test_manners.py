"""stdout is the result, stderr is narration, exit codes are facts, and signals are obeyed."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
from pathlib import Path

import pytest

from bak_tui.cli import output
from bak_tui.services.postgres import Instance
from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site
from tests.cli.runner import BAK
from tests.faults.shims import shim
from tests.samples import fill, mark, sessions_of
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE, until


def keys_of(site: Site) -> set[str]:
    return {stored.key for page in Bucket.open(site.target).pages("") for stored in page.objects}


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_started_without_a_stream_it_does_its_work_and_tells_of_a_result_that_nobody_gets(
    embedded: Site, make_database: MakeDatabase, closed: str
) -> None:
    name = make_database()
    run = f'exec "$0" backup --database "$1" {closed}'
    done = subprocess.run(
        ["sh", "-c", run, BAK, name],
        env=embedded.bak.environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    is_deaf = ">&-" in closed.split()
    assert done.returncode == (1 if is_deaf else 0)
    assert b"Traceback" not in done.stderr
    assert (b"the result cannot be written" in done.stderr) == (closed == ">&-")
    assert len(keys_of(embedded)) == 2


@pytest.mark.fault("R20")
def test_a_second_backup_of_a_database_says_who_holds_the_lock_and_exits_8(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    with Instance(embedded.server, application_name="bak-elsewhere").snapshot(name):
        done = embedded.bak("backup", "--database", name)
    assert (done.code, keys_of(embedded)) == (8, set())
    assert "bak-elsewhere" in done.out + done.err


def test_json_is_one_document_on_stdout_and_events_on_stderr(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(embedded.server, name)
    done = embedded.bak("backup", "--database", name, "--json")
    assert done.code == 0
    document = done.document
    assert document["schema"] == 1
    assert document["state"] == "ok"
    (outcome,) = document["outcomes"]
    assert outcome["manifest"]["schema"] == 1
    assert outcome["path"] in keys_of(embedded)
    events = [json.loads(line) for line in done.err.splitlines()]
    assert {event["event"] for event in events} == {"note", "progress"}
    assert events[-1]["state"] == "ok"


def test_an_error_is_one_sentence_and_in_json_too(embedded: Site) -> None:
    done = embedded.bak("ls", "--json", PGPORT="1")
    assert done.code == 4
    assert done.document["error"]["kind"] == "unreachable"
    assert done.document["error"]["exit_code"] == 4
    (event,) = (json.loads(line) for line in done.err.splitlines())
    assert event["event"] == "error"
    assert event["message"].startswith("cannot reach PostgreSQL")
    plain = embedded.bak("ls", PGPORT="1")
    assert plain.err.startswith("bak: cannot reach PostgreSQL")
    usage = embedded.bak("ls", "--json", "--no-such-option")
    assert usage.code == 2
    assert usage.document["error"]["kind"] == "usage"


@pytest.mark.parametrize(
    ("argv", "variables", "code"),
    [
        (["ls"], {"PGPORT": "1"}, 4),
        (["dumps"], {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}, 5),
        (["dumps"], {"AWS_SECRET_ACCESS_KEY": "wrong"}, 5),
        (["dumps", "--bucket", "no-such-bucket"], {}, 5),
        (["dumps"], {"BAK_BUCKET": ""}, 2),
        (["dumps", "--endpoint", "no-scheme"], {}, 2),
        (["backup", "--database", "no such database"], {}, 2),
        (["backup"], {"BAK_PG_BINDIR": "/nowhere"}, 7),
        (["show", "no/such/key"], {}, 2),
        (["restore", "--dir", "/nowhere"], {}, 1),
        (["ls", "--host", "postgresql://me:%zz@h/"], {}, 2),
    ],
)
def test_exit_codes_tell_what_kind_of_failure_it_was(
    embedded: Site, argv: list[str], variables: dict[str, str], code: int
) -> None:
    done = embedded.bak(*argv, **variables)
    assert done.code == code, done.err
    assert done.err.count("\n") <= 4


def test_dry_run_touches_nothing(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    name = make_database()
    done = embedded.bak("backup", "--database", name, "--dry-run", "--json")
    assert done.code == 0
    assert [dump["database"] for dump in done.document["dumps"]] == [name]
    assert keys_of(embedded) == set()
    dumped = embedded.bak("dump", "--dir", tmp_path, "--database", name, "-n")
    assert dumped.code == 0
    assert list(tmp_path.iterdir()) == []


def test_partial_failure_is_exit_3_and_a_table_of_every_database(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    good, bad = make_database(), make_database()
    bindir = Path(embedded.bak.variables["BAK_PG_BINDIR"])
    script = f'case "$*" in *{bad}*) echo "pg_dump: error: no" >&2; exit 1;; esac; exec "$REAL" "$@"'
    shimmed = shim(tmp_path / "bin", bindir, script)
    done = embedded.bak("backup", "--database", good, "--database", bad, BAK_PG_BINDIR=str(shimmed))
    assert done.code == 3
    lines = {line.split()[1]: line.split()[0] for line in done.out.splitlines()[1:]}
    assert lines == {good: "OK", bad: "FAILED"}


def slow_site(site: Site, folder: Path) -> Site:
    """A pg_dump that sends three parts and then hangs."""
    bindir = Path(site.bak.variables["BAK_PG_BINDIR"])
    script = "printf 'PGDMP'; head -c 20000000 /dev/zero; touch \"$0.hangs\"; exec sleep 600"
    site.bak.variables["BAK_PG_BINDIR"] = str(shim(folder / "bin", bindir, script))
    return site


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.fault("R22", "R24")
def test_the_first_signal_cancels_and_cleans_up(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path, number: int, code: int
) -> None:
    site = slow_site(embedded, tmp_path)
    process = site.bak.start("backup", "--database", make_database(), "--part-size", "5MiB")
    until((tmp_path / "bin" / "pg_dump.hangs").exists)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert b"Traceback" not in err
    assert keys_of(site) == set()
    assert Bucket.open(site.target).open_uploads("") == ()
    until(lambda: not sessions_of(site.server))
    assert b"OK" not in out


def test_nohup_goes_on_after_a_hang_up(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    site = slow_site(embedded, tmp_path)
    argv = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", str(BAK), "backup", "--database", make_database()]
    process = subprocess.Popen(argv, env=site.bak.environment, stderr=subprocess.DEVNULL)
    until((tmp_path / "bin" / "pg_dump.hangs").exists)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.terminate()
    assert process.wait(PATIENCE) == 143


@pytest.mark.fault("R24", leaves=True)
def test_the_second_ctrl_c_kills_at_once_and_children_follow(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    site = slow_site(embedded, tmp_path)
    process = site.bak.start("backup", "--database", make_database(), "--part-size", "5MiB")
    until((tmp_path / "bin" / "pg_dump.hangs").exists)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    until(lambda: not sessions_of(site.server))


@pytest.mark.fault("R21", leaves=True)
def test_kill_minus_9_leaves_nothing_listed_and_no_child(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    site = slow_site(embedded, tmp_path)
    name = make_database()
    process = site.bak.start("backup", "--database", name, "--part-size", "5MiB")
    until((tmp_path / "bin" / "pg_dump.hangs").exists)
    assert bak_of(name)
    process.kill()
    process.communicate()
    until(lambda: not bak_of(name))
    until(lambda: not sessions_of(site.server))
    assert keys_of(site) == set()


def bak_of(database: str) -> list[int]:
    """Pids of `bak` (or pg_dump) at work on that database."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if database.encode() in command and b"bak" in command and state != "Z":
            found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


@pytest.mark.fault("R38")
def test_no_secret_is_in_any_childs_command_line(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    site = slow_site(embedded, tmp_path)
    name = make_database()
    process = site.bak.start("backup", "--database", name, "--part-size", "5MiB")
    until((tmp_path / "bin" / "pg_dump.hangs").exists)
    secrets = [site.bak.variables["PGPASSWORD"], site.bak.variables["AWS_SECRET_ACCESS_KEY"]]
    seen = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in bak_of(name)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert len(seen) >= 2
    assert not any(secret.encode() in command for secret in secrets for command in seen)


@pytest.mark.fault("R41")
def test_a_database_name_cannot_reach_the_terminal_raw(embedded: Site, make_database: MakeDatabase) -> None:
    make_database("esc \x1b]0;owned\x07 \u202e name")
    done = embedded.bak("ls", "--long")
    assert "\x1b" not in done.out
    assert "\\x1b]0;owned\\x07 \\u202e name" in done.out


def test_on_a_terminal_a_bar_is_drawn_and_a_missing_password_is_asked_for(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(embedded.server, name)
    password = embedded.bak.variables.pop("PGPASSWORD")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [BAK, "backup", "--database", name],
        env={**embedded.bak.environment, "TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    seen = read_until(master, b"password:")
    os.write(master, password.encode() + b"\n")
    seen += read_until(master, b"counted")
    os.close(master)
    assert process.wait(PATIENCE) == 0
    assert password.encode() not in seen
    assert b"OK" in seen


def read_until(master: int, wanted: bytes) -> bytes:
    seen = b""
    while wanted not in seen:
        ready, _, _ = select.select([master], [], [], PATIENCE)
        assert ready, seen
        seen += os.read(master, 65536)
    return seen


def test_without_a_terminal_nothing_is_asked(embedded: Site) -> None:
    embedded.bak.variables.pop("PGPASSWORD")
    done = embedded.bak("ls")
    assert done.code == 4
    assert "wants a password" in done.err


@pytest.mark.fault("R42")
def test_a_password_file_others_can_read_is_refused_with_the_chmod(embedded: Site, tmp_path: Path) -> None:
    password = embedded.bak.variables.pop("PGPASSWORD")
    file = tmp_path / "password"
    file.write_text(password + "\n")
    file.chmod(0o644)
    refused = embedded.bak("ls", "--password-file", file)
    assert refused.code == 2
    assert f"chmod 600 {file}" in refused.err
    file.chmod(0o600)
    assert embedded.bak("ls", "--password-file", file).code == 0
    assert embedded.bak("ls", "--password-command", f"cat {file}").code == 0


@pytest.mark.fault("R42")
def test_a_pgpass_that_others_can_read_is_named_with_the_chmod(embedded: Site) -> None:
    password = embedded.bak.variables.pop("PGPASSWORD")
    file = embedded.bak.home / ".pgpass"
    file.write_text(f"*:*:*:*:{password}\n")
    file.chmod(0o644)
    refused = embedded.bak("ls")
    assert refused.code == 4
    assert f"chmod 600 {file}" in refused.err
    file.chmod(0o600)
    assert embedded.bak("ls").code == 0
    file.unlink()


def test_doctor_says_where_each_setting_came_from(embedded: Site) -> None:
    done = embedded.bak("doctor", "--region", "us-east-1")
    assert done.code == 0, done.err
    lines = {line.split()[0]: line.split() for line in done.out.splitlines() if line}
    assert lines["host"][2] == "PGHOST"
    assert lines["region"][2] == "--region"
    assert lines["bucket"][2] == "BAK_BUCKET"
    assert lines["password"][1] == "•••"
    for secret in ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY"):
        assert embedded.bak.variables[secret] not in done.out


@pytest.mark.fault("R38")
def test_verbose_logs_hold_no_secret(embedded: Site, make_database: MakeDatabase) -> None:
    name = make_database()
    done = embedded.bak("-v", "backup", "--database", name)
    assert done.code == 0
    assert "DEBUG" in done.err
    for secret in ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY"):
        assert embedded.bak.variables[secret] not in done.err


def test_show_tells_what_is_known_with_and_without_a_manifest(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(embedded.server, name)
    path = embedded.bak("backup", "--database", name, "--json").document["outcomes"][0]["path"]
    shown = embedded.bak("show", path)
    assert "3 tables, 1,007 rows counted" in shown.out
    bucket = Bucket.open(embedded.target)
    bucket.delete([f"{path}.manifest.json"])
    bare = embedded.bak("show", path)
    assert "nothing vouches" in bare.out
    assert "pg_dump 18" in bare.out


def test_at_takes_the_newest_up_to_then(embedded: Site, make_database: MakeDatabase) -> None:
    name = make_database()
    path = embedded.bak("backup", "--database", name, "--json").document["outcomes"][0]["path"]
    body = Bucket.open(embedded.target).read(path, limit=10**6)
    for day in ("20200101", "20210101"):
        Bucket.open(embedded.target).write(f"{name}-{day}T000000Z.sql", body)
    listed = embedded.bak("dumps", "--at", "2020-06-01", "--json").document["dumps"]
    assert [dump["path"] for dump in listed] == [f"{name}-20200101T000000Z.sql"]
    newest = embedded.bak("dumps", "--latest", "--json").document["dumps"]
    assert [dump["path"] for dump in newest] == [path]


def test_a_bucket_that_only_the_environment_names_is_restored_from_and_told(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    name = make_database()
    mark(embedded.server, name, "x")
    embedded.bak("backup", "--database", name, "--dir", tmp_path)
    done = embedded.bak("restore", "--database", name, "--into", f"{name}_r")
    assert done.code == 0, done.err
    assert f"restoring from s3://{embedded.target.bucket}/, as BAK_BUCKET says" in done.err
    local = embedded.bak("restore", "--dir", tmp_path, "--into", f"{name}_local", BAK_BUCKET="nowhere")
    assert local.code == 0, local.err
    assert "BAK_BUCKET" not in local.err


def test_one_endless_name_does_not_push_all_other_rows_aside(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("database", "size"), [("y" * 1000, "1 B"), ("fence", "2 B")])
    endless, fence = capsys.readouterr().out.splitlines()[1:]
    assert endless == f"{'y' * 1000}  1 B"
    assert fence == f"{'fence':100}  2 B"
