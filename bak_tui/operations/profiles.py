"""Stored profiles opened: their secrets fetched from where the references say, when they are needed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.references import KeysSource, PasswordSource
from bak_tui.core.secret import Secret
from bak_tui.core.settings import Preset
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.services import credentials, importing


def preset_of(stored: StoredProfile) -> Preset:
    """The profile as a source of settings, below flags and `BAK_*`."""
    server, target = stored.server, stored.target
    by_libpq = server is None or server.password.source is PasswordSource.LIBPQ
    by_chain = target is None or target.keys.source is KeysSource.DEFAULT
    return Preset(
        stored.profile(),
        password_from=None if server is None or by_libpq else str(server.password),
        keys_from=None if target is None or by_chain else str(target.keys),
    )


def open_profile(stored: StoredProfile, password: Secret | None = None) -> Profile:
    """Both ends with their secrets. `password` is the user's answer, and goes before any reference.

    Raises PasswordNeeded when the profile asks for one and none is given, UsageError when a reference fails.
    """
    profile = stored.profile()
    server, target = profile.given_server, profile.given_target
    return replace(
        profile,
        given_server=server and with_password(server, stored, password),
        given_target=target and with_keys(target, stored),
    )


def with_password(
    server: Server,
    stored: StoredProfile,
    password: Secret | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Server:
    """The server with the password that the profile refers to."""
    if password is None and stored.server is not None:
        password = credentials.password(stored.server.password, f"profile {stored.name}", environment)
    return replace(server, password=password) if password is not None else server


def with_keys(target: Target, stored: StoredProfile, environment: Mapping[str, str] = os.environ) -> Target:
    """The bucket with the keys that the profile refers to."""
    if stored.target is None:
        return target
    found = credentials.keys(stored.target.keys, f"profile {stored.name}", environment)
    if found is None:
        return target
    return replace(
        target,
        access_key=found.access_key,
        secret_key=found.secret_key,
        session_token=found.session_token,
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """Half a profile that another program knows already."""

    kind: str
    """`pg_service` or `aws`."""
    name: str
    told: str
    """What it is, for choosing."""
    fields: Mapping[str, Any]
    """What goes into `[profiles.NAME.server]` or `[profiles.NAME.target]`; a bucket is never among it."""

    @property
    def part(self) -> str:
        return "server" if self.kind == "pg_service" else "target"

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def find_candidates(environment: Mapping[str, str] = os.environ, home: Path | None = None) -> list[Candidate]:
    """Services of pg_service.conf and profiles of ~/.aws, to make profiles of."""
    home = home or Path.home()
    found = [
        Candidate("pg_service", service.name, service.told, {"service": service.name})
        for service in importing.services(environment, home)
    ]
    for each in importing.aws_profiles(environment, home):
        given = {"region": each.region, "endpoint": each.endpoint}
        fields = {name: value for name, value in given.items() if value}
        told = " ".join(f"{name}={value}" for name, value in fields.items())
        keys = {"keys": {"from": "profile", "name": each.name}}
        found.append(Candidate("aws", each.name, told, {**fields, **keys}))
    return found
