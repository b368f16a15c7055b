"""The end of a run: every database's outcome as a table for people, as a document for programs.

What other verbs come to is imported only where it is told of: a table of what went well needs none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bak_tui.cli import output
from bak_tui.core.checks import PartsDiffer
from bak_tui.core.comparison import Comparison, CountsDiffer
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.wording import plural

if TYPE_CHECKING:
    from bak_tui.operations.results import Result

_MOST_TABLES = 10
_WORDS = {JobState.WARN: "OK WITH WARNINGS"}


def print_report(command: str, report: Report[Result], *, is_json: bool, is_quiet: bool) -> None:
    """Print a whole run's report."""
    if is_json:
        fields = {
            "state": str(report.state.lower()),
            "exit_code": int(report.exit_code),
            "outcomes": [_fields(outcome) for outcome in report.outcomes],
            "notes": list(report.notes),
        }
        output.document(command, fields)
        return
    print_outcomes(report)
    if len(report.outcomes) > 1 and not is_quiet:
        good = sum(outcome.error is None for outcome in report.outcomes)
        output.note(f"bak: {command}: {good} of {plural(len(report.outcomes), 'item')} done")


def print_outcomes(report: Report[Any]) -> None:
    """What became of each, as a table; what is wrong with it, and what to do, below."""
    rows = [
        (_WORDS.get(outcome.state, outcome.state.value), outcome.subject, outcome.sentence)
        for outcome in report.outcomes
    ]
    output.table(("outcome", "what", "how"), rows)
    for outcome in report.outcomes:
        for warning in outcome.warnings:
            output.note(f"{outcome.subject}: {warning}")
        if outcome.error is not None:
            for told in filter(None, (outcome.error.left, outcome.error.hint)):
                output.note(f"{outcome.subject}: {told}")
        for line in _differences(_compared(outcome)):
            output.note(f"{outcome.subject}: {line}")
    for line in report.notes:
        output.note(f"bak: {line}")


def _compared(outcome: Outcome[Any]) -> Comparison | None:
    """What a restore that failed had brought back, where it was counted."""
    error = outcome.error
    if error is None:
        return None
    from bak_tui.operations.restore.loading import HarmfulComplaints

    return error.comparison if isinstance(error, (CountsDiffer, HarmfulComplaints)) else None


def _differences(comparison: Comparison | None) -> list[str]:
    """How much is not as it was, and the first tables of which that is true."""
    if comparison is None or comparison.matches:
        return []
    differing = comparison.differing
    told = [
        f"{pair.name}: {_count(pair.expected)} backed up, {_count(pair.restored)} restored"
        for pair in differing[:_MOST_TABLES]
    ]
    more = [f"and {len(differing) - _MOST_TABLES} more"] if len(differing) > _MOST_TABLES else []
    return [comparison.differences, *told, *more]


def _count(number: int | None) -> str:
    return "no table" if number is None else f"{number:,}"


def _fields(outcome: Outcome[Result]) -> dict[str, Any]:
    from bak_tui.cli.result_fields import complaint_fields, count_fields, result_fields
    from bak_tui.operations.restore.loading import HarmfulComplaints

    fields: dict[str, Any] = {
        "subject": outcome.subject,
        "state": str(outcome.state.lower()),
        "exit_code": int(outcome.exit_code),
        "warnings": list(outcome.warnings),
    }
    if outcome.error is not None:
        fields["error"] = output.error_fields(outcome.error)
        if comparison := _compared(outcome):
            fields["counts"] = count_fields(comparison.pairs)
        if isinstance(outcome.error, HarmfulComplaints):
            fields["complaints"] = complaint_fields(outcome.error.complaints)
        if isinstance(outcome.error, PartsDiffer):
            fields["bad_parts"] = list(outcome.error.parts)
    if outcome.result is not None:
        fields |= result_fields(outcome.result)
    return fields
