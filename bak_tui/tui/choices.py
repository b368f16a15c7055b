"""The profiles a session can choose from, saved ones and those made for the moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bak_tui.core.profile import Profile


@dataclass(frozen=True)
class Choice:
    """A profile that is not opened yet: its secrets are resolved only when it is."""

    name: str
    environment: str
    is_read_only: bool
    open: Callable[[], Profile]
    """May raise PasswordNeeded, and take a while (a command may be run)."""


def choice_of(profile: Profile) -> Choice:
    """A profile that is at hand already."""
    return Choice(profile.name, profile.environment, profile.is_read_only, lambda: profile)
