"""What was said before any setting is in force: on the command line, and by a stored profile."""

from __future__ import annotations

from dataclasses import dataclass

from bak_tui.core.profile import Profile, Server
from bak_tui.core.secret import Secret


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
    allows_plain_http: bool = False
    is_anonymous: bool = False
    pg_bindir: str | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A profile as a source of settings: without its secrets, but with where they would come from."""

    profile: Profile
    password_from: str | None = None
    """In words; None is: libpq finds it."""
    keys_from: str | None = None
    """In words; None is: the AWS default chain."""

    @property
    def server(self) -> Server:
        return self.profile.given_server or Server()
