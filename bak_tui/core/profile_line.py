"""The `bak profiles add` line that stores a profile as it is: what the profile form shows.

Of a secret only where it is to be found stands there, as in the file.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from bak_tui.core.command_line import command_of
from bak_tui.core.stored_profile import StoredProfile

_SERVER = {
    "host": "--host",
    "port": "--port",
    "user": "--user",
    "database": "--maintenance-db",
    "service": "--service",
    "sslmode": "--sslmode",
    "sslrootcert": "--sslrootcert",
}
_TARGET = {
    "bucket": "--bucket",
    "prefix": "--prefix",
    "endpoint": "--endpoint",
    "region": "--region",
    "addressing": "--addressing",
    "ca_bundle": "--ca-bundle",
}
_PASSWORD = {
    "env": "--password-env",
    "file": "--password-file",
    "command": "--password-command",
    "keyring": "--password-keyring",
    "prompt": "--ask-password",
}
_KEYS = {
    "profile": "--aws-profile",
    "env": "--keys-env",
    "file": "--keys-file",
    "command": "--keys-command",
    "keyring": "--keys-keyring",
    "anonymous": "--no-sign-request",
}


def add_line(stored: StoredProfile, config: str, replaces: str | None) -> str:
    """It takes the place of `replaces`; under another name that one is forgotten afterwards.

    `config` is the file, where it is not the one `bak` reads by itself.
    """
    where = ["--config", config] if config else []
    given = stored.document()
    server: Mapping[str, Any] = given.get("server", {})
    target: Mapping[str, Any] = given.get("target", {})
    words = [*where, *_flags(_SERVER, server)]
    for name, value in server.get("options", {}).items():
        words += ["--option", f"{name}={value}"]
    words += _reference(_PASSWORD, server.get("password", {}))
    words += [*_flags(_TARGET, target), *_reference(_KEYS, target.get("keys", {}))]
    words += ["--no-verify-ssl"] if target.get("verify_tls") is False else []
    words += ["--plain-http"] if target.get("plain_http") else []
    policy = {"environment": "--environment", "max_age": "--max-age"}
    words += _flags(policy, given)
    words += ["--read-only"] if stored.is_read_only else []
    words += ["--replace"] if replaces == stored.name else []
    line = command_of("profiles", "add", stored.name, *words)
    if replaces not in (None, stored.name):
        line += f" && {remove_line(str(replaces), config)}"
    return line


def remove_line(name: str, config: str) -> str:
    """The line that forgets a profile."""
    where = ["--config", config] if config else []
    return command_of("profiles", "rm", name, *where, "--yes")


def _flags(flags: Mapping[str, str], given: Mapping[str, Any]) -> list[str]:
    return [word for name, flag in flags.items() if name in given for word in (flag, str(given[name]))]


def _reference(flags: Mapping[str, str], reference: Mapping[str, Any]) -> list[str]:
    source = str(reference.get("from", ""))
    if source not in flags:
        return []  # what libpq and boto find by themselves needs no word
    detail = reference.get("name") or reference.get("path") or ""
    if reference.get("argv"):
        detail = shlex.join(reference["argv"])
    elif reference.get("names"):
        detail = ",".join(reference["names"])
    return [flags[source], str(detail)] if detail else [flags[source]]
