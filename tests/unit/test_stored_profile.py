"""A profile as it is written down: strict, without secrets, and every complaint names the key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.ages import age_text, parse_age
from bak_tui.core.errors import UsageError
from bak_tui.core.profile import Profile, Server
from bak_tui.core.stored_complaints import parse_profile
from tests.unit.test_settings import everything_told

CANARY = "hunter2canary"


def test_an_empty_server_is_a_profile_of_libpqs_own_defaults() -> None:
    profile = parse_profile("p", {"server": {}}).profile()
    assert profile == Profile("p", Server())
    assert profile.staleness == timedelta(hours=26)


def test_everything_given_is_kept() -> None:
    profile = parse_profile(
        "p",
        {
            "environment": "prod",
            "read_only": True,
            "max_age": "2d",
            "server": {"host": "::1", "port": 5433, "user": "u", "database": "d", "sslmode": "require"},
            "target": {"bucket": "b", "prefix": "/x", "addressing": "path", "verify_tls": False},
        },
    ).profile()
    assert profile.is_prod
    assert profile.environment == "PROD"
    assert profile.staleness == timedelta(days=2)
    assert profile.server.parameters()["sslmode"] == "require"
    assert (profile.server.host, profile.server.port, profile.server.maintenance_db) == ("::1", "5433", "d")
    assert str(profile.target) == "s3://b/x/"
    assert not profile.target.verifies_tls


def test_the_server_of_a_read_only_profile_says_so_itself() -> None:
    assert parse_profile("p", {"read_only": True, "server": {}}).profile().server.guarded_by == "p"
    assert parse_profile("p", {"server": {}}).profile().server.guarded_by is None


@pytest.mark.parametrize(
    ("raw", "said", "hint"),
    [
        ({"sever": {}}, "no key sever", "did you mean server?"),
        ({"server": {"hots": "x"}}, "no key server.hots", "did you mean host?"),
        ({"server": {"sslmod": "x"}}, "no key server.sslmod", "did you mean sslmode?"),
        ({"target": {"bucket": "b", "prefx": "x"}}, "no key target.prefx", "did you mean prefix?"),
        ({"server": {"password": {"form": "env"}}}, "no key server.password.form", "did you mean from?"),
        ({"server": {}, "readonly": True}, "no key readonly", "did you mean read_only?"),
        ({"server": {}, "is_read_only": True}, "no key is_read_only", "did you mean read_only?"),
        ({"server": {}, "name": "q"}, "no key name", ""),
        ({"target": {}}, "target.bucket: is missing", ""),
        ({"target": {"bucket": "s3://b/p"}}, "target.bucket", ""),
        ({"server": {"port": 0}}, "server.port: a port is", ""),
        ({"server": {"port": True}}, "server.port", ""),
        ({"server": {"sslmode": "verify_full"}}, "server.sslmode: should be", ""),
        ({"server": {}, "max_age": "soon"}, "max_age: write an age", ""),
        ({"server": {}, "max_age": 26}, "max_age: write an age", ""),
        ({"server": {}, "read_only": "yes"}, "read_only: should be", ""),
        ({"server": {}, "environment": "pro duction"}, "environment: a label", ""),
        ({"server": 3}, "server: is no table", ""),
        ({}, "a profile needs a server", ""),
        ({"server": {"password": {"from": "env"}}}, "needs name", ""),
        ({"server": {"password": {"from": "file", "path": "p", "name": "n"}}}, "name does not go with", ""),
        ({"server": {"password": {"from": "command", "argv": "pass x"}}}, "argv: is a list", ""),
        ({"server": {"options": {"host": "x"}}}, "write host outside options", ""),
        ({"target": {"bucket": "b", "keys": {"from": "env", "names": ["A"]}}}, "names are two", ""),
    ],
)
def test_what_is_wrong_is_named_by_file_profile_and_key(raw: dict[str, Any], said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_profile("prod", raw, "/etc/config.toml")
    assert str(caught.value).startswith("/etc/config.toml: profile prod")
    assert said in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "raw",
    [
        {"server": {"password": CANARY}},
        {"server": {"passwd": CANARY}},
        {"server": {"password": {"from": "env", "name": f"{CANARY} !"}}},
        {"server": {"password": {"from": "env", "value": CANARY}}},
        {"server": {"host": f"postgresql://me:{CANARY}@h/"}},
        {"server": {"options": {"password": CANARY}}},
        {"server": {"options": {"sslpassword": CANARY}}},
        {"password": CANARY, "server": {}},
        {"target": {"bucket": "b", "secret_key": CANARY}},
        {"target": {"bucket": "b", "secret": CANARY}},
        {"target": {"bucket": "b", "access_key": CANARY}},
        {"target": {"bucket": "b", "keys": CANARY}},
        {"target": {"bucket": "b", "keys": [CANARY]}},
        {"target": {"bucket": "b", "endpoint": f"https://k:{CANARY}@s3"}},
        {"aws_secret_access_key": CANARY, "server": {}},
    ],
)
def test_no_secret_can_be_written_down_and_none_is_quoted(raw: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_profile("p", raw, "file")
    assert CANARY not in everything_told(caught.value)


def test_a_secret_where_a_reference_belongs_is_told_what_to_write() -> None:
    with pytest.raises(UsageError, match=r"server\.password would be a secret") as caught:
        parse_profile("p", {"server": {"password": CANARY}})
    assert "password = { from =" in caught.value.hint
    with pytest.raises(UsageError, match=r"target\.secret_key would be a secret") as caught:
        parse_profile("p", {"target": {"bucket": "b", "secret_key": CANARY}})
    assert "keys = { from =" in caught.value.hint


@pytest.mark.parametrize("name", ["", " a", "-x", "a\nb", "x" * 65, "a\x1b[0m"])
def test_a_name_can_be_typed(name: str) -> None:
    with pytest.raises(UsageError, match="a profile's name"):
        parse_profile(name, {"server": {}})


@pytest.mark.parametrize("text", ["26h", "2d", "90m", "1w", "1d12h", " 3 h "])
def test_ages_are_read_and_written(text: str) -> None:
    assert parse_age(age_text(parse_age(text))) == parse_age(text)


@pytest.mark.parametrize("text", ["", "h", "26", "26x", "-1h", "0h", "1.5h", "26h!"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_age(text)


@given(st.integers(1, 10**6))
def test_every_age_in_minutes_survives(minutes: int) -> None:
    age = timedelta(minutes=minutes)
    assert parse_age(age_text(age)) == age
