"""The `bak` line of a dialog is what a shell reads back, whatever is in it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest
from rich.cells import cell_len

from bak_tui.core.command_line import AD_HOC, bak_line, command_of
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.profile_line import add_line, remove_line
from bak_tui.core.secret import Secret
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.core.storing import storable
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.command_line import command_lines

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


@pytest.mark.parametrize("width", [16, 20, 33, 56, 80])
def test_the_line_is_read_back_as_it_is_drawn_however_it_is_broken(width: int) -> None:
    long = ("x" * 63, "a b " * 16, "it's " * 12, "n\n" * 30, "漢🎉" * 15, "--into=" + "q'" * 20)
    drawn = command_lines(command_of(*WORDS, *long), width)
    rows = ["".join(text for text, _ in line) for line in drawn]
    assert max(map(cell_len, rows)) <= width
    assert words("\n".join(row[2:] for row in rows)) == ["bak", *WORDS, *long]


def test_a_blank_within_a_word_is_no_place_to_break() -> None:
    rows = command_lines("bak backup --database '$(touch x)' --note 'a b'", 36)
    told = ["".join(text for text, _ in line) for line in rows]
    assert told == ["$ bak backup --database \\", "      '$(touch x)' --note 'a b'"]


def test_what_is_no_option_and_looks_like_one_comes_after_two_dashes() -> None:
    profile = Profile("p")
    assert bak_line("undo", profile, operands=["-Fc"]) == "bak undo --profile p -- -Fc"
    assert bak_line("undo", profile, operands=["fence"]) == "bak undo --profile p fence"


def test_a_profile_of_another_file_names_the_file() -> None:
    profile = Profile("demo", config="/room/config.toml")
    assert bak_line("ls", profile) == "bak ls --config /room/config.toml --profile demo"


def test_client_programs_from_elsewhere_are_named_where_they_are_used() -> None:
    profile = Profile("p", pg_bindir="/pg 18/bin")
    assert bak_line("dump", profile) == "bak dump --profile p --pg-bindir '/pg 18/bin'"
    assert bak_line("upload", profile) == "bak upload --profile p"


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


def test_what_flags_and_environment_made_can_be_stored_without_its_secrets() -> None:
    server = Server("db", "5433", "me", Secret("pw"), extra={"sslmode": "require", "connect_timeout": "5"})
    target = Target("b", "p", "https://s3.example", access_key="AK", secret_key=Secret("SK"))
    stored = storable(Profile(AD_HOC, server, target, "DEV"))
    opened = stored.profile()
    assert opened.given_server == replace(server, password=None)
    assert opened.given_target == replace(target, access_key=None, secret_key=None)
    assert add_line(stored, "", None).endswith("--keys-env AWS_ACCESS_KEY,AWS_SECRET_KEY --environment DEV")
    assert "SK" not in str(stored.document())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("into indexd__new_20261123", ["into", "indexd__new_", "20261123"]),
        ("/usr/lib/postgresql", ["/usr/lib/", "postgresql"]),
        ("abcdefghijklmnop", ["abcdefghijkl", "mnop"]),
        ("漢字漢字漢字漢", ["漢字漢字漢字", "漢"]),
    ],
)
def test_a_name_too_long_for_a_line_is_broken_at_a_joint(text: str, lines: list[str]) -> None:
    assert wrapped(text, 12) == lines


def test_a_sign_wider_than_the_line_ends_nevertheless() -> None:
    assert wrapped("漢字", 1) == ["漢", "字"]
