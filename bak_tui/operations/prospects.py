"""The plan of a restore: every target's four lines, its checks, and how long it took before."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bak_tui.core.databases import Database
from bak_tui.core.jobs import JobState
from bak_tui.core.names import parse_dump_name
from bak_tui.core.plan import Mode, Prospect
from bak_tui.core.profile import Server
from bak_tui.operations.changes import TargetFacts, changes
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.operations.precheck import CheckedFacts, checks
from bak_tui.operations.sources import DumpSource
from bak_tui.operations.targets import RestoreItem, RestoreOptions, choose_targets
from bak_tui.services.folder import free_space
from bak_tui.services.history import PastJobs


def foresee(
    collaborators: Collaborators,
    server: Server,
    sources: Sequence[DumpSource],
    options: RestoreOptions,
    past: PastJobs,
) -> tuple[Prospect, ...]:
    """A prospect for every dump. Raises what the restore itself would raise beforehand, but asks no name."""
    items = choose_targets(collaborators, server, sources, options)
    instance = collaborators.postgres(server, "bak")
    databases = {each.name: each for each in instance.databases()}
    return tuple(_prospect(collaborators, instance, databases, item, options, past) for item in items)


def _prospect(
    collaborators: Collaborators,
    instance: Postgres,
    databases: dict[str, Database],
    item: RestoreItem,
    options: RestoreOptions,
    past: PastJobs,
) -> Prospect:
    source = item.source
    is_over = item.mode in {Mode.SWAP, Mode.CLEAN}
    live = databases.get(item.target)
    facts = TargetFacts(
        database=item.target,
        mode=item.mode,
        taken=source.taken,
        manifest=source.manifest,
        live_size=live.size if live else None,
        live_rows=instance.row_estimates(item.target) if is_over else {},
        now=collaborators.clock(),
        names=frozenset(databases),
    )
    checked = CheckedFacts(
        mode=item.mode,
        identity=instance.identity(),
        tools=item.tools,
        manifest=source.manifest,
        portion=options.portion,
        spool_size=source.spool_size,
        spool_free=free_space(Path(tempfile.gettempdir())),
        restored_size=facts.restored_size,
        sessions=instance.sessions(item.target) if is_over else (),
        terminates=item.terminates,
        patience=collaborators.limits.sessions,
    )
    return Prospect(
        source=source.name,
        reference=source.reference,
        taken=source.taken,
        dump_size=source.size,
        database=item.target,
        mode=item.mode,
        needs_name=item.needs_name,
        changes=changes(facts),
        checks=checks(checked),
        seconds=_took_before(source.database, past),
        arguments=options.arguments(needs_name=item.needs_name, target=item.target),
    )


def _took_before(database: str, past: PastJobs) -> float | None:
    """The median of what restores of this database alone took, in seconds."""
    took = [
        (job.finished - job.started).total_seconds()
        for job in past.jobs
        if job.verb == "restore"
        and job.state in {JobState.OK, JobState.WARN}
        and len(job.items) == 1
        and parse_dump_name(job.items[0].subject).database == database
        and job.started is not None
        and job.finished is not None
    ]
    return median(took) if took else None
