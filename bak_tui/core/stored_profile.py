"""A profile as it is written down: strict, and without any secret.

What the file holds may have been typed by hand, so every complaint names the profile and the key, and none
quotes a value: it may be the password that should not stand there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import Field, StrictBool, field_serializer, field_validator, model_validator

from bak_tui.core.addresses import SECRET_PARAMETERS, is_port, parse_server
from bak_tui.core.ages import age_text, parse_age
from bak_tui.core.errors import UsageError
from bak_tui.core.profile import DEFAULT_STALENESS, Addressing, Profile, Server, Target
from bak_tui.core.references import KeysReference, KeysSource, PasswordReference, Stored

_OWN_KEYS = {"host", "port", "user", "dbname", "sslmode", "sslrootcert", "service"}
_SECRET_OPTIONS = {"password", *SECRET_PARAMETERS}


class StoredServer(Stored):
    """`[profiles.NAME.server]`. What is left out is libpq's to find: PG* variables, service, defaults."""

    host: str | None = None
    port: str | None = None
    user: str | None = None
    database: str | None = None
    """Where to connect for questions about the whole server."""
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = None
    sslrootcert: str | None = None
    service: str | None = None
    options: dict[str, str] = Field(default_factory=dict)
    """Other libpq parameters."""
    password: PasswordReference = PasswordReference()

    @field_validator("host")
    @classmethod
    def _host_is_no_uri(cls, host: str | None) -> str | None:
        if host is not None and "://" in host:
            raise ValueError("write host, port and user apart; a URI may hold a password")
        try:
            given = parse_server(host or "")
        except UsageError as error:
            raise ValueError(error.message) from error
        if given.port is not None:
            raise ValueError("write the port under port")
        return given.host or None

    @field_validator("port", mode="before")
    @classmethod
    def _port_is_text(cls, port: object) -> object:
        return str(port) if isinstance(port, int) and not isinstance(port, bool) else port

    @field_validator("port")
    @classmethod
    def _port_is_a_port(cls, port: str | None) -> str | None:
        if not is_port(port):
            raise ValueError("a port is a number from 1 to 65535")
        return port

    @field_validator("options")
    @classmethod
    def _options_hold_no_secret(cls, options: dict[str, str]) -> dict[str, str]:
        for name in options:
            if name in _SECRET_OPTIONS:
                raise ValueError(f"{name} does not belong here: password = {{ from = … }} says where it is")
            if name in _OWN_KEYS:
                raise ValueError(f"write {'database' if name == 'dbname' else name} outside options")
        return options

    @field_serializer("port")
    def _port_is_a_number(self, port: str | None) -> int | str | None:
        return int(port) if port and port.isdecimal() else port

    def server(self) -> Server:
        """Without the password."""
        given = {"sslmode": self.sslmode, "sslrootcert": self.sslrootcert, "service": self.service}
        extra = {name: value for name, value in given.items() if value is not None} | self.options
        return Server(
            host=self.host,
            port=self.port,
            user=self.user,
            maintenance_db=self.database,
            extra=MappingProxyType(extra),
        )


class StoredTarget(Stored):
    """`[profiles.NAME.target]`."""

    bucket: str = Field(pattern=r"^[^/\s]+$")
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    addressing: Addressing = Addressing.AUTO
    ca_bundle: str | None = None
    verify_tls: StrictBool = True
    plain_http: StrictBool = False
    keys: KeysReference = KeysReference()

    @field_validator("endpoint")
    @classmethod
    def _endpoint_is_plain(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and not re.fullmatch(r"https?://[^/?#\s@]+[^?#\s@]*", endpoint):
            raise ValueError("an endpoint looks like https://s3.example.org, without user and password")
        return endpoint

    def target(self) -> Target:
        """Without keys; an AWS profile is named."""
        return Target(
            bucket=self.bucket,
            prefix=self.prefix.lstrip("/"),
            endpoint=self.endpoint,
            region=self.region,
            aws_profile=self.keys.name if self.keys.source is KeysSource.PROFILE else None,
            is_anonymous=self.keys.source is KeysSource.ANONYMOUS,
            addressing=self.addressing,
            ca_bundle=self.ca_bundle,
            verifies_tls=self.verify_tls,
            allows_plain_http=self.plain_http,
        )


class StoredProfile(Stored):
    """`[profiles.NAME]`."""

    name: str = Field(exclude=True)
    environment: str = ""
    """PROD, STAGE, DEV or whatever the user calls it; capitals."""
    is_read_only: StrictBool = Field(default=False, alias="read_only")
    max_age: timedelta = DEFAULT_STALENESS
    server: StoredServer | None = None
    target: StoredTarget | None = None

    @field_validator("environment")
    @classmethod
    def _environment_is_a_label(cls, environment: str) -> str:
        if not re.fullmatch(r"[^\W_]{0,12}", environment):
            raise ValueError("a label has up to 12 letters and digits: PROD, STAGE, DEV")
        return environment.upper()

    @field_validator("name")
    @classmethod
    def _name_can_be_typed(cls, name: str) -> str:
        if not name.isprintable() or name.strip() != name or not 0 < len(name) <= 64 or name[0] == "-":
            raise ValueError("a profile's name has 1 to 64 printable characters and begins with no -")
        return name

    @field_validator("max_age", mode="before")
    @classmethod
    def _age_is_written_short(cls, age: object) -> object:
        if isinstance(age, timedelta):
            return age
        if not isinstance(age, str):
            raise ValueError('write an age as "26h" or "2d"')
        try:
            return parse_age(age)
        except UsageError as error:
            raise ValueError('write an age as "26h" or "2d"') from error

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.server is None and self.target is None:
            raise ValueError("a profile needs a server, a target, or both")
        return self

    @field_serializer("max_age")
    def _age_as_written(self, age: timedelta) -> str:
        return age_text(age)

    def profile(self) -> Profile:
        """Both ends, without password and keys."""
        return Profile(
            self.name,
            self.server.server() if self.server else None,
            self.target.target() if self.target else None,
            environment=self.environment,
            is_read_only=self.is_read_only,
            staleness=self.max_age,
        )

    def document(self) -> Mapping[str, Any]:
        """What is written down: only what differs from the defaults."""
        written = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
        if self.max_age == DEFAULT_STALENESS:
            written.pop("max_age", None)
        return written

    def fields(self) -> dict[str, Any]:
        """Everything, defaults too, as programs read it; of a reference what it consists of."""
        said = {"name": self.name, **self.model_dump(mode="json", by_alias=True)}
        for part, key in (("server", "password"), ("target", "keys")):
            if said[part] is not None:
                said[part][key] = {name: value for name, value in said[part][key].items() if value}
        return said
