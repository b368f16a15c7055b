"""Where each setting in force came from: a flag, a variable, the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from bak_tui.core.profile import Profile, Server, Target

if TYPE_CHECKING:
    from bak_tui.core.settings import Flags


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting, its value as it may be shown, and where it came from."""

    name: str
    value: str
    source: str


_SERVER_ENVIRONMENT = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
_ENVIRONMENT: Mapping[str, tuple[str, ...]] = {
    **{name: (variable,) for name, variable in _SERVER_ENVIRONMENT.items()},
    "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "key": ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"),
    "secret": ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"),
    "aws_profile": ("AWS_PROFILE",),
    "ca_bundle": ("AWS_CA_BUNDLE",),
    "bucket": ("BAK_BUCKET",),
    "pg_bindir": ("BAK_PG_BINDIR",),
}
_OF_KEYS = frozenset({"key", "secret", "aws_profile"})
_HIDDEN = frozenset({"password", "secret"})


def find_origins(
    flags: Flags,
    environment: Mapping[str, str],
    profile: Profile,
    stored: Mapping[str, tuple[str, str]],
) -> list[Origin]:
    """One line a setting: what is in force and who said so. `stored`: the profile's value and source."""
    server, target = profile.given_server or Server(), profile.given_target
    found: list[Origin] = []
    names = [field.name for field in fields(flags)]
    for name in [*names, *(extra for extra in stored if extra not in names)]:
        told = _origin(name, flags, environment, (server, target), stored)
        if told is None:
            continue
        value, source = told
        if name == "host" and "://" in value:
            value = server.host or "libpq's default"
        found.append(Origin(name, "•••" if name in _HIDDEN else value, source))
    return found


def _origin(
    name: str,
    flags: Flags,
    environment: Mapping[str, str],
    ends: tuple[Server, Target | None],
    stored: Mapping[str, tuple[str, str]],
) -> tuple[str, str] | None:
    """Value and source of one setting; None when nobody said anything."""
    said = getattr(flags, name, None)
    if said is not None and not isinstance(said, bool):
        return str(said), f"--{name.replace('_', '-')}"
    derived, value = _derived(name, *ends), stored.get(name)
    if value is not None and derived not in {None, value[0]}:
        value = None  # it came inside another one: a port in `host:port`, a prefix in `s3://bucket/prefix`
    variables = [variable for variable in _ENVIRONMENT.get(name, ()) if environment.get(variable)]
    if variables and (value is None or variables[0].startswith("BAK_")) and not _has_keys(name, stored):
        return environment[variables[0]], variables[0]
    if value is not None:
        return value
    if derived is not None:
        return derived, "--host" if name in _SERVER_ENVIRONMENT else "--bucket or BAK_BUCKET"
    return None


def _has_keys(name: str, stored: Mapping[str, tuple[str, str]]) -> bool:
    """Whether the profile brings keys, so that those of the environment are not in force."""
    return name in _OF_KEYS and bool({"keys", "aws_profile"} & stored.keys())


def _derived(name: str, server: Server, target: Target | None) -> str | None:
    """What is in force, of the settings that may come inside another one."""
    value = {
        "port": server.port,
        "user": server.user,
        "password": server.password and "•••",
        "prefix": target.prefix if target and target.prefix else None,
    }.get(name)
    return None if value is None else str(value)
