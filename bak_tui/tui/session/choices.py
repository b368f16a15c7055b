"""The profiles a session can choose from, saved ones and those made for the moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bak_tui.core.profile import Profile
from bak_tui.core.secret import Secret
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.operations.bak import Bak


@dataclass(frozen=True)
class Choice:
    """A profile that is not opened yet: its secrets are resolved only when it is."""

    name: str
    environment: str
    is_read_only: bool
    open: Callable[[Secret | None], Profile]
    """With the password, once it was asked for. May raise PasswordNeeded, and take a while."""
    password_source: Callable[[], str]
    """In words, where the password comes from that it is opened with unasked. May raise UsageError, too."""
    is_stored: bool = False
    """Whether it stands in the file of profiles, and can be changed there."""
    made_of: Profile | None = None
    """What was at hand, when it stands nowhere: a stored profile can be made of it."""


def choice_of(profile: Profile, password_source: str = "") -> Choice:
    """A profile that is at hand already; where its password came from, in words."""

    def opened(password: Secret | None) -> Profile:
        if password is None or profile.given_server is None:
            return profile
        return replace(profile, given_server=replace(profile.given_server, password=password))

    return Choice(
        profile.name,
        profile.environment,
        profile.is_read_only,
        opened,
        lambda: password_source,
        made_of=profile,
    )


def stored_choice(bak: Bak, stored: StoredProfile) -> Choice:
    """A profile of the file; it is read again when it is opened."""
    return Choice(
        stored.name,
        stored.environment,
        stored.is_read_only,
        lambda password: bak.profiles.open(stored.name, password),
        lambda: bak.profiles.password_source(stored.name),
        is_stored=True,
    )
