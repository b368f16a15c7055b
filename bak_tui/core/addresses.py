"""Servers and buckets as people write them: `host:port`, a URI, `s3://bucket/prefix/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

from bak_tui.core.errors import UsageError
from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret

SECRET_PARAMETERS = frozenset(
    {"sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key", "passfile"}
)


def parse_server(text: str) -> Server:
    """`host`, `host:port`, `[v6]:port`, a socket directory, or a `postgresql://` URI; UsageError for others.

    URIs are parsed here: libpq would quote a bad one, password and all, in its error.
    """
    if text.startswith(("postgresql://", "postgres://")):
        return _server_from_uri(text)
    if text.startswith(("/", "@")):
        return Server(host=text)
    if "=" in text or len(text.split()) > 1:
        # A connection string, which may hold a password: nothing of it is quoted.
        raise UsageError(
            "the host is none: it has a = or a blank in it",
            hint="write HOST, HOST:PORT, or postgresql://USER@HOST:PORT/?sslmode=…",
        )
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{text} is no host", hint="write an IPv6 address with its port as [::1]:5432")
        return Server(host=host, port=check_port(rest.removeprefix(":") or None))
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return Server(host=host or None, port=check_port(port or None))
    return Server(host=text)


def parse_bucket(text: str) -> tuple[str, str | None]:
    """`bucket` or `s3://bucket/prefix/`, as bucket and prefix."""
    if not text.startswith("s3://"):
        return text.strip("/"), None
    bucket, _, prefix = text.removeprefix("s3://").partition("/")
    return bucket, prefix or None


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
    if (not at and "@" in parts.path) or not is_port(port):
        raise UsageError("the server's URI has no host and port where they should stand", hint=hint)
    hidden = SECRET_PARAMETERS & extra.keys()
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


def is_on_this_host(host: str) -> bool:
    """Whether what is sent to `host` leaves this machine: a socket, libpq's own default, the loopback."""
    if not host or host.startswith(("/", "@")):
        return True
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, 6.3
        return True
    try:
        return ip_address(name.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return False


def leaves_in_clear(endpoint: str) -> bool:
    """Whether requests to this URL can be read on their way."""
    try:
        parts = urlsplit(endpoint)
        return parts.scheme == "http" and not is_on_this_host(parts.hostname or "")
    except ValueError:
        return False


def check_port(text: str | None) -> str | None:
    """The port as it is. Raises UsageError when it is none."""
    if not is_port(text):
        raise UsageError(f"{text} is no port", hint="a port is a number from 1 to 65535")
    return text


def is_port(text: str | None) -> bool:
    """A port, or several with commas between; of several some may be empty: the default."""
    if text is None:
        return True
    parts = text.split(",")
    return all(
        0 < int(part) < 65536 if re.fullmatch("[0-9]{1,5}", part) else not part and len(parts) > 1
        for part in parts
    )
