"""`prove`: each backup restored into a scratch database and compared; one that fails stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.proof.checking import CheckRun
from bak_tui.operations.proof.proving import Proven, ProveOne
from bak_tui.operations.proof.stages import StageFor, local_stages, own_stage
from bak_tui.operations.restore.loading import LoadOptions
from bak_tui.operations.spool import spool_folder
from bak_tui.services.jobs import Job


@dataclass(frozen=True, slots=True)
class ProveOptions:
    """How backups are proven."""

    parallel: int = 1
    """Backups at once; each takes its own size on this machine's disk while it is restored."""
    jobs: int = 1
    """Workers within one database."""
    is_local: bool = False
    """On throw-away servers of this machine; the profile's own server is not asked anything."""


def run_prove(
    collaborators: Collaborators,
    profile: Profile,
    dumps: Sequence[StoredDump],
    options: ProveOptions,
    job: Job[Report[Proven]],
) -> Report[Proven]:
    """Prove backups of the profile's bucket on its server, or locally; results are kept beside them."""
    run = CheckRun.of(collaborators, profile.target, dumps, "prove")
    how = LoadOptions(options.jobs)
    with (
        _stages(collaborators, profile, options) as stage_for,
        spool_folder(collaborators.journal, "prove") as folder,
    ):
        return run.each(
            options.parallel,
            job,
            lambda task, dump: ProveOne(run, stage_for, how, folder, task)(dump),
        )


def _stages(
    collaborators: Collaborators, profile: Profile, options: ProveOptions
) -> AbstractContextManager[StageFor]:
    if options.is_local:
        return local_stages(collaborators, collaborators.local_server)
    return own_stage(collaborators, profile)
