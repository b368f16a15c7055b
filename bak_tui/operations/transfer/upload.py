"""`upload`: every dump of a folder into the bucket."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bak_tui.core.dump_format import DumpFormat
from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.core.manifest import Manifest
from bak_tui.core.names import parse_dump_name
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Target
from bak_tui.core.selection import Selection
from bak_tui.operations.places import BucketPlace, FolderPlace
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.transfer.folder_contents import look_into
from bak_tui.operations.transfer.sending import Sent, local_manifest, send
from bak_tui.operations.transfer.sending_directory import send_bare_directory, send_directory
from bak_tui.services.jobs import Job, Task

_ITSELF = "the folder itself, which is one dump: its key would have no name; say --dir with the folder above"


def _chosen(folder: FolderPlace, paths: list[str], selection: Selection) -> list[str]:
    """The dumps of the selected databases."""
    if not selection.names and not selection.excluded:
        return paths
    database_of = {path: _database_of(folder, path) for path in paths}
    wanted = set(selection.among(sorted(set(database_of.values()))))
    return [path for path in paths if database_of[path] in wanted]


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
    backed_up = _backed_up(folder, contents.directories)
    directories = [path for path in contents.directories if path != "."]
    dumps = _chosen(folder, [*(dump.path for dump in contents.dumps), *directories], selection)
    itself = [_ITSELF] if "." in contents.directories else []
    left_out = [*contents.left_out, *itself]
    notes = tuple(f"left out {sentence}" for sentence in left_out)
    if not dumps:
        raise FileProblem(
            f"there is no dump in {root}",
            hint="; ".join(left_out[:5]) or "bak dump --dir makes some",
            kind="no_dumps",
        )
    bucket = BucketPlace(collaborators.store(target), target)

    def send_one(task: Task, path: str) -> Sent:
        if path in backed_up:
            return send_directory(folder, path, backed_up[path], bucket, collaborators.journal, task)
        if path in directories:
            return send_bare_directory(folder, path, bucket, collaborators.journal, task)
        return send(folder, path, bucket, collaborators.journal, task)

    report = job.each([(path, path) for path in dumps], parallel, send_one)
    return Report(report.outcomes, notes)


def _backed_up(folder: FolderPlace, directories: Sequence[str]) -> dict[str, Manifest]:
    """Directory-format dumps with a valid manifest beside them, by path; not the folder itself."""
    found = {}
    for path in directories:
        with suppress(IntegrityError):
            manifest = local_manifest(folder, path) if path != "." else None
            if manifest is not None and manifest.format is DumpFormat.DIRECTORY:
                found[path] = manifest
    return found


def _database_of(folder: FolderPlace, path: str) -> str:
    with suppress(IntegrityError):  # told when that dump's turn comes
        manifest = local_manifest(folder, path)
        if manifest:
            return manifest.database
    return parse_dump_name(path).database
