"""What was named among others and is refused before anything is done with it: it fails for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bak_tui.core.errors import BakError

if TYPE_CHECKING:
    from bak_tui.services.jobs import Task

R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True)
class Refused:
    """In the place of a database or a dump."""

    name: str
    error: BakError


def unless_refused(work: Callable[[Task, S], R]) -> Callable[[Task, S | Refused], R]:
    """`work` for `Job.each`: of what is refused the error is raised, which stops no other."""

    def work_or_refuse(task: Task, subject: S | Refused) -> R:
        if isinstance(subject, Refused):
            raise subject.error
        return work(task, subject)

    return work_or_refuse
