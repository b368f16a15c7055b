"""What `--dry-run` prints: what would be done, decided by the very code that would do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bak_tui.cli import output
from bak_tui.core.names import globals_path
from bak_tui.core.wording import size

if TYPE_CHECKING:
    from bak_tui.operations.backup.run import RunPlan
    from bak_tui.operations.restore.sources import DumpSource


def print_run(plan: RunPlan, place: str, *, is_json: bool) -> None:
    """A backup's or dump's databases, keys and tools."""
    run = plan.run
    if is_json:
        dumps = [
            {
                "database": database.name,
                "size": database.size,
                "path": path,
                "format": choice.format,
                "why_format": choice.why,
            }
            for database, path, choice in zip(plan.databases, plan.paths, plan.choices, strict=True)
        ]
        fields = {
            "place": place,
            "tools": str(run.tools),
            "compression": str(run.compression),
            "dumps": dumps,
            "closed": list(plan.closed),
            "globals": None if plan.globals == "none" else globals_path(run.taken),
        }
        output.document("plan", {**fields, "notes": list(run.notes)})
        return
    rows = [
        (database.name, size(database.size), place + path)
        for database, path in zip(plan.databases, plan.paths, strict=True)
    ]
    if plan.globals != "none":
        rows.insert(0, ("globals", "", place + globals_path(run.taken)))
    output.table(("database", "size", "would go to"), rows, right=frozenset({1}))
    chosen = [
        f"{database.name}: {choice}"
        for database, choice in zip(plan.databases, plan.choices, strict=True)
        if choice.why
    ]
    closed = [f"{name} would fail: it takes no connections from this role" for name in plan.closed]
    for line in (f"with {run.tools}, {run.compression}", *closed, *chosen, *run.notes):
        output.note(f"bak: {line}")


def print_dumps(dumps: Sequence[DumpSource], notes: Sequence[str], title: str, *, is_json: bool) -> None:
    """Dumps that would be sent or fetched."""
    if is_json:
        fields = [{"database": dump.database, "path": dump.name, "size": dump.size} for dump in dumps]
        output.document("plan", {"dumps": fields, "notes": list(notes)})
        return
    output.note(f"bak: {title}")
    rows = [(dump.database, size(dump.size), dump.name) for dump in dumps]
    output.table(("database", "size", "dump"), rows, right=frozenset({1}))
    for line in notes:
        output.note(f"bak: {line}")
