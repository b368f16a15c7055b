"""Dumps on this machine as sources of a restore: files, and folders that are directory-format archives.

They are the user's: read where they lie, never written to.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bak_tui.core.errors import FileProblem, IntegrityError, UsageError
from bak_tui.core.manifest import Manifest
from bak_tui.core.names import parse_dump_name
from bak_tui.core.selection import Selection
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.restore.opening import opened, prove_directory
from bak_tui.operations.restore.sources import DumpSource, tools_for, untrusted
from bak_tui.operations.transfer.looking import look_into
from bak_tui.operations.transfer.sending import local_manifest
from bak_tui.services.archive import HEAD_BYTES, TOC_NAME, ArchiveHead, Kind, recognise
from bak_tui.services.folder import hash_file
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Toolbox, ToolSet


@dataclass(frozen=True)
class LocalDump:
    """A dump in a folder of this machine."""

    folder: FolderPlace
    path: str
    size: int
    modified: float
    manifest: Manifest | None
    head: ArchiveHead
    problem: str = ""
    """Why the manifest beside it does not count; such a dump is not restored."""

    @property
    def name(self) -> str:
        return self.path

    @property
    def reference(self) -> str:
        return self.folder.name(self.path)

    @property
    def spool_size(self) -> int:
        return 0 if self.head.kind is Kind.CUSTOM else self.size

    @property
    def database(self) -> str:
        return self.manifest.database if self.manifest else parse_dump_name(self.path).database

    @property
    def taken(self) -> datetime:
        if self.manifest:
            return self.manifest.snapshot_at
        return parse_dump_name(self.path).taken or datetime.fromtimestamp(self.modified, UTC)

    def by_hand(self, psql: str) -> str:
        if self.manifest or self.problem or not self.head.is_script:
            return ""
        file = shlex.quote(self.reference)
        return f"gunzip -c -- {file} | {psql}" if self.head.kind is Kind.GZIP else f"{psql} --file={file}"

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        return tools_for(toolbox, server_major, self.manifest, self.head)

    def streamed(self) -> None:
        return None

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
        if self.problem:
            raise untrusted(self.path, self.problem)
        file = self.folder.place(self.path)
        if self.manifest is None:
            return opened(file, spool, tools, task)
        task.phase("checking", total=self.manifest.size)
        if self.size != self.manifest.size or hash_file(file, task, task.advance) != self.manifest.sha256:
            raise IntegrityError(
                f"{self.path} is not what its manifest says ({self.size} bytes,"
                f" {self.manifest.size} were written); it was not restored",
                hint="the file was cut, changed or damaged; fetch or take another",
            )
        return file


@dataclass(frozen=True)
class LocalDirectory:
    """A directory-format archive on this machine; no manifest says what it was."""

    root: Path
    name: str
    size: int
    modified: float
    head: ArchiveHead
    manifest: None = None
    spool_size: int = 0

    @property
    def reference(self) -> str:
        return str(self.root)

    @property
    def database(self) -> str:
        return parse_dump_name(self.root.name).database

    @property
    def taken(self) -> datetime:
        return parse_dump_name(self.root.name).taken or datetime.fromtimestamp(self.modified, UTC)

    def by_hand(self, psql: str) -> str:  # noqa: ARG002
        return ""

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        return tools_for(toolbox, server_major, None, self.head)

    def streamed(self) -> None:
        return None

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:  # noqa: ARG002
        prove_directory(self.root, tools, task)
        return self.root


def local_sources(root: Path, selection: Selection) -> tuple[list[DumpSource], tuple[str, ...]]:
    """Every dump of a folder (or the one that `root` is), and why other files are left out."""
    if root.is_file():
        return [_file(FolderPlace(root.parent), root.name)], ()
    folder = FolderPlace(root)
    contents = look_into(folder, lambda head: head.is_archive)
    found: list[DumpSource] = [_file(folder, dump.path) for dump in contents.dumps]
    found += [_directory(folder, path) for path in contents.directories]
    notes = tuple(f"left out {sentence}" for sentence in contents.left_out)
    return _selected(found, selection), notes


def _file(folder: FolderPlace, path: str) -> DumpSource:
    head = recognise(folder.read_head(path, HEAD_BYTES))
    if head.kind is Kind.DIRECTORY:
        return _directory(folder, str(Path(path).parent))
    manifest, problem = None, ""
    try:
        manifest = local_manifest(folder, path)
    except IntegrityError as error:
        problem = error.message
    if not (head.is_archive or head.is_script or manifest or problem):
        raise _no_dump(path, head)
    status = folder.place(path).stat()
    return LocalDump(folder, path, status.st_size, status.st_mtime, manifest, head, problem)


def _directory(folder: FolderPlace, path: str) -> LocalDirectory:
    root = (folder.root if path == "." else folder.place(path)).absolute()
    inner = FolderPlace(root)
    files = inner.files()
    toc = next(file for file in files if file.path == TOC_NAME)
    head = recognise(inner.read_head(TOC_NAME, HEAD_BYTES))
    name = root.name if path == "." else path
    return LocalDirectory(root, name, sum(file.size for file in files), toc.modified, head)


def _no_dump(path: str, head: ArchiveHead) -> FileProblem | IntegrityError:
    if head.kind in {Kind.EMPTY, Kind.CUT}:
        return IntegrityError(f"{path} is {head}; there is nothing to restore", hint="take another dump")
    return FileProblem(
        f"{path} is {head}, not a dump that can be restored",
        hint="pg_dump's custom, directory and tar formats can be, also in a gzip file",
        kind="no_dump",
    )


def _selected(sources: Sequence[DumpSource], selection: Selection) -> list[DumpSource]:
    if not sources and selection.names:
        raise UsageError(f"no dump of {', '.join(selection.names)} is there", hint="check --dir")
    wanted = set(selection.among(sorted({source.database for source in sources})))
    return [source for source in sources if source.database in wanted]
