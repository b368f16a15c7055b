"""A profile: a named pair of server (how to reach PostgreSQL) and target (where backups go)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from bak_tui.core.errors import UsageError
from bak_tui.core.secret import Secret


class Addressing(StrEnum):
    """How the bucket stands in a request: botocore's `s3.addressing_style`."""

    AUTO = "auto"
    PATH = "path"
    VIRTUAL = "virtual"


_KEEPALIVES = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
"""Seconds, seconds, number: a peer that is gone is noticed in a minute, not in TCP's two hours."""


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach one PostgreSQL instance.

    What is None is left to libpq's own rules: PG* variables, service file, password file, defaults.
    """

    host: str | None = None
    """A name, an address or a socket directory."""
    port: str | None = None
    user: str | None = None
    password: Secret | None = None
    maintenance_db: str | None = None
    """Where to connect for questions about the whole server; None tries `postgres`, then `template1`."""
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Other libpq parameters (`sslmode`, `sslrootcert`, `service` …), from a URI's query or a profile."""
    guarded_by: str | None = None
    """The read-only profile it belongs to: nothing may be changed there."""

    @property
    def given(self) -> dict[str, str]:
        """libpq parameters by name as they were given, without the password and without a database."""
        named = {"host": self.host, "port": self.port, "user": self.user}
        return {**self.extra, **{name: value for name, value in named.items() if value is not None}}

    def parameters(self) -> dict[str, str]:
        """What our own sessions and children connect with: `given`, and keepalives where it has none."""
        return {**_KEEPALIVES, **self.given}

    def __str__(self) -> str:
        service = self.extra.get("service")
        host = self.host or (f"service {service}" if service else "the default server")
        return f"{host}:{self.port}" if self.port else host


@dataclass(frozen=True, slots=True)
class Target:
    """Where backups go: a bucket, a prefix in it, and how to reach S3.

    What is None is left to the AWS default chain (environment, shared files, roles).
    """

    bucket: str
    prefix: str = ""
    """Empty, or ends with `/`."""
    endpoint: str | None = None
    region: str | None = None
    aws_profile: str | None = None
    access_key: str | None = None
    secret_key: Secret | None = None
    session_token: Secret | None = None
    is_anonymous: bool = False
    addressing: Addressing = Addressing.AUTO
    ca_bundle: str | None = None
    verifies_tls: bool = True
    allows_plain_http: bool = False
    """Whether requests may go to another host unencrypted."""

    def __post_init__(self) -> None:
        if not self.bucket:
            raise UsageError("no bucket was named", hint="say --bucket NAME, or set BAK_BUCKET")
        if self.prefix and not self.prefix.endswith("/"):
            object.__setattr__(self, "prefix", self.prefix + "/")
        if (self.access_key is None) != (self.secret_key is None):
            raise UsageError(
                "an S3 access key and its secret go together; only one was given",
                hint="give both --key and --secret, or neither",
            )

    def key(self, path: str) -> str:
        """The key of something below the prefix."""
        return self.prefix + path

    def path(self, key: str) -> str:
        """A key relative to the prefix; a key outside it comes back whole."""
        return key.removeprefix(self.prefix)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


DEFAULT_STALENESS = timedelta(hours=26)
"""A day, and two hours for a run that began late or took long."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A server, a target, or both, under one name. Ad-hoc profiles are made from flags alone."""

    name: str
    given_server: Server | None = None
    given_target: Target | None = None
    environment: str = ""
    """The label as it is shown: PROD, STAGE, DEV or whatever the user calls it."""
    is_read_only: bool = False
    """Nothing may be restored into its server; backing it up is fine."""
    staleness: timedelta = DEFAULT_STALENESS
    """How old a database's newest backup may become."""
    config: str = ""
    """The file it stands in, where `bak` would not look for it by itself."""
    pg_bindir: str = ""
    """The folder of the client programs, where `bak` would not search for them."""

    def __post_init__(self) -> None:
        if self.is_read_only and self.given_server is not None:
            # The server bears it too, so that no way to an operation can lose it.
            object.__setattr__(self, "given_server", replace(self.given_server, guarded_by=self.name))

    @property
    def is_prod(self) -> bool:
        """Whether a mistake here is one in production."""
        return self.environment.casefold().startswith("prod")

    @property
    def server(self) -> Server:
        """The server; raises UsageError when the profile has none."""
        if self.given_server is None:
            raise UsageError(f"profile {self.name} names no server", hint="say --host, or set PGHOST")
        return self.given_server

    @property
    def target(self) -> Target:
        """The target; raises UsageError when the profile has none."""
        if self.given_target is None:
            raise UsageError("no bucket was named", hint="say --bucket NAME, or set BAK_BUCKET")
        return self.given_target
