"""A dump to restore from: a local file, or an object that is fetched first. Both end as a proven file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bak_tui.core.errors import FileProblem, IntegrityError, UsageError
from bak_tui.core.manifest import Manifest
from bak_tui.core.names import parse_dump_name
from bak_tui.core.selection import Selection
from bak_tui.operations.download import distinct_paths, fetch
from bak_tui.operations.inventory import StoredDump
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import ObjectStore
from bak_tui.operations.sending import local_manifest
from bak_tui.operations.upload import look_into
from bak_tui.services.archive import HEAD_BYTES, ArchiveHead, recognise, walk_file, write_offsets
from bak_tui.services.folder import hash_file
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Toolbox, ToolSet, decode


class DumpSource(Protocol):
    """One dump, wherever it lies."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def reference(self) -> str:
        """What is said to `bak restore` to mean it: a file, or a key below the prefix."""

    @property
    def database(self) -> str: ...

    @property
    def taken(self) -> datetime: ...

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def spool_size(self) -> int:
        """Bytes it takes in the spool before it can be restored; 0 when it is read where it lies."""

    @property
    def manifest(self) -> Manifest | None: ...

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        """The client programs that can read it. Raises ToolError."""

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
        """A local file whose bytes are the ones written; IntegrityError before anything is parsed.

        With a manifest: every byte hashed. Without: decoded to its end, the most that can be known.
        """


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
        return 0

    @property
    def database(self) -> str:
        return self.manifest.database if self.manifest else parse_dump_name(self.path).database

    @property
    def taken(self) -> datetime:
        if self.manifest:
            return self.manifest.snapshot_at
        return parse_dump_name(self.path).taken or datetime.fromtimestamp(self.modified, UTC)

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        return _tools(toolbox, server_major, self.manifest, self.head)

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:  # noqa: ARG002
        if self.problem:
            raise _untrusted(self.path, self.problem)
        file = self.folder.place(self.path)
        if self.manifest is None:
            _prove_bare(file, tools, task)
            return file
        task.phase("checking", total=self.manifest.size)
        if self.size != self.manifest.size or hash_file(file, task, task.advance) != self.manifest.sha256:
            raise IntegrityError(
                f"{self.path} is not what its manifest says ({self.size} bytes,"
                f" {self.manifest.size} were written); it was not restored",
                hint="the file was cut, changed or damaged; fetch or take another",
            )
        return file


@dataclass(frozen=True)
class BucketDump:
    """A dump in a bucket; fetched into the spool, part by part against its manifest."""

    store: ObjectStore
    dump: StoredDump

    @property
    def name(self) -> str:
        return self.dump.path

    @property
    def database(self) -> str:
        return self.dump.database

    @property
    def taken(self) -> datetime:
        return self.dump.taken

    @property
    def size(self) -> int:
        return self.dump.stored.size

    @property
    def reference(self) -> str:
        return self.dump.path

    @property
    def spool_size(self) -> int:
        return self.size

    @property
    def manifest(self) -> Manifest | None:
        return self.dump.manifest

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        return _tools(toolbox, server_major, self.dump.manifest, self.dump.head)

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
        if self.dump.problem:
            raise _untrusted(self.dump.path, self.dump.problem)
        (path,) = distinct_paths([self.dump.path])
        fetched = fetch(self.store, self.dump, spool, path, task, overwrites=True)
        if self.dump.manifest is None:
            _prove_bare(fetched.path, tools, task)
        else:
            _place_offsets(fetched.path, self.dump.manifest, task)
        return fetched.path


def local_sources(root: Path, selection: Selection) -> tuple[list[DumpSource], tuple[str, ...]]:
    """Every dump of a folder (or the one file named), and why other files are left out."""
    if root.is_file():
        return [_local(FolderPlace(root.parent), root.name)], ()
    folder = FolderPlace(root)
    contents = look_into(folder)
    found: list[DumpSource] = [_local(folder, dump.path) for dump in contents.dumps]
    notes = tuple(f"left out {sentence}" for sentence in contents.left_out)
    return _selected(found, selection), notes


def file_source(path: Path) -> DumpSource:
    """One file named by the user. Raises FileProblem saying what it is when it is no dump."""
    if not path.is_file():
        raise FileProblem(f"{path} is no file", hint="name a dump, or a key together with --bucket")
    return _local(FolderPlace(path.parent), path.name)


def bucket_sources(store: ObjectStore, dumps: Iterable[StoredDump]) -> list[DumpSource]:
    """Dumps of a bucket as sources."""
    return [BucketDump(store, dump) for dump in dumps]


def _local(folder: FolderPlace, path: str) -> LocalDump:
    head = recognise(folder.read_head(path, HEAD_BYTES))
    if not head.kind.is_dump:
        raise FileProblem(
            f"{path} is {head.kind}, not a dump that can be restored",
            hint="a custom-format archive (pg_dump -Fc) is needed",
            kind="no_dump",
        )
    status = folder.place(path).stat()
    manifest, problem = None, ""
    try:
        manifest = local_manifest(folder, path)
    except IntegrityError as error:
        problem = error.message
    return LocalDump(folder, path, status.st_size, status.st_mtime, manifest, head, problem)


def _prove_bare(file: Path, tools: ToolSet, task: Task) -> None:
    """Without a manifest the most that can be known: whole by its structure, and decoded to its end."""
    task.phase("decoding")
    walk_file(file, task)
    decode(tools, file, task)


def _place_offsets(copy: Path, manifest: Manifest, task: Task) -> None:
    """Make our copy what pg_dump writes to a file, so that every worker finds its tables at once."""
    if manifest.data_offsets is None:
        return
    try:
        write_offsets(copy, manifest.data_offsets)
    except IntegrityError as error:
        task.warn(f"{error}: its tables are looked for one after another, which is slow")


def _untrusted(path: str, problem: str) -> IntegrityError:
    return IntegrityError(
        f"{path} cannot be trusted: {problem}",
        hint="restore an older backup; or move its manifest away, and it is restored as a dump without one",
    )


def _selected(sources: Sequence[DumpSource], selection: Selection) -> list[DumpSource]:
    if not sources and selection.names:
        raise UsageError(f"no dump of {', '.join(selection.names)} is there", hint="check --dir")
    wanted = set(selection.among(sorted({source.database for source in sources})))
    return [source for source in sources if source.database in wanted]


def _tools(
    toolbox: Toolbox, server_major: int, manifest: Manifest | None, head: ArchiveHead | None
) -> ToolSet:
    if manifest is not None:
        zstd = manifest.compression.startswith("zstd")
        return toolbox.for_archive(manifest.tools.pg_dump_major, server_major, needs_zstd=zstd)
    major = (head.pg_dump_major if head else None) or server_major
    return toolbox.for_archive(major, server_major, needs_zstd=bool(head and head.compression == "zstd"))
