"""Dumps in a bucket as sources of a restore: objects, and folders of them. Fetched into the spool first."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bak_tui.core.errors import IntegrityError, UsageError
from bak_tui.core.manifest import Manifest
from bak_tui.core.names import parse_dump_name
from bak_tui.core.objects import StoredObject
from bak_tui.core.profile import Target
from bak_tui.operations.bucket.inventory import StoredDump, look_up
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import ObjectStore
from bak_tui.operations.restore.opening import new_room, opened, prove_directory
from bak_tui.operations.restore.sources import DumpSource, tools_for, untrusted
from bak_tui.operations.transfer.download import distinct_paths, fetch
from bak_tui.services.archive import TOC_NAME, ArchiveHead, Kind, write_offsets
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Toolbox, ToolSet


@dataclass(frozen=True)
class BucketDump:
    """A dump in a bucket; fetched into the spool, part by part against its manifest."""

    store: ObjectStore
    target: Target
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
        is_wrapped = self.dump.head is not None and self.dump.head.kind is not Kind.CUSTOM
        return 2 * self.size if is_wrapped else self.size

    @property
    def manifest(self) -> Manifest | None:
        return self.dump.manifest

    def by_hand(self, psql: str) -> str:
        head = self.dump.head
        if self.dump.manifest or self.dump.problem or head is None or not head.is_script:
            return ""
        url = shlex.quote(f"s3://{self.target.bucket}/{self.dump.stored.key}")
        endpoint = f" --endpoint-url {shlex.quote(self.target.endpoint)}" if self.target.endpoint else ""
        unzip = " | gunzip" if head.kind is Kind.GZIP else ""
        return f"aws s3 cp{endpoint} {url} -{unzip} | {psql}"

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        return tools_for(toolbox, server_major, self.dump.manifest, self.dump.head)

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
        if self.dump.problem:
            raise untrusted(self.dump.path, self.dump.problem)
        (path,) = distinct_paths([self.dump.path])
        fetched = fetch(self.store, self.dump, spool, path, task, overwrites=True)
        if self.dump.manifest is None:
            return opened(fetched.path, spool, tools, task)
        _place_offsets(fetched.path, self.dump.manifest, task)
        return fetched.path


@dataclass(frozen=True)
class BucketDirectory:
    """A directory-format archive in a bucket: one object a file, no manifest."""

    store: ObjectStore
    path: str
    """Relative to the prefix, without a `/` at its end."""
    files: tuple[StoredObject, ...]
    head: ArchiveHead
    manifest: None = None

    @property
    def name(self) -> str:
        return self.path

    @property
    def reference(self) -> str:
        return self.path

    @property
    def database(self) -> str:
        return parse_dump_name(self.path).database

    @property
    def taken(self) -> datetime:
        return parse_dump_name(self.path).taken or max(file.modified for file in self.files)

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def spool_size(self) -> int:
        return self.size

    def by_hand(self, psql: str) -> str:  # noqa: ARG002
        return ""

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        return tools_for(toolbox, server_major, None, self.head)

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
        task.phase("downloading", total=self.size)
        room = new_room(spool)
        (folder,) = distinct_paths([self.path.rpartition("/")[2]])
        room.make_room(f"{folder}/{TOC_NAME}", self.size)
        for file in self.files:
            place = room.place(f"{folder}/{file.key.rpartition('/')[2]}")
            self.store.download(file, place, cancellation=task, progress=task.advance)
        prove_directory(room.place(folder), tools, task)
        return room.place(folder)


def bucket_sources(store: ObjectStore, target: Target, dumps: Iterable[StoredDump]) -> list[DumpSource]:
    """Dumps of a bucket as sources."""
    return [BucketDump(store, target, dump) for dump in dumps]


def named_source(store: ObjectStore, target: Target, asked: str) -> DumpSource:
    """One object, or one folder with a table of contents, named by URL, key, or below the prefix.

    Raises UsageError when neither is there.
    """
    try:
        dump = look_up(store, target, asked)
    except UsageError:
        try:
            toc = look_up(store, target, f"{asked.rstrip('/')}/{TOC_NAME}")
        except UsageError:
            toc = None
        if toc is None:
            raise
        dump = toc
    head = dump.head
    if head and head.kind is Kind.DIRECTORY:
        return _directory(store, target, dump.stored.key.rpartition("/")[0], head)
    if dump.manifest is None and not dump.problem and head and not (head.is_archive or head.is_script):
        raise _no_dump(dump.path, head)
    return BucketDump(store, target, dump)


def _directory(store: ObjectStore, target: Target, key: str, head: ArchiveHead) -> BucketDirectory:
    files = tuple(
        stored
        for page in store.pages(f"{key}/", delimiter="/")
        for stored in page.objects
        if not stored.key.endswith("/")
    )
    return BucketDirectory(store, target.path(key), files, head)


def _no_dump(path: str, head: ArchiveHead) -> IntegrityError | UsageError:
    if head.kind in {Kind.EMPTY, Kind.CUT}:
        return IntegrityError(f"{path} is {head}; there is nothing to restore", hint="take another dump")
    return UsageError(
        f"{path} is {head}, not a dump that can be restored", hint="bak dumps lists what can be"
    )


def _place_offsets(copy: Path, manifest: Manifest, task: Task) -> None:
    """Make our copy what pg_dump writes to a file, so that every worker finds its tables at once."""
    if manifest.data_offsets is None:
        return
    try:
        write_offsets(copy, manifest.data_offsets)
    except IntegrityError as error:
        task.warn(f"{error}: its tables are looked for one after another, which is slow")
