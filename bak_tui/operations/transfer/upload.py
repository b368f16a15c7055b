"""`upload`: every dump of a folder into the bucket."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.core.names import parse_dump_name
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Target
from bak_tui.core.selection import Selection
from bak_tui.operations.places import BucketPlace, FolderPlace
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.transfer.looking import FolderContents, look_into
from bak_tui.operations.transfer.sending import Sent, local_manifest, send
from bak_tui.services.archive import Kind
from bak_tui.services.folder import LocalFile
from bak_tui.services.jobs import Job


def chosen_dumps(folder: FolderPlace, contents: FolderContents, selection: Selection) -> list[LocalFile]:
    """The dumps of the selected databases."""
    if not selection.names and not selection.excluded:
        return list(contents.dumps)
    database_of = {dump.path: _database_of(folder, dump.path) for dump in contents.dumps}
    wanted = set(selection.among(sorted(set(database_of.values()))))
    return [dump for dump in contents.dumps if database_of[dump.path] in wanted]


def run_upload(
    collaborators: Collaborators,
    target: Target,
    root: Path,
    selection: Selection,
    parallel: int,
    job: Job[Report[Sent]],
) -> Report[Sent]:
    """Send the folder's dumps under their paths relative to it. Files that are none are named."""
    folder = FolderPlace(root)
    contents = look_into(folder)
    dumps = chosen_dumps(folder, contents, selection)
    left_out = [*contents.left_out, *(f"{path}: {Kind.DIRECTORY}" for path in contents.directories)]
    notes = tuple(f"left out {sentence}" for sentence in left_out)
    if not dumps:
        raise FileProblem(
            f"there is no dump in {root}",
            hint="; ".join(left_out[:5]) or "bak dump --dir makes some",
            kind="no_dumps",
        )
    bucket = BucketPlace(collaborators.store(target), target)
    report = job.each(
        [(dump.path, dump.path) for dump in dumps],
        parallel,
        lambda task, path: send(folder, path, bucket, collaborators.journal, task),
    )
    return Report(report.outcomes, notes)


def _database_of(folder: FolderPlace, path: str) -> str:
    with suppress(IntegrityError):  # told when that dump's turn comes
        manifest = local_manifest(folder, path)
        if manifest:
            return manifest.database
    return parse_dump_name(path).database
