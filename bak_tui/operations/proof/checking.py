"""One run of `verify` or `prove`: each dump for itself, the results kept beside them where they may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bak_tui.core.errors import FileProblem
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Target
from bak_tui.operations.bucket.checks import CheckBook
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.ports import Collaborators, ObjectStore
from bak_tui.operations.refused import Refused, unless_refused
from bak_tui.operations.restore.local_dumps import Dumps, LocalSource
from bak_tui.services.jobs import Job, Task

R = TypeVar("R")


def of_this_machine(dumps: Dumps) -> list[LocalSource | Refused]:
    """All of them, unless they are of a bucket. What is refused was looked for in either."""
    here = [dump for dump in dumps if not isinstance(dump, StoredDump)]
    return here if len(here) == len(dumps) else []


@dataclass(frozen=True, slots=True)
class CheckRun:
    """What all checks of one run share."""

    collaborators: Collaborators
    store: ObjectStore
    target: Target
    dumps: Sequence[StoredDump | Refused]
    book: CheckBook

    @classmethod
    def of(cls, collaborators: Collaborators, target: Target, dumps: Dumps, verb: str) -> CheckRun:
        """Raises FileProblem when there is nothing to check."""
        if not dumps:
            raise FileProblem(
                f"there is no dump to {verb}", hint="bak dumps lists the bucket's", kind="no_dumps"
            )
        store = collaborators.store(target)
        stored = [dump for dump in dumps if isinstance(dump, (StoredDump, Refused))]
        return cls(collaborators, store, target, stored, CheckBook(store))

    def each(self, parallel: int, job: Job[Report[R]], check: Callable[[Task, StoredDump], R]) -> Report[R]:
        """Check them, so many at once; one that is bad stops no other."""
        report = job.each([(dump.name, dump) for dump in self.dumps], parallel, unless_refused(check))
        return Report(report.outcomes, self.book.notes)
