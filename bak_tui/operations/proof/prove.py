"""`prove`: each backup restored into a scratch database and compared; one that fails stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bak_tui.core.errors import FileProblem
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile
from bak_tui.operations.bucket.checks import CheckBook
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.proof.proving import Proven, ProveOne
from bak_tui.operations.proof.stages import StageFor, local_stages, own_stage
from bak_tui.operations.restore.loading import LoadOptions
from bak_tui.operations.restore.spool import spool_folder
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
    if not dumps:
        raise FileProblem("there is no dump to prove", hint="bak dumps lists the bucket's", kind="no_dumps")
    target = profile.target
    store = collaborators.store(target)
    book = CheckBook(store)
    how = LoadOptions(options.jobs)
    with (
        _stages(collaborators, profile, options) as stage_for,
        spool_folder(collaborators.journal, "prove") as folder,
    ):
        report = job.each(
            [(dump.path, dump) for dump in dumps],
            options.parallel,
            lambda task, dump: ProveOne(collaborators, store, target, stage_for, how, folder, book, task)(
                dump
            ),
        )
    return Report(report.outcomes, book.notes)


def _stages(
    collaborators: Collaborators, profile: Profile, options: ProveOptions
) -> AbstractContextManager[StageFor]:
    if options.is_local:
        return local_stages(collaborators, collaborators.local_server)
    return own_stage(collaborators, profile)
