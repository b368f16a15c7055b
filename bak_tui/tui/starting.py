"""How a session begins: with saved profiles, with what flags and environment say, or with the demo."""

from __future__ import annotations

import os
from contextlib import ExitStack

from bak_tui.core.profile import Profile
from bak_tui.core.settings import Flags, resolve
from bak_tui.operations.bak import Bak
from bak_tui.tui.app import BakApp
from bak_tui.tui.choices import Choice, choice_of


def start(resources: ExitStack, profile: str | None, config: str | None) -> BakApp:
    """The app on the user's own profiles; `profile` is opened first."""
    del profile, config
    settings = resolve(Flags(), os.environ)
    bak = resources.enter_context(Bak.open(pg_bindir=settings.pg_bindir))
    choices = [choice_of(settings.profile)] if settings.profile.given_target else []
    return BakApp(bak, choices)


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
