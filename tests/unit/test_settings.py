"""Which server and bucket are meant, and that a password in a bad URI is not told."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.errors import UsageError
from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.core.settings import Flags, Origin, Settings, parse_bucket, parse_server, resolve

CANARY = "hunter2canary"


def origins(settings: Settings) -> dict[str, tuple[str, str]]:
    return {origin.name: (origin.value, origin.source) for origin in settings.origins}


def everything_told(error: BaseException) -> str:
    """What a person or a log may see of an error, its causes too."""
    told: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        told += [repr(seen), str(seen), getattr(seen, "hint", "")]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return " ".join(told)


# -- servers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("db", "db", None),
        ("db:5433", "db", "5433"),
        ("db:", "db", None),
        (":5433", None, "5433"),
        ("10.0.0.1:5433", "10.0.0.1", "5433"),
        ("::1", "::1", None),
        ("[::1]", "::1", None),
        ("[::1]:5433", "::1", "5433"),
        ("/var/run/postgresql", "/var/run/postgresql", None),
        ("/run/a:b", "/run/a:b", None),
        ("@abstract", "@abstract", None),
    ],
)
def test_hosts_are_read_in_every_form(text: str, host: str | None, port: str | None) -> None:
    assert parse_server(text) == Server(host=host, port=port)


@pytest.mark.parametrize(
    "text", ["db:x", "db:0", "db:65536", "db:99999999", "db:²", "db:-1", "[::1", "[::1]5432"]
)
def test_what_is_no_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_server(text)


@pytest.mark.parametrize("text", ["host=db password=s3cret", "db password=s3cret", "password=s3cret"])
def test_a_connection_string_is_no_host_and_nothing_of_it_is_quoted(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_server(text)
    assert "s3cret" not in f"{refused.value} {refused.value.hint}"


def uri(text: str, **expected: Any) -> Any:
    return pytest.param(text, expected, id=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        uri("postgresql://"),
        uri("postgres://db", host="db"),
        uri("postgresql://db:5433/fence", host="db", port="5433", maintenance_db="fence"),
        uri("postgresql://me@db", host="db", user="me"),
        uri("postgresql://me:@db", host="db", user="me", password=""),
        uri("postgresql://me:p%40ss%2F%3A@db", host="db", user="me", password="p@ss/:"),
        uri("postgresql://me:p@ss@db", host="db", user="me", password="p@ss"),
        uri("postgresql://me:p#w?x@db/d", host="db", user="me", password="p#w?x", maintenance_db="d"),
        uri("postgresql://[::1]:5433/", host="::1", port="5433"),
        uri("postgresql://%2Fvar%2Frun/d", host="/var/run", maintenance_db="d"),
        uri("postgresql:///d?host=/var/run&port=5433", host="/var/run", port="5433", maintenance_db="d"),
        uri("postgresql://db/a%23b", host="db", maintenance_db="a#b"),
        uri("postgresql://db/a#b", host="db", maintenance_db="a#b"),
        uri("postgresql://a:1,b:2/", host="a,b", port="1,2"),
        uri("postgresql://a:5433,b/", host="a,b", port="5433,"),
        uri("postgresql://a,b:5433/", host="a,b", port=",5433"),
        uri("postgresql://a,b/", host="a,b"),
        uri("postgresql://db/?sslmode=verify-full&options=-c%20a=b", host="db", extra=True),
        uri(
            "postgresql://db/?user=me&password=x&dbname=d",
            host="db",
            user="me",
            password="x",
            maintenance_db="d",
        ),
    ],
)
def test_uris_are_read_as_libpq_reads_them(text: str, expected: dict[str, Any]) -> None:
    server = parse_server(text)
    has_extra = expected.pop("extra", False)
    password = expected.pop("password", None)
    assert (server.password.reveal() if server.password else None) == password
    named = {"host": None, "port": None, "user": None, "maintenance_db": None} | expected
    assert {name: getattr(server, name) for name in named} == named
    assert dict(server.extra) == ({"sslmode": "verify-full", "options": "-c a=b"} if has_extra else {})


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://me:{CANARY}%zz@db",
        f"postgresql://me:{CANARY}%@db",
        f"postgresql://me:{CANARY}%4@db",
        f"postgresql://me:{CANARY}%00@db",
        f"postgresql://me:{CANARY}/x@db:5432/d",
        f"postgresql://me:{CANARY}",
        f"postgresql://me:{CANARY}@db:port",
        f"postgresql://me:{CANARY}@db:99999",
        f"postgresql://me:{CANARY}@[::1",
        f"postgresql://me:{CANARY}@[nonsense]/",
        f"postgresql://me:1/{CANARY}@db/d",
        f"postgresql://me@db/?password={CANARY}&nonsense",
        f"postgresql://me@db/?sslpassword={CANARY}",
        f"postgresql://me@db/?port={CANARY}",
        f"postgresql://me:{CANARY}\u2100@db\u2100/",
    ],
)
def test_a_bad_uri_is_refused_without_a_word_of_its_password(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_server(text)
    assert CANARY not in everything_told(caught.value)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_a_server_or_a_usage_error(text: str) -> None:
    for candidate in (text, f"postgresql://{text}"):
        server = Server()
        with contextlib.suppress(UsageError):
            server = parse_server(candidate)
        assert all(isinstance(value, str) for value in server.parameters().values())


def test_a_dead_connection_is_noticed_in_a_minute_unless_the_uri_says_otherwise() -> None:
    ours = parse_server("db").parameters()
    theirs = parse_server("postgresql://db/?keepalives_idle=600").parameters()
    assert (ours["keepalives_idle"], theirs["keepalives_idle"]) == ("30", "600")


def test_flags_go_before_what_the_uri_says() -> None:
    flags = Flags(host="postgresql://me:a@db:1/d", port="2", user="you", password=Secret("b"))
    server = resolve(flags, {}).profile.server
    assert (server.host, server.port, server.user) == ("db", "2", "you")
    assert server.password == Secret("b")
    assert server.maintenance_db == "d"


# -- targets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [
        ("b", "b", None),
        ("/b/", "b", None),
        ("s3://b", "b", None),
        ("s3://b/", "b", None),
        ("s3://b/p/q", "b", "p/q"),
        ("s3://b/p/", "b", "p/"),
    ],
)
def test_a_bucket_may_bring_its_prefix(text: str, bucket: str, prefix: str | None) -> None:
    assert parse_bucket(text) == (bucket, prefix)


@pytest.mark.parametrize(
    ("bucket", "prefix", "stands_for"),
    [
        ("b", None, "s3://b/"),
        ("b", "p", "s3://b/p/"),
        ("b", "/p/", "s3://b/p/"),
        ("s3://b/p", None, "s3://b/p/"),
        ("s3://b/p", "q", "s3://b/q/"),
        ("s3://b/p", "", "s3://b/"),
    ],
)
def test_a_prefix_ends_with_a_slash_and_begins_with_none(
    bucket: str, prefix: str | None, stands_for: str
) -> None:
    assert str(resolve(Flags(bucket=bucket, prefix=prefix), {}).profile.target) == stands_for


def test_no_bucket_is_told_only_when_one_is_needed() -> None:
    profile = resolve(Flags(), {}).profile
    assert profile.server == Server()
    with pytest.raises(UsageError, match="no bucket"):
        _ = profile.target


@pytest.mark.parametrize("bucket", ["s3://", "/", "s3:///p"])
def test_a_bucket_without_a_name_is_refused(bucket: str) -> None:
    with pytest.raises(UsageError, match="no bucket"):
        resolve(Flags(bucket=bucket), {})


def test_an_endpoint_without_a_scheme_is_refused_with_the_right_one() -> None:
    with pytest.raises(UsageError, match="no scheme") as caught:
        resolve(Flags(bucket="b", endpoint="s3.example.org"), {})
    assert "https://s3.example.org" in caught.value.hint


@pytest.mark.parametrize("endpoint", ["https://s3.example.org", "http://localhost:9000"])
def test_an_endpoint_with_a_scheme_is_taken(endpoint: str) -> None:
    assert resolve(Flags(bucket="b", endpoint=endpoint), {}).profile.target.endpoint == endpoint


ORIGINAL = {"AWS_ACCESS_KEY": "AK", "AWS_SECRET_KEY": CANARY}


def test_the_variables_of_the_first_users_scripts_are_known() -> None:
    target = resolve(Flags(bucket="b"), ORIGINAL).profile.target
    assert (target.access_key, target.secret_key) == ("AK", Secret(CANARY))


@pytest.mark.parametrize(
    "flags",
    [
        Flags(bucket="b", aws_profile="p"),
        Flags(bucket="b", is_anonymous=True),
        Flags(bucket="b", key="K", secret=Secret("S")),
    ],
)
def test_flags_go_before_them(flags: Flags) -> None:
    assert resolve(flags, ORIGINAL).profile.target.access_key == flags.key


def test_the_standard_variables_go_before_them() -> None:
    target = resolve(Flags(bucket="b"), {**ORIGINAL, "AWS_ACCESS_KEY_ID": "OTHER"}).profile.target
    assert target.access_key is None


@pytest.mark.parametrize(
    ("flags", "environment"),
    [
        (Flags(bucket="b", key="K"), {}),
        (Flags(bucket="b", secret=Secret("S")), {}),
        (Flags(bucket="b"), {"AWS_ACCESS_KEY": "AK"}),
    ],
)
def test_half_a_key_is_refused(flags: Flags, environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="only one was given"):
        resolve(flags, environment)


# -- where each value came from ---------------------------------------------------------------------------


def test_flags_go_before_bak_and_bak_before_defaults() -> None:
    environment = {"BAK_BUCKET": "env", "BAK_PG_BINDIR": "/env", "AWS_REGION": "here"}
    by_flag = resolve(Flags(bucket="flag", pg_bindir="/flag", region="there"), environment)
    by_environment = resolve(Flags(), environment)
    assert (by_flag.profile.target.bucket, by_flag.pg_bindir) == ("flag", "/flag")
    assert (by_environment.profile.target.bucket, by_environment.pg_bindir) == ("env", "/env")
    assert (by_flag.profile.target.region, by_environment.profile.target.region) == ("there", "here")
    assert origins(by_flag)["bucket"] == ("flag", "--bucket")
    assert origins(by_environment)["bucket"] == ("env", "BAK_BUCKET")


def test_what_is_left_to_libpq_is_told_with_its_variable() -> None:
    settings = resolve(Flags(), {"PGHOST": "db", "PGPASSWORD": CANARY})
    assert settings.profile.server.host is None
    assert origins(settings) == {"host": ("db", "PGHOST"), "password": ("•••", "PGPASSWORD")}


def test_parts_of_a_uri_are_told_with_their_origin_and_without_the_password() -> None:
    settings = resolve(Flags(host=f"postgresql://me:{CANARY}@db:5433/d"), {})
    told = origins(settings)
    assert told["host"] == ("db", "--host")
    assert told["port"] == ("5433", "--host")
    assert told["password"] == ("•••", "--host")
    assert CANARY not in repr(settings)


def test_a_uri_without_a_host_says_nothing_of_the_host() -> None:
    told = origins(resolve(Flags(host="postgresql:///d"), {"PGHOST": "db"}))
    assert told == {"host": ("db", "PGHOST"), "maintenance_db": ("d", "--host")}


def test_secrets_given_any_way_are_never_shown() -> None:
    flags = Flags(host="db", password=Secret(CANARY), bucket="b", key="K", secret=Secret(CANARY))
    environment = {"AWS_SECRET_ACCESS_KEY": CANARY, "AWS_SECRET_KEY": CANARY, "PGPASSWORD": CANARY}
    assert CANARY not in repr(resolve(flags, environment))
    assert Origin("secret", "•••", "--secret") in resolve(flags, environment).origins


def test_a_redirected_endpoint_and_unused_keys_are_noted() -> None:
    environment = {"AWS_ENDPOINT_URL_S3": "http://elsewhere", "AWS_ACCESS_KEY_ID": "K"}
    notes = " ".join(resolve(Flags(bucket="b", aws_profile="p"), environment).notes)
    assert "http://elsewhere" in notes
    assert "profile p" in notes
    assert resolve(Flags(bucket="b", endpoint="http://here"), environment).notes == ()
