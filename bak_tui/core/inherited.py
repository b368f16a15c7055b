"""What a program that we start inherits of our environment: all of it but secrets, which it has no use for.

A process's environment can be read by whatever runs under its account, and is written into its core files.
"""

from __future__ import annotations

from collections.abc import Mapping

from bak_tui.core.secret import living_secrets

_SECRET = frozenset({"PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"})
"""By their names; a server's password is given in another way."""


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without those, and without what a profile takes a secret from."""
    known = {secret.reveal() for secret in living_secrets()}
    return {
        name: value
        for name, value in environment.items()
        if name not in _SECRET and (not value or value not in known)
    }
