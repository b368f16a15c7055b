"""Directory-format dumps on this machine as sources of a restore: proven file by file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.dump_format import TOC_NAME, DumpFormat
from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import Manifest
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.restore.local import Local
from bak_tui.operations.restore.opening import prove_directory
from bak_tui.operations.restore.sources import NO_MANIFEST, untrusted
from bak_tui.operations.transfer.sending import local_manifest
from bak_tui.services.archive import HEAD_BYTES, recognise
from bak_tui.services.folder import hash_file
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import ToolSet


@dataclass(frozen=True, kw_only=True)
class LocalDirectory(Local):
    """A folder that is one dump."""

    root: Path

    @property
    def reference(self) -> str:
        return str(self.root)

    def begin(self, length: int) -> bytes:
        return FolderPlace(self.root).read_head(TOC_NAME, length)

    def by_hand(self, psql: str) -> str:  # noqa: ARG002
        return ""

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:  # noqa: ARG002
        if self.problem:
            raise untrusted(self.name, self.problem)
        if self.manifest is None:
            prove_directory(self.root, tools, task)
            return self.root
        return self.hashed(task)

    def sized(self) -> Manifest:
        """Its manifest, when every file that it tells of is here with its size, and no other."""
        manifest = self.manifest
        if manifest is None:
            raise untrusted(self.name, NO_MANIFEST)
        there = {file.path: file.size for file in FolderPlace(self.root).files()}
        for record in manifest.files or []:
            size = there.pop(record.name, None)
            if size is None:
                raise self._wrong(f"{record.name} is missing")
            if size != record.size:
                raise self._wrong(f"{record.name} has {size} bytes, {record.size} were written")
        if there:
            raise self._wrong(f"{min(there)} is none of the files that were backed up")
        return manifest

    def hashed(self, task: Task) -> Path:
        """It, when its files are the ones that were written, byte for byte."""
        manifest = self.sized()
        task.phase("checking", total=manifest.size)
        folder = FolderPlace(self.root)
        for record in manifest.files or []:
            if hash_file(folder.place(record.name), task, task.advance) != record.sha256:
                raise self._wrong(f"{record.name} is not what was backed up")
        return self.root

    def _wrong(self, what: str) -> IntegrityError:
        return IntegrityError(
            f"{self.name}: {what}", hint="it was cut, changed or damaged; fetch or take another dump"
        )


def local_directory(folder: FolderPlace, path: str) -> LocalDirectory:
    """The dump that the folder `path` is (`.`: the whole of `folder`); its table of contents may be lost."""
    root = (folder.root if path == "." else folder.place(path)).absolute()
    inner = FolderPlace(root)
    files = inner.files()
    has_toc = any(file.path == TOC_NAME for file in files)
    head = recognise(inner.read_head(TOC_NAME, HEAD_BYTES) if has_toc else b"")
    manifest, problem = None, ""
    try:
        manifest = local_manifest(FolderPlace(root.parent), root.name)
    except IntegrityError as error:
        problem = error.message
    if manifest and manifest.format is not DumpFormat.DIRECTORY:
        manifest, problem = None, "the manifest beside it is of a dump in another format"
    return LocalDirectory(
        name=root.name if path == "." else path,
        size=sum(file.size for file in files),
        modified=max((file.modified for file in files), default=0.0),
        manifest=manifest,
        head=head,
        problem=problem,
        root=root,
    )
