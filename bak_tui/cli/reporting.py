"""The end of a run: every database's outcome as a table for people, as a document for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bak_tui.cli import output
from bak_tui.core.checks import PartsDiffer
from bak_tui.core.comparison import Comparison, CountsDiffer
from bak_tui.core.jobs import JobState
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.wording import plural
from bak_tui.operations.results import (
    Deleted,
    Fetched,
    Proven,
    Restored,
    Result,
    Sent,
    Taken,
    Undone,
    Verified,
)

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
    rows = [
        (_WORDS.get(outcome.state, outcome.state.value), outcome.subject, outcome.sentence)
        for outcome in report.outcomes
    ]
    output.table(("outcome", "what", "how"), rows)
    for outcome in report.outcomes:
        for warning in outcome.warnings:
            output.note(f"{outcome.subject}: {warning}")
        if outcome.error is not None and outcome.error.hint:
            output.note(f"{outcome.subject}: {outcome.error.hint}")
    for line in report.notes:
        output.note(f"bak: {line}")
    if is_quiet:
        return
    if len(report.outcomes) > 1:
        good = sum(outcome.error is None for outcome in report.outcomes)
        output.note(f"bak: {command}: {good} of {plural(len(report.outcomes), 'item')} done")


def _fields(outcome: Outcome[Result]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "subject": outcome.subject,
        "state": str(outcome.state.lower()),
        "exit_code": int(outcome.exit_code),
        "warnings": list(outcome.warnings),
    }
    if outcome.error is not None:
        fields["error"] = output.error_fields(outcome.error)
        if isinstance(outcome.error, CountsDiffer):
            fields["counts"] = _counts(outcome.error.comparison)
        if isinstance(outcome.error, PartsDiffer):
            fields["bad_parts"] = list(outcome.error.parts)
    if outcome.result is not None:
        fields |= _result_fields(outcome.result)
    return fields


def _result_fields(result: Result) -> dict[str, Any]:
    match result:
        case Taken():
            manifest = result.manifest.model_dump(mode="json", by_alias=True)
            return {
                "database": result.database,
                "path": result.path,
                "place": result.place,
                "manifest": manifest,
            }
        case Sent():
            return {
                "database": result.database,
                "path": result.path,
                "place": result.place,
                "size": result.size,
                "has_manifest": result.manifest is not None,
                "was_there": result.was_there,
            }
        case Fetched():
            return {
                "database": result.database,
                "path": str(result.path),
                "size": result.size,
                "has_manifest": result.has_manifest,
                "was_there": result.was_there,
            }
        case Undone():
            return _undone_fields(result)
        case Deleted() | Proven() | Verified():
            return _plain_fields(result)
        case Restored():
            return {
                "database": result.database,
                "source": result.source,
                "mode": result.mode.value,
                "size": result.size,
                "tables": result.tables,
                "rows": result.rows,
                "kept": result.kept,
                "only": None if result.portion.is_whole else str(result.portion),
                "counts": _counts(result.comparison) if result.comparison else None,
                "complaints": [
                    {
                        "category": complaint.category.value,
                        "text": complaint.text,
                        "command": complaint.command,
                    }
                    for complaint in result.complaints
                ],
            }


def _undone_fields(result: Undone) -> dict[str, Any]:
    return {
        "database": result.database,
        "was_called": result.was_called,
        "kept": result.kept_as,
        "kept_since": result.since.isoformat(),
        "size": result.size,
    }


def _plain_fields(result: Deleted | Proven | Verified) -> dict[str, Any]:
    """As the result itself is, with counts as they are told everywhere."""
    fields = asdict(result)
    if isinstance(result, Proven):
        del fields["comparison"]
        fields["counts"] = _counts(result.comparison) if result.comparison else None
    return fields


def _counts(comparison: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "table": pair.name,
            "expected": pair.expected,
            "restored": pair.restored,
            "difference": pair.difference,
            "matches": pair.matches,
        }
        for pair in comparison.pairs
    ]
