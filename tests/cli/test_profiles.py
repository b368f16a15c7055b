"""`bak profiles`, --profile and --to, on the embedded servers; no secret is ever written down or printed."""

from __future__ import annotations

import os
import pty
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from bak_tui.core.profile import Server, Target
from bak_tui.demo.postgres import EmbeddedPostgres
from tests.cli.conftest import Site
from tests.cli.runner import BAK, Finished, Runner
from tests.cli.test_manners import keys_of, read_until
from tests.faults.shims import shim
from tests.samples import fill, rows_of
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE


@dataclass
class Saved:
    """`bak` with a profile `here` in its config file; the secrets are in two files and nowhere else."""

    bak: Runner
    server: Server
    target: Target
    config: Path
    secrets: list[str]

    def stored_keys(self) -> set[str]:
        return keys_of(Site(self.server, self.target, self.bak))

    def check_nothing_leaked(self, *finished: Finished) -> None:
        told = "".join(each.out + each.err for each in finished) + self.config.read_text()
        assert not any(secret in told for secret in self.secrets)


def add_flags(server: Server, target: Target, home: Path) -> list[str]:
    return [
        *("--host", f"{server.host}:{server.port}", "--user", str(server.user)),
        *("--password-file", str(home / "password"), "--keys-file", str(home / "keys")),
        *("--bucket", f"s3://{target.bucket}/gen3/", "--endpoint", str(target.endpoint)),
    ]


@pytest.fixture
def saved(
    embedded_postgres: EmbeddedPostgres, bucket_target: Target, tmp_path_factory: pytest.TempPathFactory
) -> Saved:
    home = tmp_path_factory.mktemp("home")
    server = embedded_postgres.server
    assert server.password is not None
    assert bucket_target.secret_key is not None
    secrets = [server.password.reveal(), bucket_target.secret_key.reveal()]
    for name, text in (("password", secrets[0]), ("keys", f"{bucket_target.access_key}\n{secrets[1]}")):
        (home / name).write_text(text + "\n")
        (home / name).chmod(0o600)
    config = home / ".config" / "bak-tui" / "config.toml"
    bak = Runner(home, {"BAK_PG_BINDIR": str(embedded_postgres.bindir)})
    done = bak("profiles", "add", "here", *add_flags(server, bucket_target, home), "--environment", "dev")
    assert done.code == 0, done.err
    saved = Saved(bak, server, bucket_target, config, secrets)
    saved.check_nothing_leaked(done)
    return saved


def test_a_profile_backs_up_and_restores_and_its_secrets_stay_where_they_are(
    saved: Saved, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(saved.server, name)
    runs = [saved.bak("-v", "backup", "--profile", "here", "--database", name)]
    runs.append(saved.bak("-v", "dumps", "--profile", "here"))
    runs.append(saved.bak("profiles", "add", "there", "--replace", *server_of(saved)))
    runs.append(
        saved.bak("restore", "--profile", "here", "--to", "there", "--database", name, "--into", f"{name}_r")
    )
    for done in runs:
        assert done.code == 0, done.err
    assert name in runs[1].out
    assert rows_of(saved.server, f"{name}_r") == rows_of(saved.server, name)
    saved.check_nothing_leaked(*runs)
    assert all(
        key.startswith(f"gen3/{name}/") for key in keys_of(Site(saved.server, saved.target, saved.bak))
    )


def server_of(saved: Saved) -> list[str]:
    """Another profile of the same server, its password in a variable."""
    saved.bak.variables["THERE_PW"] = saved.secrets[0]
    reach = f"postgresql://{saved.server.user}@{saved.server.host}:{saved.server.port}/postgres"
    return ["--host", reach, "--password-env", "THERE_PW"]


def test_bak_profile_names_the_profile_too(saved: Saved) -> None:
    listed = saved.bak("ls", BAK_PROFILE="here")
    assert listed.code == 0, listed.err
    assert "postgres" in listed.out.split()
    assert saved.bak("ls", "--profile", "here", PGHOST="/nowhere", PGPORT="1").code == 0
    assert saved.bak("ls", "--profile", "here", "--port", "1").code == 4


def test_only_what_is_needed_is_fetched(saved: Saved, make_database: MakeDatabase, tmp_path: Path) -> None:
    assert saved.bak("backup", "--profile", "here", "--database", make_database()).code == 0
    (saved.bak.home / "password").unlink()
    assert saved.bak("dumps", "--profile", "here").code == 0
    assert saved.bak("download", "--profile", "here", "--dir", tmp_path).code == 0
    failed = saved.bak("ls", "--profile", "here")
    assert failed.code == 2
    assert "password file" in failed.err


def test_a_password_is_not_sent_to_another_host(saved: Saved) -> None:
    done = saved.bak("ls", "--profile", "here", "--host", "localhost", "--port", str(saved.server.port))
    assert done.code == 4
    assert "wants a password" in done.err


def test_doctor_says_where_each_value_came_from(saved: Saved) -> None:
    done = saved.bak("doctor", "--profile", "here", "--user", str(saved.server.user))
    assert done.code == 0, done.err
    rows = {line.split()[0]: line for line in done.out.splitlines() if line.strip()}
    assert rows["host"].endswith("profile here")
    assert rows["user"].endswith("--user")
    assert "profile here: file" in rows["password"]
    saved.check_nothing_leaked(done)


def test_a_read_only_profile_is_backed_up_and_never_restored_into(
    saved: Saved, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(saved.server, name)
    flags = add_flags(saved.server, saved.target, saved.bak.home)
    assert saved.bak("profiles", "add", "ro", "--read-only", *flags).code == 0
    assert saved.bak("backup", "--profile", "ro", "--database", name).code == 0
    for more in (["--profile", "ro"], ["--profile", "here", "--to", "ro"], ["--profile", "ro", "--dry-run"]):
        done = saved.bak("restore", *more, "--into", f"{name}_ro", "--database", name)
        assert done.code == 2
        assert "read-only" in done.err
    assert f"{name}_ro" not in saved.bak("ls", "--profile", "here").out.split()
    assert saved.bak("restore", "--profile", "ro", "--to", "here", "--into", f"{name}_r").code == 0


def test_list_and_show_tell_where_secrets_come_from(saved: Saved) -> None:
    listed, shown = saved.bak("profiles", "list"), saved.bak("profiles", "show", "here")
    assert listed.out.splitlines()[1].split()[:2] == ["here", "DEV"]
    assert f"s3://{saved.target.bucket}/gen3/" in listed.out
    assert f"file {saved.bak.home}/password" in shown.out
    document = saved.bak("profiles", "list", "--json").document
    assert document["path"] == str(saved.config)
    (fields,) = document["profiles"]
    assert fields == saved.bak("profiles", "show", "here", "--json").document["profile"]
    assert fields["server"]["password"] == {"from": "file", "path": f"{saved.bak.home}/password"}
    saved.check_nothing_leaked(listed, shown)


def test_both_ends_are_tested_and_nothing_stays(saved: Saved) -> None:
    done = saved.bak("profiles", "test", "here", "--json")
    assert done.code == 0, done.out + done.err
    assert [finding["what"] for finding in done.document["findings"]] == [
        *("server", "psycopg", "pg_dump", "may read"),
        *("bucket", "list", "put", "get", "multipart", "delete"),
    ]
    assert done.document["findings"][3]["said"].startswith("all of ")
    assert saved.stored_keys() == set()
    saved.check_nothing_leaked(done, saved.bak("-v", "profiles", "test", "here"))


def test_what_does_not_work_is_told_and_is_the_exit_code(saved: Saved) -> None:
    (saved.bak.home / "keys").write_text("wrong\nwrong\n")
    done = saved.bak("profiles", "test", "here")
    assert done.code == 5
    assert "FAILED  list" in done.out
    (saved.bak.home / "password").write_text("wrong\n")
    assert saved.bak("profiles", "test", "here").code == 4


def test_what_pg_dump_alone_does_not_reach_is_told(saved: Saved, tmp_path: Path) -> None:
    bindir = Path(saved.bak.variables["BAK_PG_BINDIR"])
    broken = shim(tmp_path / "bin", bindir, "echo 'pg_dump: error: no such certificate' >&2; exit 1")
    done = saved.bak("profiles", "test", "here", BAK_PG_BINDIR=str(broken))
    assert done.code == 4
    assert "OK      psycopg" in done.out
    assert "FAILED  pg_dump" in done.out
    assert "no such certificate" in done.out


def test_a_password_that_is_asked_for_is_asked_for_on_a_terminal_only(saved: Saved) -> None:
    host = f"{saved.server.host}:{saved.server.port}"
    saved.bak("profiles", "add", "asks", "--host", host, "--user", str(saved.server.user), "--ask-password")
    refused = saved.bak("ls", "--profile", "asks")
    assert refused.code == 4
    assert "profile asks asks for" in refused.err
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [BAK, "ls", "--profile", "asks"],
        env={**saved.bak.environment, "TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    read_until(master, b"password:")
    os.write(master, saved.secrets[0].encode() + b"\n")
    seen = read_until(master, b"postgres")
    assert process.wait(PATIENCE) == 0
    os.close(master)  # not before: its last words need somewhere to go
    assert saved.secrets[0].encode() not in seen


def test_a_profile_goes_only_when_that_is_confirmed(saved: Saved) -> None:
    assert saved.bak("profiles", "rm", "here").code == 9
    assert saved.bak("profiles", "rm", "hare").code == 2
    assert saved.bak("profiles", "rm", "here", "--yes").code == 0
    assert saved.bak("profiles", "list", "--json").document["profiles"] == []


def test_a_wrong_key_and_a_wrong_name_get_the_nearest(saved: Saved) -> None:
    assert "did you mean here?" in saved.bak("backup", "--profile", "hree").err
    saved.config.write_text(saved.config.read_text().replace("bucket", "buckt"))
    done = saved.bak("dumps", "--profile", "here")
    assert done.code == 2
    assert f"{saved.config}: profile here: " in done.err
    assert "did you mean bucket?" in done.err


def test_a_damaged_file_is_named_and_left_alone(saved: Saved) -> None:
    saved.config.write_text("[profiles.here\n")
    for argv in (["profiles", "list"], ["profiles", "add", "x", "--host", "h"], ["ls", "--profile", "here"]):
        done = saved.bak(*argv)
        assert done.code == 2
        assert f"{saved.config}:1: no TOML" in done.err
    assert saved.config.read_text() == "[profiles.here\n"


@pytest.mark.fault("R42")
def test_comments_are_kept_and_a_file_for_all_to_read_is_tightened(saved: Saved) -> None:
    saved.config.write_text("# mine\n" + saved.config.read_text())
    saved.config.chmod(0o644)
    done = saved.bak("profiles", "add", "more", "--host", "h")
    assert "could be read by others" in done.err
    assert saved.config.stat().st_mode & 0o777 == 0o600
    assert saved.config.read_text().startswith("# mine\n")


@pytest.mark.fault("R42")
def test_files_are_the_users_alone_under_any_umask(saved: Saved, tmp_path: Path) -> None:
    config = tmp_path / "new" / "folder" / "c.toml"
    command = f"umask 000; exec {BAK} profiles add x --host h --config {config}"
    subprocess.run(["sh", "-c", command], env=saved.bak.environment, check=True, capture_output=True)
    assert config.stat().st_mode & 0o777 == 0o600
    assert config.parent.stat().st_mode & 0o777 == 0o700
    listed = saved.bak("profiles", "list", "--json", BAK_CONFIG=str(config))
    assert [each["name"] for each in listed.document["profiles"]] == ["x"]


@pytest.mark.parametrize(
    "flags",
    [
        ["--host", "postgresql://me:CANARY@db/"],
        ["--host", "postgresql://db/?password=CANARY"],
        ["--host", "db", "--option", "password=CANARY"],
        ["--bucket", "b", "--endpoint", "https://k:CANARY@s3"],
        ["--host", "db", "--password-env", "CANARY !"],
        ["--host", "db", "--password-env", "A", "--ask-password"],
    ],
)
def test_a_secret_is_refused_and_told_where_it_belongs(saved: Saved, flags: list[str]) -> None:
    before = saved.config.read_text()
    done = saved.bak("profiles", "add", "x", *flags)
    assert done.code == 2
    assert "CANARY" not in done.out + done.err
    assert saved.config.read_text() == before


def test_what_other_programs_know_is_imported_without_its_secrets(saved: Saved) -> None:
    home, server = saved.bak.home, saved.server
    (home / ".aws").mkdir()
    keys = f"aws_access_key_id = {saved.target.access_key}\naws_secret_access_key = {saved.secrets[1]}\n"
    (home / ".aws" / "credentials").write_text(f"[ring]\n{keys}")
    (home / ".aws" / "config").write_text(
        f"[profile ring]\nregion = us-east-1\nendpoint_url = {saved.target.endpoint}\n[sso-session s]\n"
    )
    (home / ".pg_service.conf").write_text(
        f"# mine\n[gen3]\nhost={server.host}\nport={server.port}\nuser={server.user}\n"
        f"password={saved.secrets[0]}\n"
    )
    listed = saved.bak("profiles", "import", "--json")
    assert [each["source"] for each in listed.document["candidates"]] == ["pg_service:gen3", "aws:ring"]
    argv = ["profiles", "import", "pg_service:gen3", "aws:ring", "--as", "both"]
    assert saved.bak(*argv).code == 2
    done = saved.bak(*argv, "--bucket", saved.target.bucket)
    assert done.code == 0, done.err
    tried = saved.bak("profiles", "test", "both")
    assert tried.code == 0, tried.out
    assert "did you mean pg_service:gen3?" in saved.bak("profiles", "import", "pg_service:gen").err
    saved.check_nothing_leaked(listed, done, tried, saved.bak("profiles", "show", "both"))
