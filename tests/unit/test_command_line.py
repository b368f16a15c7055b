"""The `bak` line of a dialog is what a shell reads back, whatever is in it."""

from __future__ import annotations

import os
import subprocess

import pytest

from bak_tui.core.command_line import AD_HOC, bak_line, command_of
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.profile_line import add_line, remove_line
from bak_tui.core.stored_complaints import parse_profile

WORDS = (
    "plain",
    "",
    "a b",
    "it's",
    '$HOME `id` "q"',
    "n\nl\ttab",
    "\x1b]0;t\x07",
    "\u202egnp",
    "\udcffraw",
    "back\\slash\n'",
    "漢🎉",
    "-x",
    "*[a]?",
)


def words(line: str) -> list[str]:
    told = subprocess.run(
        ["bash", "-c", f"set -- {line}; printf '%s\\0' \"$@\""], capture_output=True, check=True
    )
    return [os.fsdecode(word) for word in told.stdout.split(b"\0")[:-1]]


def test_every_word_comes_through_the_shell_and_the_line_is_printable() -> None:
    line = command_of(*WORDS)
    assert words(line) == ["bak", *WORDS]
    assert line.isprintable()


def test_what_is_no_option_and_looks_like_one_comes_after_two_dashes() -> None:
    profile = Profile("p")
    assert bak_line("undo", profile, operands=["-Fc"]) == "bak undo --profile p -- -Fc"
    assert bak_line("undo", profile, operands=["fence"]) == "bak undo --profile p fence"


def test_a_profile_of_another_file_names_the_file() -> None:
    profile = Profile("demo", config="/room/config.toml")
    assert bak_line("ls", profile) == "bak ls --config /room/config.toml --profile demo"


@pytest.mark.parametrize(
    ("verb", "named"),
    [
        (
            "backup",
            "--host db --port 5433 --user me --endpoint https://s3 --bucket s3://b/p/ --no-verify-ssl",
        ),
        ("dump", "--host db --port 5433 --user me"),
        ("verify", "--endpoint https://s3 --bucket s3://b/p/ --no-verify-ssl"),
    ],
)
def test_what_was_never_saved_is_spelled_out_without_its_secrets(verb: str, named: str) -> None:
    server = Server("db", "5433", "me")
    target = Target("b", "p", "https://s3", verifies_tls=False)
    assert bak_line(verb, Profile(AD_HOC, server, target)) == f"bak {verb} {named}"


def test_a_server_of_many_settings_is_a_uri() -> None:
    server = Server("/run/pg", "5433", "m e", maintenance_db="post/gres", extra={"sslmode": "require"})
    line = bak_line("ls", Profile(AD_HOC, server))
    assert "postgresql:///post%2Fgres?sslmode=require&host=%2Frun%2Fpg&port=5433&user=m%20e" in line


def test_the_line_of_a_changed_profile_replaces_it_and_of_a_renamed_one_forgets_the_old() -> None:
    stored = parse_profile("p", {"server": {"host": "db"}})
    assert add_line(stored, "", "p") == "bak profiles add p --host db --replace"
    assert add_line(stored, "", "old one") == (
        "bak profiles add p --host db && bak profiles rm 'old one' --yes"
    )
    assert remove_line("p", "/c.toml") == "bak profiles rm p --config /c.toml --yes"
