"""`verify`: each dump as deep as asked; one that is bad does not stop the others."""

from __future__ import annotations

from dataclasses import dataclass

from bak_tui.core.levels import Level
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.proof.checking import CheckRun, of_this_machine
from bak_tui.operations.proof.verifying import Verified, VerifyOne
from bak_tui.operations.proof.verifying_local import VerifyLocal
from bak_tui.operations.refused import unless_refused
from bak_tui.operations.restore.local_dumps import Dumps, LocalSource
from bak_tui.operations.spool import spool_folder
from bak_tui.services.jobs import Job, Task


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """How dumps are verified."""

    level: Level = Level.BYTES
    """Every byte: the least that makes a backup *verified*. Level 1 sees no flipped bit, and level 3 adds
    only what was known when the dump was written, at the price of decoding it."""
    parallel: int = 1
    """Dumps at once; each takes up to 16 MiB of memory."""


def run_verify(
    collaborators: Collaborators,
    profile: Profile,
    dumps: Dumps,
    options: VerifyOptions,
    job: Job[Report[Verified]],
) -> Report[Verified]:
    """Verify dumps of the profile's bucket, or of this machine.

    Results are kept beside those in a bucket, where the credentials may.
    """
    if here := of_this_machine(dumps):
        with spool_folder(collaborators.journal, "verify") as spool:

            def verify_here(task: Task, source: LocalSource) -> Verified:
                return VerifyLocal(collaborators, options.level, spool, task)(source)

            check = unless_refused(verify_here)
            subjects = [(source.name, source) for source in here]
            return job.each(subjects, options.parallel, check)
    run = CheckRun.of(collaborators, profile.target, dumps, "verify")
    return run.each(options.parallel, job, lambda task, dump: VerifyOne(run, options.level, task)(dump))
