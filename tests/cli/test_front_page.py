"""What a newcomer meets: the help, the completion, the demo, and the README's round trip."""

from __future__ import annotations

import signal

import pytest

from tests.cli.conftest import Site
from tests.samples import fill, rows_of
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE


def test_the_six_commands_stand_first_in_the_help(embedded: Site) -> None:
    text = embedded.bak("--help").out
    head = text[text.index("Commands:") :]
    assert [line.split()[0] for line in head.splitlines()[1:7]] == [
        "backup",
        "download",
        "dump",
        "ls",
        "restore",
        "upload",
    ]
    assert "-v, --verbose, --debug  Enable verbose (DEBUG) logging." in text
    assert "Postgres ➜ S3" in text


def test_every_command_has_help_and_an_unknown_option_is_exit_2(embedded: Site) -> None:
    commands = embedded.bak("--help").out
    for name in ("backup", "restore", "dumps", "show", "doctor", "demo", "completion", "ls"):
        assert name in commands
        assert embedded.bak(name, "--help").code == 0
    assert embedded.bak("backup", "--no-such-option").code == 2
    assert embedded.bak("nonsense").code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(embedded: Site, shell: str) -> None:
    assert "_BAK_COMPLETE" in embedded.bak("completion", shell).out


def test_the_demo_runs_a_command_and_is_gone_afterwards(embedded: Site) -> None:
    done = embedded.bak("demo", "bak", "backup", "--database", "fence", "--json")
    assert done.code == 0, done.err
    assert done.document["outcomes"][0]["database"] == "fence"
    assert done.document["outcomes"][0]["manifest"]["server"]["port"] != int(str(embedded.server.port))


def test_the_demo_waits_and_prints_an_environment_that_works(embedded: Site) -> None:
    process = embedded.bak.start("demo", "--empty")
    assert process.stdout is not None
    lines = [process.stdout.readline().decode() for _ in range(12)]
    variables = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
    listed = embedded.bak("ls", **{name: value.strip("'") for name, value in variables.items()})
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert listed.out.split() == ["postgres"]
    assert embedded.bak("ls", PGPORT=variables["PGPORT"]).code == 4


def test_rows_are_all_there_after_the_round_trip_of_the_readme(
    embedded: Site, make_database: MakeDatabase
) -> None:
    name = make_database()
    fill(embedded.server, name)
    embedded.bak("backup", "--database", name)
    done = embedded.bak("restore", "--bucket", embedded.target.bucket, "--into", f"{name}_r")
    assert done.code == 0, done.err
    assert rows_of(embedded.server, f"{name}_r") == rows_of(embedded.server, name)
    assert embedded.bak("ls").code == 0
