"""How a session begins: with saved profiles, with what flags and environment say, or with the demo."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from bak_tui.core.profile import Profile
from bak_tui.core.settings import Flags, resolve
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.operations.bak import Bak
from bak_tui.tui.app import BakApp
from bak_tui.tui.choices import Choice, choice_of


def start(resources: ExitStack, profile: str | None, config: str | None) -> BakApp:
    """The app on the user's own profiles, and on what the environment says; `profile` is opened first."""
    settings = resolve(Flags(), os.environ)
    bak = resources.enter_context(
        Bak.open(pg_bindir=settings.pg_bindir, config=Path(config) if config else None)
    )
    choices = [_saved(bak, stored) for stored in bak.profiles()]
    if settings.profile.given_target is not None:
        choices.append(choice_of(settings.profile))
    wanted = profile or os.environ.get("BAK_PROFILE")
    if wanted and wanted not in {choice.name for choice in choices}:
        bak.profile(wanted)  # raises, saying what there is
    choices.sort(key=lambda choice: choice.name != wanted)
    return BakApp(bak, choices)


def _saved(bak: Bak, stored: StoredProfile) -> Choice:
    return Choice(
        stored.name,
        stored.environment,
        stored.is_read_only,
        lambda password: bak.profile(stored.name, password),
    )


def start_demo(resources: ExitStack) -> BakApp:
    """The app on servers of its own, made ready while the screen is up already, gone afterwards."""
    from bak_tui.demo import programs
    from bak_tui.demo.embedded import Embedded
    from bak_tui.demo.seed import seed

    bak = Bak.open(pg_bindir=str(programs.embedded_bindir()))

    def prepare() -> Choice:
        servers = resources.enter_context(Embedded.start())
        # After the servers on the stack, so that it is closed (and its jobs cleaned up) before them.
        resources.enter_context(bak)
        seed(servers.server)
        return choice_of(Profile("demo", servers.server, servers.target, environment="DEMO"))

    return BakApp(bak, [], banner="DEMO", prepare=prepare)
