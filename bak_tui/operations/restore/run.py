"""`restore`: each dump into a database of its own; every target is checked before one is touched."""

from __future__ import annotations

from collections.abc import Sequence

from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Server
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.restore.restoring import Restored, RestoreOne
from bak_tui.operations.restore.sources import DumpSource
from bak_tui.operations.restore.targets import RestoreOptions, choose_targets, require_names
from bak_tui.operations.restore.trust import require_saying
from bak_tui.operations.spool import spool_folder
from bak_tui.services.jobs import Job


def run_restores(
    collaborators: Collaborators,
    server: Server,
    sources: Sequence[DumpSource],
    options: RestoreOptions,
    job: Job[Report[Restored]],
) -> Report[Restored]:
    """Restore all; each is fetched, hashed, restored into a scratch database, compared, then named."""
    items = choose_targets(collaborators, server, sources, options)
    require_names(items, options.confirmed)
    require_saying(collaborators, server, sources, options.consent)
    with spool_folder(collaborators.journal, "restore") as folder:
        return job.each(
            [(item.source.name, item) for item in items],
            options.parallel,
            lambda task, item: RestoreOne(collaborators, server, item, folder, task)(),
        )


def newest_of_each(sources: Sequence[DumpSource]) -> tuple[list[DumpSource], tuple[str, ...]]:
    """Of several dumps of one database the newest, and a note on each choice."""
    by_database: dict[str, list[DumpSource]] = {}
    for source in sources:
        by_database.setdefault(source.database, []).append(source)
    chosen, notes = [], []
    for database, dumps in by_database.items():
        newest = max(dumps, key=lambda source: (source.taken, source.name))
        chosen.append(newest)
        if len(dumps) > 1:
            notes.append(f"{database}: the newest of {len(dumps)} dumps is taken, {newest.name}")
    return chosen, tuple(notes)
