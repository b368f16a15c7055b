"""What was said on the command line, as settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bak_tui.core.secret import Secret
from bak_tui.core.settings import Flags


def flags_of(said: Mapping[str, Any]) -> Flags:
    """The flags; a password file is read and a password command run here."""
    return Flags(
        host=said.get("host"),
        port=said.get("port"),
        user=said.get("user"),
        password=_password(said),
        endpoint=said.get("endpoint"),
        bucket=said.get("bucket"),
        prefix=said.get("prefix"),
        key=said.get("key"),
        secret=Secret(said["secret"]) if said.get("secret") else None,
        aws_profile=said.get("aws_profile"),
        region=said.get("region"),
        ca_bundle=said.get("ca_bundle"),
        verifies_tls=not said.get("is_unverified"),
        allows_plain_http=bool(said.get("allows_plain_http")),
        is_anonymous=bool(said.get("is_anonymous")),
        pg_bindir=said.get("pg_bindir"),
    )


def _password(said: Mapping[str, Any]) -> Secret | None:
    from bak_tui.services import credentials

    ways = [name for name in ("password", "password_file", "password_command") if said.get(name)]
    if len(ways) > 1:
        raise click.UsageError("give the password in one way only")
    if said.get("password_file"):
        return credentials.from_file(said["password_file"])
    if said.get("password_command"):
        return credentials.from_command(said["password_command"])
    return Secret(said["password"]) if said.get("password") else None
