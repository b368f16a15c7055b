"""Stored profiles opened: their secrets fetched from where the references say, when they are needed.

`Profiles` is what a front end holds as `bak.profiles`; the functions serve flags and profiles alike.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bak_tui.core.origins import password_source
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.references import KeysSource, PasswordSource
from bak_tui.core.secret import Secret
from bak_tui.core.settings import Flags, Preset, resolve
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.operations.on_demand import on_demand
from bak_tui.operations.ports import Collaborators
from bak_tui.services import credentials
from bak_tui.services.profiles import config_path

if TYPE_CHECKING:
    from bak_tui.operations.doctor.examining import Findings
    from bak_tui.operations.profiles.candidates import Candidate, find_candidates
    from bak_tui.operations.profiles.trial import try_profile
else:
    find_candidates = on_demand("profiles.candidates", "find_candidates")
    try_profile = on_demand("profiles.trial", "try_profile")


class Profiles:
    """The stored profiles: every call reads the file anew, for an editor may have changed it."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._with = collaborators
        self._store = collaborators.profiles

    @property
    def path(self) -> Path:
        """The file they stand in."""
        return self._store.path

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be told of the file itself, such as that others could read it."""
        return self._store.notes

    def all(self) -> tuple[StoredProfile, ...]:
        """Every stored profile, in the file's order."""
        return self._store.all()

    def get(self, name: str) -> StoredProfile:
        """One of them; UsageError, with the nearest name, when there is none."""
        return self._store.get(name)

    def check(self, name: str) -> None:
        """UsageError, with the nearest name, when there is no such profile; it may be damaged."""
        self._store.check(name)

    def open(self, name: str, password: Secret | None = None) -> Profile:
        """One with its secrets. PasswordNeeded when it asks: call again with the answer."""
        folders = self._with.tools.folders
        pg_bindir = folders if folders and folders != os.environ.get("BAK_PG_BINDIR") else ""
        opened = open_profile(self._store.get(name), password)
        return replace(opened, config=self.config, pg_bindir=pg_bindir)

    def password_source(self, name: str) -> str:
        """Where one's password comes from, in words. UsageError when the profile cannot be read."""
        return password_source(resolve(Flags(), os.environ, preset_of(self._store.get(name))).origins)

    @property
    def config(self) -> str:
        """The file's path, where it is not the one that every `bak` reads here."""
        return "" if self.path == config_path(None, os.environ) else str(self.path.absolute())

    def save(self, stored: StoredProfile, *, replaces: str | None = None) -> None:
        """Write a profile; `replaces` is the name of the one that is being changed."""
        self._store.save(stored, replaces=replaces)

    def remove(self, name: str) -> None:
        """Forget a profile; nothing it names is touched."""
        self._store.remove(name)

    def key_table(self) -> dict[str, str]:
        """The `[keys]` beside them in the file: what the user's keys do, by the action's id."""
        return self._store.key_table()

    def test(self, profile: Profile) -> Findings:
        """Both ends tried out, as far as a backup needs them."""
        return try_profile(self._with, profile)

    def candidates(self) -> list[Candidate]:
        """What pg_service.conf and ~/.aws know, to make profiles of."""
        return find_candidates()


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
