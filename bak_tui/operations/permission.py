"""What must be allowed before anything that exists is replaced: the profile's policy, and the typed name."""

from __future__ import annotations

from collections.abc import Collection

from bak_tui.core.errors import ConfirmationNeeded, UsageError
from bak_tui.core.profile import Profile, Server


def refuse_read_only(server: Server) -> None:
    """Raise UsageError when the server is a read-only profile's; before it is asked anything."""
    if server.guarded_by is not None:
        raise UsageError(
            f"profile {server.guarded_by} is read-only; nothing is restored into its server",
            hint="restore elsewhere with --to PROFILE, or take read_only out of the profile",
            kind="read_only",
        )


def refuse_cleaning(profile: Profile) -> None:
    """Raise UsageError when nothing may be removed from the profile's server and bucket."""
    server = profile.given_server
    guard = profile.name if profile.is_read_only else server.guarded_by if server is not None else None
    if guard is not None:
        raise UsageError(
            f"profile {guard} is read-only; nothing is removed from its server or bucket",
            hint="take read_only out of the profile; bak doctor without --clean tells what is there",
            kind="read_only",
        )


def require_name(name: str, confirmed: Collection[str], what: str) -> None:
    """Raise ConfirmationNeeded unless exactly `name` was confirmed. `what` says what would happen to it."""
    if name not in confirmed:
        raise ConfirmationNeeded(
            f"{what}; nothing was touched", hint=f"if that is meant: --confirm {name}", name=name
        )
