"""Flags go before BAK_*, BAK_* before the profile, the profile before PG* and AWS_*."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bak_tui.core.command_line import bak_line
from bak_tui.core.errors import UsageError
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.core.settings import Flags, Preset, Settings, resolve
from tests.unit.test_settings import origins

SERVER = Server(host="db", port="5433", user="backup", maintenance_db="m")
TARGET = Target("b", "pre", endpoint="https://s3", region="r")
PRESET = Preset(Profile("prod", SERVER, TARGET, environment="PROD"))
PG = {"PGHOST": "elsewhere", "PGPORT": "1", "PGUSER": "nobody", "PGPASSWORD": "x"}
AWS = {"AWS_ENDPOINT_URL_S3": "https://env", "AWS_REGION": "env", "AWS_PROFILE": "env"}


def told(flags: Flags, environment: dict[str, str], preset: Preset = PRESET) -> Settings:
    return resolve(flags, environment, preset)


def test_a_profile_alone_is_what_it_says() -> None:
    settings = told(Flags(), {})
    assert settings.profile == PRESET.profile
    assert origins(settings) == {
        "host": ("db", "profile prod"),
        "port": ("5433", "profile prod"),
        "user": ("backup", "profile prod"),
        "maintenance_db": ("m", "profile prod"),
        "bucket": ("b", "profile prod"),
        "prefix": ("pre/", "profile prod"),
        "endpoint": ("https://s3", "profile prod"),
        "region": ("r", "profile prod"),
    }


def test_variables_of_libpq_and_aws_fill_only_what_it_leaves_open() -> None:
    settings = told(Flags(), {**PG, **AWS})
    assert settings.profile == PRESET.profile
    said = origins(settings)
    assert said["host"] == ("db", "profile prod")
    assert said["region"] == ("r", "profile prod")
    assert said["password"] == ("•••", "PGPASSWORD")
    assert said["aws_profile"] == ("env", "AWS_PROFILE")
    assert settings.notes == ()
    bare = told(Flags(), {**PG, **AWS}, Preset(Profile("bare", Server(), Target("b"))))
    assert bare.profile.server.host is None
    assert origins(bare)["host"] == ("elsewhere", "PGHOST")
    assert bare.profile.target.region == "env"


@pytest.mark.parametrize(
    ("flags", "name", "expected"),
    [
        ({"user": "me"}, "user", "me"),
        ({"port": "1"}, "port", "1"),
        ({"endpoint": "https://flag"}, "endpoint", "https://flag"),
        ({"region": "flag"}, "region", "flag"),
        ({"prefix": "flag"}, "prefix", "flag/"),
        ({"bucket": "flag"}, "bucket", "flag"),
    ],
)
def test_flags_go_before_the_profile(flags: dict[str, Any], name: str, expected: str) -> None:
    settings = told(Flags(**flags), {**PG, **AWS})
    end = settings.profile.server if name in {"user", "port"} else settings.profile.target
    assert getattr(end, name) == expected
    assert origins(settings)[name][1] == f"--{name}"


def test_bak_bucket_goes_before_the_profile_and_that_is_told() -> None:
    settings = told(Flags(), {"BAK_BUCKET": "env"})
    assert str(settings.profile.target) == "s3://env/"
    assert origins(settings)["bucket"] == ("env", "BAK_BUCKET")
    assert "BAK_BUCKET" in settings.notes[0]


def test_a_prefix_belongs_to_its_bucket() -> None:
    assert str(told(Flags(bucket="other"), {}).profile.target) == "s3://other/"
    assert str(told(Flags(bucket="b"), {}).profile.target) == "s3://b/pre/"
    assert str(told(Flags(bucket="s3://b/else"), {}).profile.target) == "s3://b/else/"


def test_a_port_belongs_to_its_host() -> None:
    server = told(Flags(host="other"), {}).profile.server
    assert (server.host, server.port, server.user) == ("other", None, "backup")


def test_a_stored_password_is_used_for_its_own_server_only() -> None:
    preset = replace(PRESET, password_from="variable PW")
    settings = told(Flags(), PG, preset)
    assert settings.uses_stored_password
    assert origins(settings)["password"] == ("•••", "profile prod: variable PW")
    assert told(Flags(host="db"), PG, preset).uses_stored_password
    assert not told(Flags(host="other"), PG, preset).uses_stored_password
    assert not told(Flags(password=Secret("x")), PG, preset).uses_stored_password
    assert not told(Flags(), PG).uses_stored_password


def test_stored_keys_give_way_to_keys_that_are_named() -> None:
    preset = replace(PRESET, keys_from="file k")
    settings = told(Flags(), {"AWS_ACCESS_KEY": "K", "AWS_SECRET_KEY": "S"}, preset)
    assert settings.uses_stored_keys
    assert settings.profile.target.access_key is None
    assert origins(settings)["keys"] == ("•••", "profile prod: file k")
    for flags in (Flags(aws_profile="p"), Flags(key="K", secret=Secret("S")), Flags(is_anonymous=True)):
        assert not told(flags, {}, preset).uses_stored_keys


def test_keys_that_are_named_replace_the_profiles_aws_profile() -> None:
    stored = replace(TARGET, aws_profile="stored")
    preset = Preset(Profile("prod", SERVER, stored), keys_from="AWS profile stored")
    target = told(Flags(key="K", secret=Secret("S")), {}, preset).profile.target
    assert (target.aws_profile, target.access_key) == (None, "K")
    assert told(Flags(), {"AWS_ACCESS_KEY_ID": "E"}, preset).profile.target.aws_profile == "stored"


def test_keys_in_the_environment_that_are_not_used_are_told() -> None:
    preset = replace(PRESET, keys_from="file k")
    settings = told(Flags(), {"AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "S"}, preset)
    assert "are not" in settings.notes[0]
    assert "key" not in origins(settings)


def test_a_read_only_profile_guards_its_server_through_all_flags() -> None:
    preset = Preset(Profile("ro", SERVER, TARGET, is_read_only=True))
    assert told(Flags(user="me"), {}, preset).profile.server.guarded_by == "ro"


def test_a_profile_of_a_server_alone_names_no_bucket() -> None:
    with pytest.raises(UsageError, match="no bucket"):
        _ = told(Flags(), {}, Preset(Profile("p", SERVER))).profile.target


def test_the_line_that_does_the_same_names_the_programs_that_were_named() -> None:
    settings = told(Flags(pg_bindir="/opt/pg/bin"), {"BAK_PG_BINDIR": "/elsewhere"})
    assert "--pg-bindir /opt/pg/bin" in bak_line("restore", settings.profile)
    assert "--pg-bindir" not in bak_line("restore", told(Flags(), {"BAK_PG_BINDIR": "/opt"}).profile)
