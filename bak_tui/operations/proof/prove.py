"""`prove`: each backup restored into a scratch database and compared; one that fails stops no other."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from bak_tui.core.consent import NO_CONSENT, Consent
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.proof.checking import CheckRun, of_this_machine
from bak_tui.operations.proof.proving import Proven, ProveOne, ProveStored
from bak_tui.operations.proof.stages import StageFor, local_stages, own_stage
from bak_tui.operations.refused import unless_refused
from bak_tui.operations.restore.loading import LoadOptions
from bak_tui.operations.restore.local_dumps import Dumps, LocalSource
from bak_tui.operations.spool import spool_folder
from bak_tui.services.jobs import Job, Task


@dataclass(frozen=True, slots=True)
class ProveOptions:
    """How backups are proven."""

    parallel: int = 1
    """Backups at once; each takes its own size on this machine's disk while it is restored."""
    jobs: int = 1
    """Workers within one database."""
    is_local: bool = False
    """On throw-away servers of this machine; the profile's own server is not asked anything."""
    consent: Consent = NO_CONSENT
    """To code that nothing vouches for, run by a superuser: see `restore.trust`. Locally it is one."""


def run_prove(
    collaborators: Collaborators,
    profile: Profile,
    dumps: Dumps,
    options: ProveOptions,
    job: Job[Report[Proven]],
) -> Report[Proven]:
    """Prove backups of the profile's bucket, or of this machine, on its server or locally.

    Results are kept beside those in a bucket.
    """
    here = of_this_machine(dumps)
    run = None if here else CheckRun.of(collaborators, profile.target, dumps, "prove")
    how = LoadOptions(options.jobs)
    with (
        _stages(collaborators, profile, options) as stage_for,
        spool_folder(collaborators.journal, "prove") as folder,
    ):

        def proving(task: Task) -> ProveOne:
            return ProveOne(collaborators, stage_for, how, folder, task, consent=options.consent)

        def prove_here(task: Task, source: LocalSource) -> Proven:
            return proving(task)(source)

        if run is None:
            check = unless_refused(prove_here)
            subjects = [(source.name, source) for source in here]
            return job.each(subjects, options.parallel, check)
        return run.each(options.parallel, job, lambda task, dump: ProveStored(run, proving(task))(dump))


def _stages(
    collaborators: Collaborators, profile: Profile, options: ProveOptions
) -> AbstractContextManager[StageFor]:
    if options.is_local:
        return local_stages(collaborators, collaborators.local_server)
    return own_stage(collaborators, profile)
