"""Where each setting came from, for every way in which it can be given."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from bak_tui.core.origins import password_source
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.secret import Secret
from bak_tui.core.settings import Flags, Preset, resolve
from tests.unit.test_settings import origins

PG = {"PGHOST": "env", "PGPORT": "1111", "PGUSER": "env", "PGPASSWORD": "env", "PGSSLMODE": "prefer"}
KEYS = {"AWS_ACCESS_KEY_ID": "EK", "AWS_SECRET_ACCESS_KEY": "ES"}
OLD_KEYS = {"AWS_ACCESS_KEY": "OK", "AWS_SECRET_KEY": "OS"}
S3 = {"BAK_BUCKET": "s3://env/e/", "AWS_ENDPOINT_URL": "http://env", "AWS_DEFAULT_REGION": "env"}

STORED = Preset(
    Profile(
        "prod",
        Server("db", "5433", "backup", extra=MappingProxyType({"sslmode": "require"})),
        Target("b", "pre", endpoint="https://s3", region="r", ca_bundle="/ca", verifies_tls=False),
    ),
    password_from="file pw",
    keys_from="file k",
)
AT_SERVICE = Preset(Profile("svc", Server(extra=MappingProxyType({"service": "main"}))))
AT_FILE = Preset(Profile("file", Server(extra=MappingProxyType({"passfile": "/q"}))))
AWS_PROFILED = Preset(Profile("aws", None, Target("b", aws_profile="team")), keys_from="AWS profile team")
ANONYMOUS = Preset(Profile("open", None, Target("b", is_anonymous=True)))

HIDDEN = "•••"

ROWS: list[tuple[Flags, dict[str, str], Preset | None, dict[str, tuple[str, str] | None]]] = [
    # -- the server ---------------------------------------------------------------------------------------
    (
        Flags(host="h", port="2", user="u", password=Secret("of a flag")),
        PG,
        STORED,
        {
            "host": ("h", "--host"),
            "port": ("2", "--port"),
            "user": ("u", "--user"),
            "password": (HIDDEN, "--password"),
            "sslmode": ("require", "profile prod"),
        },
    ),
    (Flags(host="h:2"), PG, None, {"port": ("2", "--host"), "user": ("env", "PGUSER")}),
    (Flags(host="[::1]:2"), PG, None, {"host": ("::1", "--host"), "port": ("2", "--host")}),
    (Flags(host="/run/pg"), PG, None, {"host": ("/run/pg", "--host"), "port": ("1111", "PGPORT")}),
    (
        Flags(host="postgresql://u:p@h:2/d?sslmode=verify-full"),
        PG,
        None,
        {
            "host": ("h", "--host"),
            "port": ("2", "--host"),
            "user": ("u", "--host"),
            "password": (HIDDEN, "--host"),
            "maintenance_db": ("d", "--host"),
            "sslmode": ("verify-full", "--host"),
        },
    ),
    (Flags(host="postgresql://%75@h"), PG, None, {"user": ("u", "--host"), "port": ("1111", "PGPORT")}),
    (
        Flags(host="postgresql://u@h:2/", port="3", user="v"),
        PG,
        None,
        {"port": ("3", "--port"), "user": ("v", "--user"), "password": (HIDDEN, "PGPASSWORD")},
    ),
    # The value alone does not tell who said it.
    (
        Flags(host="postgresql://env@h:1111/"),
        PG,
        None,
        {"port": ("1111", "--host"), "user": ("env", "--host")},
    ),
    (Flags(host="h:5433"), {}, STORED, {"port": ("5433", "--host")}),
    # A port and a password belong to their host.
    (
        Flags(host="h"),
        PG,
        STORED,
        {
            "port": ("1111", "PGPORT"),
            "user": ("backup", "profile prod"),
            "password": (HIDDEN, "PGPASSWORD"),
        },
    ),
    (
        Flags(),
        PG,
        STORED,
        {
            "host": ("db", "profile prod"),
            "port": ("5433", "profile prod"),
            "password": (HIDDEN, "profile prod: file pw"),
            "sslmode": ("require", "profile prod"),
        },
    ),
    (Flags(), PG, None, {"host": ("env", "PGHOST"), "sslmode": ("prefer", "PGSSLMODE")}),
    (Flags(), {}, None, {"host": None, "port": None, "user": None, "password": None}),
    # A service file goes before the variables, and only libpq reads it.
    (
        Flags(),
        {**PG, "PGSERVICE": "s"},
        None,
        {"service": ("s", "PGSERVICE"), "port": ("1111", "PGPORT, unless service s says otherwise")},
    ),
    (
        Flags(host="postgresql://?service=uri"),
        {**PG, "PGSERVICE": "s"},
        AT_SERVICE,
        {"service": ("uri", "--host"), "user": ("env", "PGUSER, unless service uri says otherwise")},
    ),
    (Flags(), {"PGSERVICE": "s"}, AT_SERVICE, {"service": ("main", "profile svc")}),
    (Flags(), {"PGPASSFILE": "/p"}, None, {"passfile": ("/p", "PGPASSFILE"), "password": None}),
    # -- the bucket ---------------------------------------------------------------------------------------
    (
        Flags(bucket="s3://f/p/"),
        S3,
        STORED,
        {
            "bucket": ("f", "--bucket"),
            "prefix": ("p/", "--bucket"),
            "endpoint": ("https://s3", "profile prod"),
        },
    ),
    (Flags(bucket="f"), S3, STORED, {"bucket": ("f", "--bucket"), "prefix": None}),
    (Flags(bucket="b"), S3, STORED, {"bucket": ("b", "--bucket"), "prefix": ("pre/", "profile prod")}),
    (Flags(prefix="q"), S3, None, {"bucket": ("env", "BAK_BUCKET"), "prefix": ("q/", "--prefix")}),
    (Flags(prefix=""), {}, STORED, {"bucket": ("b", "profile prod"), "prefix": None}),
    (
        Flags(),
        S3,
        None,
        {
            "bucket": ("env", "BAK_BUCKET"),
            "prefix": ("e/", "BAK_BUCKET"),
            "endpoint": ("http://env", "AWS_ENDPOINT_URL"),
            "region": ("env", "AWS_DEFAULT_REGION"),
        },
    ),
    (
        Flags(),
        {**S3, "AWS_ENDPOINT_URL_S3": "http://s3", "AWS_REGION": "first"},
        None,
        {"endpoint": ("http://s3", "AWS_ENDPOINT_URL_S3"), "region": ("first", "AWS_REGION")},
    ),
    (Flags(), {**S3, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, None, {"endpoint": None}),
    (Flags(), {"AWS_CA_BUNDLE": "/e"}, STORED, {"ca_bundle": ("/ca", "profile prod")}),
    (Flags(), {"AWS_CA_BUNDLE": "/e"}, None, {"ca_bundle": ("/e", "AWS_CA_BUNDLE"), "verify_ssl": None}),
    (Flags(), {}, STORED, {"verify_ssl": ("no", "profile prod")}),
    (Flags(verifies_tls=False), {}, STORED, {"verify_ssl": ("no", "--no-verify-ssl")}),
    # -- whose keys: one source has them all --------------------------------------------------------------
    (
        Flags(key="FK", secret=Secret("FS")),
        {**KEYS, "AWS_PROFILE": "e"},
        STORED,
        {"key": ("FK", "--key"), "secret": (HIDDEN, "--secret"), "aws_profile": None, "keys": None},
    ),
    (
        Flags(bucket="b", aws_profile="f"),
        KEYS,
        STORED,
        {"aws_profile": ("f", "--aws-profile"), "key": None, "secret": None, "keys": None},
    ),
    (
        Flags(bucket="b", is_anonymous=True),
        KEYS,
        STORED,
        {"keys": ("none: anonymous", "--no-sign-request"), "key": None},
    ),
    (Flags(), KEYS, STORED, {"keys": (HIDDEN, "profile prod: file k"), "key": None, "secret": None}),
    (Flags(), KEYS, AWS_PROFILED, {"aws_profile": ("team", "profile aws"), "key": None, "keys": None}),
    (Flags(), KEYS, ANONYMOUS, {"keys": ("none: anonymous", "profile open"), "key": None}),
    (
        Flags(bucket="b"),
        {**KEYS, **OLD_KEYS, "AWS_PROFILE": "e"},
        None,
        {
            "key": ("EK", "AWS_ACCESS_KEY_ID"),
            "secret": (HIDDEN, "AWS_SECRET_ACCESS_KEY"),
            "aws_profile": ("e", "AWS_PROFILE"),
        },
    ),
    (
        Flags(bucket="b"),
        OLD_KEYS,
        None,
        {"key": ("OK", "AWS_ACCESS_KEY"), "secret": (HIDDEN, "AWS_SECRET_KEY")},
    ),
    # Half of one pair and half of another are never told as one.
    (Flags(bucket="b"), {"AWS_ACCESS_KEY_ID": "EK", "AWS_SECRET_KEY": "OS"}, None, {"secret": None}),
]


@pytest.mark.parametrize(("flags", "environment", "preset", "expected"), ROWS)
def test_the_origin_told_is_the_source_in_force(
    flags: Flags,
    environment: dict[str, str],
    preset: Preset | None,
    expected: dict[str, tuple[str, str] | None],
) -> None:
    told = origins(resolve(flags, environment, preset))
    assert {name: told.get(name) for name in expected} == expected


@pytest.mark.parametrize(("flags", "environment", "preset", "_expected"), ROWS)
def test_the_value_told_is_the_value_used(
    flags: Flags, environment: dict[str, str], preset: Preset | None, _expected: object
) -> None:
    settings = resolve(flags, environment, preset)
    server, target, told = settings.profile.server, settings.profile.given_target, origins(settings)
    used = {**server.parameters(), "maintenance_db": server.maintenance_db}
    if target is not None:
        used |= {"bucket": target.bucket, "prefix": target.prefix or None, "ca_bundle": target.ca_bundle}
        used |= {"endpoint": target.endpoint, "region": target.region}
    for name, value in used.items():
        if value is not None and not name.startswith("keepalives"):
            assert told[name][0] == value


@pytest.mark.parametrize(
    ("flags", "environment", "preset", "source"),
    [
        (Flags(password=Secret("p")), PG, STORED, "--password"),
        (Flags(), PG, STORED, "profile prod: file pw"),
        (Flags(), PG, None, "PGPASSWORD"),
        (Flags(), {}, None, "~/.pgpass"),
        (Flags(), {"PGPASSFILE": "/p"}, None, "password file /p"),
        (Flags(), {"PGPASSFILE": "/p"}, AT_FILE, "password file /q"),
        (Flags(), {}, AT_SERVICE, "service main, or ~/.pgpass"),
        (Flags(), {"PGSERVICE": "s", "PGPASSFILE": "/p"}, None, "service s, or password file /p"),
        (Flags(host="other"), {}, STORED, "~/.pgpass"),
    ],
)
def test_where_a_password_comes_from_is_told_whoever_has_it(
    flags: Flags, environment: dict[str, str], preset: Preset | None, source: str
) -> None:
    assert password_source(resolve(flags, environment, preset).origins) == source
