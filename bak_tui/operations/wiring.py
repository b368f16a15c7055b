"""The real services, put together for `Bak.open`. Tests put their own together and need no patching."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bak_tui.operations.checkpoint import no_checkpoint
from bak_tui.operations.ports import Collaborators, Limits
from bak_tui.services.cache import DocumentCache
from bak_tui.services.history import History
from bak_tui.services.journal import Journal, ProcessTable
from bak_tui.services.pgtools import Toolbox
from bak_tui.services.postgres import Instance
from bak_tui.services.profiles import ProfileStore, config_path
from bak_tui.services.s3 import Accesses, Bucket
from bak_tui.services.state_folder import state_folder


def real_services(pg_bindir: str | None, limits: Limits, config: Path | None, state: Path) -> Collaborators:
    """Collaborators as the program ships with. `pg_bindir` replaces the search for client programs."""
    return Collaborators(
        postgres=lambda server, name: Instance(server, application_name=name, lock_timeout=limits.lock),
        store=partial(Bucket.open, accesses=Accesses()),
        tools=Toolbox(pg_bindir),
        clock=lambda: datetime.now(UTC),
        checkpoint=no_checkpoint,
        limits=limits,
        journal=Journal(state),
        documents=DocumentCache(state / "documents-1.sqlite"),
        profiles=ProfileStore(config_path(config, os.environ)),
    )


def real_history(state: Path | None) -> History:
    """The history of this machine, in `state` or where the environment says; it misses jobs that died."""
    return History(state or state_folder(os.environ), processes=ProcessTable())
