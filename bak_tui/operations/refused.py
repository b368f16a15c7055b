"""What was named among others and is refused before anything is done with it: it fails for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bak_tui.core.errors import BakError, StoreError, UsageError

if TYPE_CHECKING:
    from bak_tui.services.jobs import Task

R = TypeVar("R")
S = TypeVar("S")
_OF_ONE_OBJECT = frozenset({"not_found", "access_denied", "archived"})
"""Of a store's refusals those that tell nothing of its other objects."""


@dataclass(frozen=True)
class Refused:
    """In the place of a database or a dump."""

    name: str
    error: BakError


def or_refused(name: str, find: Callable[[], R]) -> R | Refused:
    """What `find` gives, or why it cannot be had. An error that is not about this one alone is raised."""
    try:
        return find()
    except UsageError as error:
        return Refused(name, error)
    except StoreError as error:
        if error.kind not in _OF_ONE_OBJECT:
            raise
        return Refused(name, error)


def raise_alone(named: Sequence[object]) -> None:
    """Raise what is wrong with what was named when nothing else was: then there is nothing to be done."""
    if len(named) == 1 and isinstance(named[0], Refused):
        raise named[0].error


def unless_refused(work: Callable[[Task, S], R]) -> Callable[[Task, S | Refused], R]:
    """`work` for `Job.each`: of what is refused the error is raised, which stops no other."""

    def work_or_refuse(task: Task, subject: S | Refused) -> R:
        if isinstance(subject, Refused):
            raise subject.error
        return work(task, subject)

    return work_or_refuse
