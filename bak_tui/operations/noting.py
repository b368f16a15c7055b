"""What concerns every job, whatever it does: told in its report beside the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bak_tui.core.outcomes import Report
from bak_tui.operations.ports import Journal
from bak_tui.services.jobs import Job

R = TypeVar("R")


def noting(
    journal: Journal, work: Callable[[Job[Report[R]]], Report[R]]
) -> Callable[[Job[Report[R]]], Report[R]]:
    """The same work; its report says when the journal could not be kept."""

    def noted(job: Job[Report[R]]) -> Report[R]:
        report = work(job)
        problem = journal.problem
        return replace(report, notes=(*report.notes, problem)) if problem else report

    return noted
