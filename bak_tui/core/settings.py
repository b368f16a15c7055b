"""Which server and bucket are meant, and where each value came from.

Precedence: flags > BAK_* > PG*/AWS_* for what is left open > defaults. What libpq and boto resolve by
themselves is left to them; here it is only told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

from bak_tui.core.errors import UsageError
from bak_tui.core.profile import Addressing, Profile, Server, Target
from bak_tui.core.secret import Secret

_SECRET_PARAMETERS = frozenset(
    {"sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key", "passfile"}
)


@dataclass(frozen=True, slots=True)
class Flags:
    """What the user said on the command line; None is: nothing."""

    host: str | None = None
    port: str | None = None
    user: str | None = None
    password: Secret | None = None
    endpoint: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    key: str | None = None
    secret: Secret | None = None
    aws_profile: str | None = None
    region: str | None = None
    ca_bundle: str | None = None
    verifies_tls: bool = True
    is_anonymous: bool = False
    pg_bindir: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting, its value as it may be shown, and where it came from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The profile the flags and the environment describe."""

    profile: Profile
    origins: tuple[Origin, ...]
    pg_bindir: str | None = None
    notes: tuple[str, ...] = ()


def resolve(flags: Flags, environment: Mapping[str, str]) -> Settings:
    """Put flags and environment together. Raises UsageError where they make no sense."""
    server = _server(flags)
    target = _target(flags, environment)
    return Settings(
        profile=Profile("command line", server, target),
        origins=tuple(_origins(flags, environment, server, target)),
        pg_bindir=flags.pg_bindir or environment.get("BAK_PG_BINDIR") or None,
        notes=_notes(flags, environment),
    )


def parse_server(text: str) -> Server:
    """`host`, `host:port`, `[v6]:port`, a socket directory, or a `postgresql://` URI.

    URIs are parsed here: libpq would quote a bad one, password and all, in its error.
    """
    if text.startswith(("postgresql://", "postgres://")):
        return _server_from_uri(text)
    if text.startswith(("/", "@")):
        return Server(host=text)
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{text} is no host", hint="write an IPv6 address with its port as [::1]:5432")
        return Server(host=host, port=_port(rest.removeprefix(":") or None))
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return Server(host=host or None, port=_port(port or None))
    return Server(host=text)


def parse_bucket(text: str) -> tuple[str, str | None]:
    """`bucket` or `s3://bucket/prefix/`, as bucket and prefix."""
    if not text.startswith("s3://"):
        return text.strip("/"), None
    bucket, _, prefix = text.removeprefix("s3://").partition("/")
    return bucket, prefix or None


def _server(flags: Flags) -> Server:
    given = parse_server(flags.host) if flags.host else Server()
    return Server(
        host=given.host,
        port=_port(flags.port) or given.port,
        user=flags.user or given.user,
        password=flags.password or given.password,
        maintenance_db=given.maintenance_db,
        extra=given.extra,
    )


def _server_from_uri(text: str) -> Server:
    hint = "write postgresql://USER@HOST:PORT/?sslmode=…, with %XX for special characters"
    if _has_bad_escape(text):
        raise UsageError("the server's URI has a % that is no escape", hint=hint)
    # Like libpq: who connects is what stands before an @ that no / precedes; ? and # may be part of it.
    rest = text.partition("://")[2]
    userinfo, at, _ = rest.partition("/")[0].rpartition("@")
    user, colon, password = userinfo.partition(":")
    try:
        parts = urlsplit(f"postgresql://{rest[len(userinfo + at) :]}", allow_fragments=False)
        named = [_split_host(host) for host in parts.netloc.split(",")]
        extra = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        # Its words may quote the password.
        raise UsageError("the server's URI cannot be read", hint=hint) from None
    port = extra.pop("port", None) or _joined(port for _, port in named)
    # A / in the password makes user and password look like host and port: nothing of them is quoted.
    if (not at and "@" in parts.path) or not _is_port(port):
        raise UsageError("the server's URI has no host and port where they should stand", hint=hint)
    hidden = _SECRET_PARAMETERS & extra.keys()
    if hidden:
        raise UsageError(
            f"{sorted(hidden)[0]} in a URI would be seen in the process list",
            hint="put it into a service file (pg_service.conf) instead",
        )
    asked = extra.pop("password", None) or (unquote(password) if colon else None)
    return Server(
        host=extra.pop("host", None) or _joined(host for host, _ in named),
        port=port,
        user=extra.pop("user", None) or (unquote(user) if at and user else None),
        password=None if asked is None else Secret(asked),
        maintenance_db=extra.pop("dbname", None) or unquote(parts.path.lstrip("/")) or None,
        extra=MappingProxyType(extra),
    )


def _has_bad_escape(text: str) -> bool:
    """Whether a % is followed by no two hex digits, or by 00: libpq would read no further than that."""
    return any(not re.match("(?!00)[0-9A-Fa-f]{2}", piece) for piece in text.split("%")[1:])


def _joined(values: Iterable[str]) -> str | None:
    """A list as libpq takes it, one value a host; None when all are empty."""
    listed = list(values)
    return ",".join(listed) if any(listed) else None


def _split_host(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = text.partition(":")
    return unquote(host), port


def _port(text: str | None) -> str | None:
    if not _is_port(text):
        raise UsageError(f"{text} is no port", hint="a port is a number from 1 to 65535")
    return text


def _is_port(text: str | None) -> bool:
    """A port, or several with commas between; of several some may be empty: the default."""
    if text is None:
        return True
    parts = text.split(",")
    return all(
        0 < int(part) < 65536 if re.fullmatch("[0-9]{1,5}", part) else not part and len(parts) > 1
        for part in parts
    )


def _target(flags: Flags, environment: Mapping[str, str]) -> Target | None:
    named = flags.bucket or environment.get("BAK_BUCKET")
    if not named:
        return None
    bucket, prefix = parse_bucket(named)
    access_key, secret_key = flags.key, flags.secret
    explicit = access_key or secret_key or flags.aws_profile or flags.is_anonymous
    if not explicit and not environment.get("AWS_ACCESS_KEY_ID") and environment.get("AWS_ACCESS_KEY"):
        # The names the project's first users have in their scripts; boto does not know them.
        access_key = environment["AWS_ACCESS_KEY"]
        secret_key = Secret(environment["AWS_SECRET_KEY"]) if environment.get("AWS_SECRET_KEY") else None
    return Target(
        bucket=bucket,
        prefix=(flags.prefix if flags.prefix is not None else prefix or "").lstrip("/"),
        endpoint=_endpoint(flags.endpoint),
        region=flags.region or environment.get("AWS_REGION") or None,
        aws_profile=flags.aws_profile,
        access_key=access_key,
        secret_key=secret_key,
        is_anonymous=flags.is_anonymous,
        addressing=Addressing.AUTO,
        ca_bundle=flags.ca_bundle,
        verifies_tls=flags.verifies_tls,
    )


def _endpoint(text: str | None) -> str | None:
    if text is None or text.startswith(("https://", "http://")):
        return text
    raise UsageError(f"the endpoint {text} has no scheme", hint=f"say https://{text}")


_SERVER_ENVIRONMENT = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
_TARGET_ENVIRONMENT = {
    "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "key": ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"),
    "secret": ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"),
    "aws_profile": ("AWS_PROFILE",),
    "ca_bundle": ("AWS_CA_BUNDLE",),
    "bucket": ("BAK_BUCKET",),
    "pg_bindir": ("BAK_PG_BINDIR",),
}
_HIDDEN = frozenset({"password", "secret"})


def _origins(
    flags: Flags, environment: Mapping[str, str], server: Server, target: Target | None
) -> list[Origin]:
    """One line a setting: what is in force and who said so."""
    names: dict[str, tuple[str, ...]] = {name: (value,) for name, value in _SERVER_ENVIRONMENT.items()}
    names |= _TARGET_ENVIRONMENT
    found: list[Origin] = []
    for field in fields(flags):
        said = getattr(flags, field.name)
        variable = next((name for name in names.get(field.name, ()) if environment.get(name)), None)
        if said is not None and not isinstance(said, bool):
            value, source = str(said), f"--{field.name.replace('_', '-')}"
        elif variable is not None:
            value, source = environment[variable], variable
        elif (part := _derived(field.name, server, target)) is not None:
            value, source = part, "--host" if field.name in _SERVER_ENVIRONMENT else "--bucket or BAK_BUCKET"
        else:
            continue
        if field.name == "host" and "://" in value:
            value = server.host or "libpq's default"
        found.append(Origin(field.name, "•••" if field.name in _HIDDEN else value, source))
    return found


def _derived(name: str, server: Server, target: Target | None) -> str | None:
    """A value that came inside another one: a port in `host:port`, a prefix in `s3://bucket/prefix`."""
    value = {
        "port": server.port,
        "user": server.user,
        "password": server.password and "•••",
        "prefix": target.prefix if target and target.prefix else None,
    }.get(name)
    return None if value is None else str(value)


def _notes(flags: Flags, environment: Mapping[str, str]) -> tuple[str, ...]:
    notes = []
    if flags.aws_profile and environment.get("AWS_ACCESS_KEY_ID"):
        notes.append(f"the AWS profile {flags.aws_profile} is used; the keys in the environment are not")
    redirected = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if redirected and not flags.endpoint:
        notes.append(f"S3 requests go to {redirected} (from the environment)")
    return tuple(notes)
