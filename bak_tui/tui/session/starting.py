"""How a session begins: with saved profiles, with what flags and environment say, or with the demo."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bak_tui.core.last_place import LastPlace
from bak_tui.core.origins import password_source
from bak_tui.core.profile import Profile
from bak_tui.core.selection import Selection
from bak_tui.core.settings import Flags, resolve
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.tui.keys.keymap import keymap_of
from bak_tui.tui.screens.workbench import Workbench
from bak_tui.tui.session.begun import Begun
from bak_tui.tui.session.choices import Choice, choice_of, stored_choice
from bak_tui.tui.session.demo_profile import store_demo

DEMO_LINE = 150_000
"""Bytes a second to and from the demo's bucket, after a burst of 4 MB: its largest database then takes ten
seconds and more, enough to watch it and to cancel it; the others go through at once."""


def begin(resources: ExitStack, profile: str | None, config: str | None, place: LastPlace) -> Begun:
    """On the user's own profiles, and on what the environment says; `profile` is opened first."""
    settings = resolve(Flags(), os.environ)
    bak = resources.enter_context(
        Bak.open(pg_bindir=settings.pg_bindir, config=Path(config) if config else None)
    )
    choices = [stored_choice(bak, stored) for stored in bak.profiles.all()]
    if settings.profile.given_target is not None:
        choices.append(choice_of(settings.profile, password_source(settings.origins)))
    wanted = profile or os.environ.get("BAK_PROFILE")
    if wanted and wanted not in {choice.name for choice in choices}:
        bak.profiles.open(wanted)  # raises, saying what there is
    choices.sort(key=lambda choice: choice.name != (wanted or place.profile))
    own_keys = keymap_of(bak.profiles.key_table(), str(bak.profiles.path))
    return Begun(bak, Workbench(bak, choices, place=place), own_keys)


def begin_demo(resources: ExitStack) -> Begun:
    """On servers of its own, made ready while the workbench is up already, gone afterwards.

    Profiles and history are in the demo's folder too: nothing of the user's is read or written.
    """
    from bak_tui.demo import past, programs
    from bak_tui.demo.embedded import Embedded
    from bak_tui.services.throwaway.folder import ThrowawayFolder

    bindir = str(programs.embedded_bindir())
    folder = resources.enter_context(ThrowawayFolder.create())
    room = folder.room("session")
    bak = Bak.open(pg_bindir=bindir, config=room / "config.toml", state=room / "state")

    def prepare(say: Callable[[str], None]) -> Choice:
        say("starting PostgreSQL and S3 …")
        servers = resources.enter_context(Embedded.start(folder=folder))
        # After the servers on the stack, so that it is closed (and its jobs cleaned up) before them.
        resources.enter_context(bak)
        stored = store_demo(bak.profiles, servers, room)
        profile = bak.profiles.open(stored.name)
        # The jobs that make the past are not the session's: they get a history that nobody reads.
        with Bak.open(pg_bindir=bindir, config=room / "config.toml", state=room / "past") as earlier:
            past.prepare(servers, taking(earlier, profile), now=datetime.now(UTC), say=say)
        servers.s3.slow_down(DEMO_LINE)
        return stored_choice(bak, stored)

    return Begun(bak, Workbench(bak, [], banner="DEMO", prepares=True), prepare=prepare)


def taking(bak: Bak, profile: Profile) -> Callable[[Sequence[str]], None]:
    """What the demo makes its past with: a backup of the named databases, waited for."""

    def take(names: Sequence[str]) -> None:
        job = bak.backup(profile, Selection(tuple(names)), BackupOptions(parallel=2))
        for outcome in job.result().outcomes:
            if outcome.error is not None:
                raise outcome.error

    return take
