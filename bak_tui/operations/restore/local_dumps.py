"""Dumps on this machine as sources of a restore: files here, folders in `local_directories`.

They are the user's: read where they lie, never written to.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.checks import PartsDiffer
from bak_tui.core.dump_format import TOC_NAME
from bak_tui.core.errors import FileProblem, IntegrityError, UsageError
from bak_tui.core.manifest import Manifest
from bak_tui.core.names import manifest_path
from bak_tui.core.selection import Selection
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.refused import Refused
from bak_tui.operations.restore.local import Local
from bak_tui.operations.restore.local_directories import LocalDirectory, local_directory
from bak_tui.operations.restore.opening import opened
from bak_tui.operations.restore.sources import NO_MANIFEST, untrusted
from bak_tui.operations.transfer.folder_contents import look_into
from bak_tui.operations.transfer.sending import local_manifest
from bak_tui.services.archive import HEAD_BYTES, ArchiveHead, Kind, is_data_file, recognise
from bak_tui.services.folder import hash_file
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import ToolSet

_HARMED = "the file was cut, changed or damaged; fetch or take another"


@dataclass(frozen=True, kw_only=True)
class LocalDump(Local):
    """A dump in a folder of this machine; its name is its path there."""

    folder: FolderPlace

    @property
    def reference(self) -> str:
        return self.folder.name(self.name)

    @property
    def spool_size(self) -> int:
        return 0 if self.head.kind is Kind.CUSTOM else self.size

    def begin(self, length: int) -> bytes:
        return self.folder.read_head(self.name, length)

    def by_hand(self, psql: str) -> str:
        if self.manifest or self.problem or not self.head.is_script:
            return ""
        file = shlex.quote(self.reference)
        return f"gunzip -c -- {file} | {psql}" if self.head.kind is Kind.GZIP else f"{psql} --file={file}"

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
        if self.problem:
            raise untrusted(self.name, self.problem)
        if self.manifest is None:
            return opened(self.folder.place(self.name), spool, tools, task)
        return self.hashed(task)

    def sized(self) -> Manifest:
        """Its manifest, when the file is as long as that says."""
        if self.manifest is None:
            raise untrusted(self.name, NO_MANIFEST)
        if self.size != self.manifest.size:
            raise IntegrityError(
                f"{self.name} has {self.size} bytes, {self.manifest.size} were written", hint=_HARMED
            )
        return self.manifest

    def hashed(self, task: Task) -> Path:
        """It, when every byte is the one its manifest tells of; else the bad parts are named."""
        file, manifest = self.folder.place(self.name), self.sized()
        task.phase("checking", total=manifest.size)
        if hash_file(file, task, task.advance) != manifest.sha256:
            raise PartsDiffer(self.name, _bad_parts(file, manifest), len(manifest.parts), _HARMED)
        return file


LocalSource = LocalDump | LocalDirectory
Stored = Sequence[StoredDump | Refused]
"""Dumps of one bucket, and what was named among them and is none."""
Dumps = Stored | Sequence[LocalSource | Refused]
"""What is verified or proven at once: all of one bucket, or all of this machine."""


def local_sources(root: Path, selection: Selection) -> tuple[list[LocalSource], tuple[str, ...]]:
    """Every dump of a folder (or the one that `root` is), and why other files are left out.

    Raises IntegrityError for a directory-format dump that has lost its table of contents.
    """
    if root.is_file():
        return [_file(FolderPlace(root.parent), root.name)], ()
    folder = FolderPlace(root)
    if root.is_dir() and Path(manifest_path(str(root.absolute()))).is_file():
        return _selected([local_directory(folder, ".")], selection), ()
    contents = look_into(folder)
    found: list[LocalSource] = [_file(folder, dump.path) for dump in contents.dumps]
    found += [local_directory(folder, path) for path in contents.directories]
    if not found and any(is_data_file(file.path) for file in folder.files()):
        raise IntegrityError(
            f"{root.absolute().name} has lost its table of contents: {TOC_NAME} is missing or damaged",
            hint="nothing can be restored without it; take another dump",
            kind="cut",
        )
    notes = tuple(f"left out {sentence}" for sentence in contents.left_out)
    return _selected(found, selection), notes


def _file(folder: FolderPlace, path: str) -> LocalSource:
    head = recognise(folder.read_head(path, HEAD_BYTES))
    if head.kind is Kind.DIRECTORY:
        return local_directory(folder, str(Path(path).parent))
    manifest, problem = None, ""
    try:
        manifest = local_manifest(folder, path)
    except IntegrityError as error:
        problem = error.message
    if not (head.is_archive or head.is_script or manifest or problem):
        raise _no_dump(path, head)
    status = folder.place(path).stat()
    return LocalDump(
        name=path,
        size=status.st_size,
        modified=status.st_mtime,
        manifest=manifest,
        head=head,
        problem=problem,
        folder=folder,
    )


def _bad_parts(file: Path, manifest: Manifest) -> tuple[int, ...]:
    """Their numbers, from 1; every part where no single one is bad: then the manifest contradicts itself."""
    with file.open("rb") as stream:
        bad = [
            number
            for number, part in enumerate(manifest.parts, 1)
            if hashlib.sha256(stream.read(part.size)).hexdigest() != part.sha256
        ]
    return tuple(bad or range(1, len(manifest.parts) + 1))


def _no_dump(path: str, head: ArchiveHead) -> FileProblem | IntegrityError:
    if head.kind in {Kind.EMPTY, Kind.CUT}:
        return IntegrityError(f"{path} is {head}; there is nothing to restore", hint="take another dump")
    return FileProblem(
        f"{path} is {head}, not a dump that can be restored",
        hint="pg_dump's custom, directory and tar formats can be, also in a gzip file",
        kind="no_dump",
    )


def _selected(sources: Sequence[LocalSource], selection: Selection) -> list[LocalSource]:
    if not sources and selection.names:
        raise UsageError(f"no dump of {', '.join(selection.names)} is there", hint="check --dir")
    wanted = set(selection.among(sorted({source.database for source in sources})))
    return [source for source in sources if source.database in wanted]
