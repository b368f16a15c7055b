"""What `--json` tells of one result. These names are an interface: scripts read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from bak_tui.core.comparison import CountPair
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
from bak_tui.services.pgtools import Complaint


def result_fields(result: Result) -> dict[str, Any]:
    """The fields of any result."""
    match result:
        case Taken():
            return _taken(result)
        case Sent():
            return _sent(result)
        case Fetched():
            return _fetched(result)
        case Restored():
            return _restored(result)
        case Undone():
            return _undone(result)
        case Deleted() | Proven() | Verified():
            return _plain(result)


def count_fields(pairs: Iterable[CountPair]) -> list[dict[str, Any]]:
    """Every table, expected and restored; differing ones first."""
    return [
        {
            "table": pair.name,
            "expected": pair.expected,
            "restored": pair.restored,
            "difference": pair.difference,
            "has_same_content": pair.has_same_content,
            "matches": pair.matches,
        }
        for pair in pairs
    ]


def complaint_fields(complaints: Sequence[Complaint]) -> list[dict[str, Any]]:
    """pg_restore's errors, sorted by what they are about."""
    return [
        {"category": each.category.value, "text": each.text, "command": each.command} for each in complaints
    ]


def _taken(result: Taken) -> dict[str, Any]:
    manifest = result.manifest.model_dump(mode="json", by_alias=True)
    return {
        "database": result.database,
        "path": result.path,
        "place": result.place,
        "why_format": result.why_format,
        "manifest": manifest,
    }


def _sent(result: Sent) -> dict[str, Any]:
    return {
        "database": result.database,
        "path": result.path,
        "place": result.place,
        "size": result.size,
        "has_manifest": result.manifest is not None,
        "was_there": result.was_there,
    }


def _fetched(result: Fetched) -> dict[str, Any]:
    return {
        "database": result.database,
        "path": str(result.path),
        "size": result.size,
        "has_manifest": result.has_manifest,
        "was_there": result.was_there,
    }


def _restored(result: Restored) -> dict[str, Any]:
    return {
        "database": result.database,
        "source": result.source,
        "mode": result.mode.value,
        "size": result.dump_size,
        "fetched": result.fetched,
        "tables": result.tables,
        "rows": result.rows,
        "kept": result.kept,
        "only": None if result.portion.is_whole else str(result.portion),
        "counts": count_fields(result.comparison.pairs) if result.comparison else None,
        "complaints": complaint_fields(result.complaints),
    }


def _undone(result: Undone) -> dict[str, Any]:
    return {
        "database": result.database,
        "was_called": result.was_called,
        "kept": result.kept_as,
        "kept_since": result.since.isoformat(),
        "size": result.size,
    }


def _plain(result: Deleted | Proven | Verified) -> dict[str, Any]:
    """As the result itself is, with counts as they are told everywhere."""
    fields = asdict(result)
    if isinstance(result, Proven):
        del fields["comparison"]
        fields["counts"] = count_fields(result.comparison.pairs) if result.comparison else None
    return fields
