"""Where each setting in force came from: a flag, a part of one, a variable, the profile.

A setting has several possible sources, in the order in which `settings.resolve` asks them. The first that
says something is in force, and it alone is told: what is told here and what is used must never differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bak_tui.core.addresses import parse_bucket, parse_server
from bak_tui.core.given import Flags, Preset
from bak_tui.core.profile import Server, Target

_HIDDEN = "•••"
_NOTHING = Target("unnamed")
_LIBPQ_VARIABLES = {
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""What else libpq takes from the environment; https://www.postgresql.org/docs/current/libpq-envars.html"""


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting, its value as it may be shown, and where it came from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Sources:
    """Everybody who may say something, and what came of it."""

    flags: Flags
    environment: Mapping[str, str]
    preset: Preset | None
    target: Target | None
    """The bucket in force."""
    uses_stored_password: bool

    @property
    def profile_name(self) -> str:
        return f"profile {self.preset.profile.name}" if self.preset else "no profile"

    @property
    def stored_server(self) -> Server:
        return self.preset.server if self.preset else Server()

    @property
    def stored_target(self) -> Target | None:
        return self.preset.profile.given_target if self.preset else None

    def variable(self, *names: str) -> list[tuple[str | None, str]]:
        """The first of these variables that is set."""
        return [(self.environment.get(name) or None, name) for name in names]


def find_origins(sources: Sources) -> Iterator[Origin]:
    """One line a setting: what is in force and who said so."""
    yield from _of_server(sources)
    yield from _of_target(sources)
    yield from _first(
        "pg_bindir", [(sources.flags.pg_bindir, "--pg-bindir"), *sources.variable("BAK_PG_BINDIR")]
    )


def password_source(origins: Iterable[Origin]) -> str:
    """Where the server's password comes from, in words; what nobody has said, libpq looks for in files."""
    said = {origin.name: origin for origin in origins}
    if "password" in said:
        return said["password"].source
    file = f"password file {said['passfile'].value}" if "passfile" in said else "~/.pgpass"
    return f"service {said['service'].value}, or {file}" if "service" in said else file


def _first(name: str, candidates: list[tuple[str | None, str]]) -> Iterator[Origin]:
    """The first candidate, value and source, that says something."""
    for value, source in candidates:
        if value:
            yield Origin(name, value, source)
            return


def _of_server(sources: Sources) -> Iterator[Origin]:
    flags, stored, named = sources.flags, sources.stored_server, sources.profile_name
    given = parse_server(flags.host) if flags.host else Server()
    extra = {**stored.extra, **given.extra}
    service = given.extra.get("service") or stored.extra.get("service")
    uses_service = service or sources.environment.get("PGSERVICE")

    def left_open(variable: str) -> list[tuple[str | None, str]]:
        # libpq asks the service file before the variables; what stands there is for libpq to read.
        unless = f"{variable}, unless service {uses_service} says otherwise" if uses_service else variable
        return [(sources.environment.get(variable), unless)]

    yield from _first("host", [(given.host, "--host"), (stored.host, named), *left_open("PGHOST")])
    # A stored port belongs to the stored host.
    stored_port = None if given.host else stored.port
    ports = [(flags.port, "--port"), (given.port, "--host"), (stored_port, named)]
    yield from _first("port", [*ports, *left_open("PGPORT")])
    users = [(flags.user, "--user"), (given.user, "--host"), (stored.user, named)]
    yield from _first("user", [*users, *left_open("PGUSER")])
    yield from _first("password", _passwords(sources, given, left_open("PGPASSWORD")))
    maintenance = [(given.maintenance_db, "--host"), (stored.maintenance_db, named)]
    yield from _first("maintenance_db", maintenance)
    yield from _first(
        "service",
        [(service, "--host" if "service" in given.extra else named), *sources.variable("PGSERVICE")],
    )
    for name in sorted({*extra, *_LIBPQ_VARIABLES} - {"service"}):
        asked = [(given.extra.get(name), "--host"), (stored.extra.get(name), named)]
        yield from _first(
            name, asked + (left_open(_LIBPQ_VARIABLES[name]) if name in _LIBPQ_VARIABLES else [])
        )


def _passwords(
    sources: Sources, given: Server, left_open: list[tuple[str | None, str]]
) -> list[tuple[str | None, str]]:
    """Who may know the password; itself it is never shown."""
    asked: list[tuple[object, str]] = [(sources.flags.password, "--password"), (given.password, "--host")]
    if sources.preset and sources.uses_stored_password:
        asked.append((True, f"{sources.profile_name}: {sources.preset.password_from}"))
    return [(_HIDDEN if value else None, source) for value, source in [*asked, *left_open]]


def _of_target(sources: Sources) -> Iterator[Origin]:
    flags, target, stored = sources.flags, sources.target, sources.stored_target
    named, kept = sources.profile_name, stored or _NOTHING
    yield from _buckets(sources, stored)
    yield from _first(
        "endpoint",
        [(flags.endpoint, "--endpoint"), (kept.endpoint, named), *_redirections(sources)],
    )
    yield from _first(
        "region",
        [
            (flags.region, "--region"),
            (kept.region, named),
            *sources.variable("AWS_REGION", "AWS_DEFAULT_REGION"),
        ],
    )
    yield from _first(
        "ca_bundle",
        [
            (flags.ca_bundle, "--ca-bundle"),
            (kept.ca_bundle, named),
            *sources.variable("AWS_CA_BUNDLE"),
        ],
    )
    if not flags.verifies_tls:
        yield Origin("verify_ssl", "no", "--no-verify-ssl")
    elif target and not target.verifies_tls:
        yield Origin("verify_ssl", "no", named)
    if flags.allows_plain_http:
        yield Origin("plain_http", "allowed", "--plain-http")
    elif target and target.allows_plain_http:
        yield Origin("plain_http", "allowed", named)
    yield from _keys(sources, stored)


def _buckets(sources: Sources, stored: Target | None) -> Iterator[Origin]:
    """The bucket, and its prefix: the flag's, the one beside its name, or the profile's for this bucket."""
    flags, named = sources.flags, sources.profile_name
    said = [(flags.bucket, "--bucket"), *sources.variable("BAK_BUCKET")]
    said.append((str(stored) if stored else None, named))
    text, source = next(((text, source) for text, source in said if text), (None, ""))
    if text is None:
        return
    bucket, prefix = parse_bucket(text)
    yield Origin("bucket", bucket, source)
    prefixes = [(prefix, source)]
    if stored and prefix is None and bucket == stored.bucket:
        prefixes.append((stored.prefix, named))
    if flags.prefix is not None:
        prefixes = [(flags.prefix, "--prefix")]
    for shown in _first("prefix", prefixes):
        target = sources.target
        yield Origin("prefix", target.prefix if target else shown.value, shown.source)


def _redirections(sources: Sources) -> list[tuple[str | None, str]]:
    if sources.environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return []
    return sources.variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


def _keys(sources: Sources, stored: Target | None) -> Iterator[Origin]:
    """Whose keys: one source has them all, never a key from here and its secret from there."""
    flags, preset = sources.flags, sources.preset
    if flags.key or flags.secret or flags.aws_profile or flags.is_anonymous:
        yield from _first("key", [(flags.key, "--key")])
        yield from _first("secret", [(_HIDDEN if flags.secret else None, "--secret")])
        yield from _first("aws_profile", [(flags.aws_profile, "--aws-profile")])
        if flags.is_anonymous:
            yield Origin("keys", "none: anonymous", "--no-sign-request")
        return
    if stored and stored.aws_profile:
        yield Origin("aws_profile", stored.aws_profile, sources.profile_name)
        return
    if stored and stored.is_anonymous:
        yield Origin("keys", "none: anonymous", sources.profile_name)
        return
    if preset and preset.keys_from:
        yield Origin("keys", _HIDDEN, f"{sources.profile_name}: {preset.keys_from}")
        return
    for key, secret in (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_ACCESS_KEY", "AWS_SECRET_KEY")):
        if sources.environment.get(key):
            yield Origin("key", sources.environment[key], key)
            yield from _first("secret", [(_HIDDEN if sources.environment.get(secret) else None, secret)])
            break
    # Beside keys in the environment it still says region and endpoint.
    yield from _first("aws_profile", sources.variable("AWS_PROFILE"))
