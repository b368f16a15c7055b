"""`upload`: every dump of a folder into the bucket."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.core.names import PARTIAL_SUFFIX, is_manifest, is_utf8, manifest_path, parse_dump_name
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Target
from bak_tui.core.selection import Selection
from bak_tui.operations.places import BucketPlace, FolderPlace
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.sending import Sent, local_manifest, send
from bak_tui.services.archive import HEAD_BYTES, recognise
from bak_tui.services.folder import LocalFile
from bak_tui.services.jobs import Job


@dataclass(frozen=True, slots=True)
class FolderContents:
    """What lies in a folder: dumps by their bytes, and why each other file is none."""

    dumps: tuple[LocalFile, ...]
    left_out: tuple[str, ...]
    """Sentences, one a file."""


def look_into(folder: FolderPlace) -> FolderContents:
    """Find the dumps of a folder and its sub-folders; manifests come along with theirs."""
    files = folder.files()
    dumps: list[LocalFile] = []
    left_out: list[str] = []
    for file in files:
        if is_manifest(file.path):
            continue
        if not is_utf8(file.path):
            left_out.append(f"{file.path}: its name is not UTF-8, as keys are")
            continue
        kind = recognise(folder.read_head(file.path, HEAD_BYTES)).kind
        if file.path.endswith(PARTIAL_SUFFIX):
            left_out.append(f"{file.path}: left over by an unfinished run")
        elif kind.is_dump:
            dumps.append(file)
        else:
            left_out.append(f"{file.path}: {kind}")
    with_dump = {manifest_path(dump.path) for dump in dumps}
    left_out += [
        f"{file.path}: a manifest whose dump is not here"
        for file in files
        if is_manifest(file.path) and file.path not in with_dump
    ]
    return FolderContents(tuple(dumps), tuple(left_out))


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
    notes = tuple(f"left out {sentence}" for sentence in contents.left_out)
    if not dumps:
        raise FileProblem(
            f"there is no dump in {root}",
            hint="; ".join(contents.left_out[:5]) or "bak dump --dir makes some",
            kind="no_dumps",
        )
    bucket = BucketPlace(collaborators.store(target), target)
    report = job.each(
        [(dump.path, dump.path) for dump in dumps],
        parallel,
        lambda task, path: send(folder, path, bucket, task),
    )
    return Report(report.outcomes, notes)


def _database_of(folder: FolderPlace, path: str) -> str:
    with suppress(IntegrityError):  # told when that dump's turn comes
        manifest = local_manifest(folder, path)
        if manifest:
            return manifest.database
    return parse_dump_name(path).database
