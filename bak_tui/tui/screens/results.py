"""From a job that has ended to the dialog that shows what it came to."""

from __future__ import annotations

from collections.abc import Mapping

from bak_tui.core.jobs import JobState, JobStatus
from bak_tui.core.outcomes import Outcome, Report
from bak_tui.core.profile import Profile
from bak_tui.operations.bak import Bak
from bak_tui.operations.board import Board
from bak_tui.tui.dialogs.result import ResultDialog, result_of

_WORST_FIRST = (JobState.FAILED, JobState.CANCELLED, JobState.WARN, JobState.OK)


def result_dialog(
    bak: Bak, status: JobStatus, profile: Profile | None, board: Board | None
) -> ResultDialog | None:
    """None when it still runs, is of an earlier session, or has compared nothing."""
    job = next((job for job in bak.engine.jobs if job.id == status.id), None)
    if job is None or not status.state.is_final or status.error is not None:
        return None
    report = job.result()
    if not isinstance(report, Report) or not report.outcomes:
        return None
    worst: Outcome[object] = min(report.outcomes, key=lambda outcome: _WORST_FIRST.index(outcome.state))
    result = result_of(worst)
    if result is None:
        return None
    return ResultDialog(result, status.id, worst.subject, profile, _sizes(board, worst.subject))


def _sizes(board: Board | None, path: str) -> Mapping[str, int]:
    """The tables' bytes, as the dump's manifest has them."""
    dumps = board.inventory.dumps if board and board.inventory else ()
    manifest = next((dump.manifest for dump in dumps if dump.path == path), None)
    tables = manifest.tables or [] if manifest else []
    return {f"{table.schema_name}.{table.name}": table.bytes for table in tables}
