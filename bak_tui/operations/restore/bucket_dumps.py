"""Dumps in a bucket as sources of a restore: objects, and folders of them. Fetched into the spool first."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bak_tui.core.errors import IntegrityError, UsageError
from bak_tui.core.manifest import Manifest
from bak_tui.core.portion import Portion
from bak_tui.core.profile import Target
from bak_tui.operations.bucket.directories import toc_key
from bak_tui.operations.bucket.inventory import StoredDump, look_up
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import ObjectStore
from bak_tui.operations.restore.excerpt import FilledFile, Layout, fetch_files_of, files_of
from bak_tui.operations.restore.opening import new_room, opened, prove_directory
from bak_tui.operations.restore.sources import DumpSource, Excerpt, tools_for, untrusted
from bak_tui.operations.restore.streamed import Streamed
from bak_tui.operations.transfer.download import distinct_paths, fetch, fetch_directory
from bak_tui.services.archive import TOC_NAME, ArchiveHead, Kind, TocEntry, write_offsets
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

    @property
    def head(self) -> ArchiveHead | None:
        return self.dump.head

    def begin(self, length: int) -> bytes:
        key = self.dump.stored.key
        return self.store.read_head(toc_key(key) if self.dump.is_directory else key, length)

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

    def streamed(self) -> Streamed | None:
        if self.dump.manifest is None or self.dump.problem or self.dump.manifest.format != "custom":
            return None
        return Streamed(self.store, self.dump, self.dump.manifest)

    def excerpt_size(self, entries: Sequence[TocEntry], ids: Collection[int]) -> int:
        del entries
        layout = self._layout()
        return layout.takes(ids) if layout else self.spool_size

    def _layout(self) -> Layout | None:
        """Where its tables' data lies; None where nobody wrote that down."""
        streamed = self.streamed()
        if streamed is None or not streamed.manifest.data_offsets:
            return None
        return Layout(streamed.spans(), streamed.manifest.data_offsets, streamed.manifest.size)

    def excerpt(
        self, portion: Portion, spool: FolderPlace, task: Task, *, with_needs: bool
    ) -> Excerpt | None:
        streamed, layout = self.streamed(), self._layout()
        if streamed is None or layout is None:
            return None
        room = new_room(spool)
        (path,) = distinct_paths([self.dump.path.rpartition("/")[2]])
        file = FilledFile(streamed, layout, room, path, task)
        there, fetched = file.fetch(portion, with_needs=with_needs)
        try:
            write_offsets(room.place(path), layout.offsets, there)
        except IntegrityError as error:
            task.warn(f"{error}: all of the dump is fetched")
            room.delete(path)
            return None
        return Excerpt(room.place(path), fetched)

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
class BucketDirectory(BucketDump):
    """A directory-format archive in a bucket: one object a file."""

    @property
    def spool_size(self) -> int:
        return self.size

    def excerpt_size(self, entries: Sequence[TocEntry], ids: Collection[int]) -> int:
        manifest = self.dump.manifest
        if manifest is None or self.dump.problem:
            return self.spool_size
        sizes = {file.name: file.size for file in manifest.files or []}
        return sum(sizes.get(name, 0) for name in {TOC_NAME, *files_of(sizes, entries, ids)})

    def excerpt(
        self, portion: Portion, spool: FolderPlace, task: Task, *, with_needs: bool
    ) -> Excerpt | None:
        if self.dump.manifest is None or self.dump.problem:
            return None
        (path,) = distinct_paths([self.dump.path.rpartition("/")[2]])
        folder = new_room(spool).within(path)
        whole = Streamed(self.store, self.dump, self.dump.manifest)
        fetched = fetch_files_of(whole, portion, folder, task, with_needs=with_needs)
        return Excerpt(folder.root, fetched)

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
        if self.dump.problem:
            raise untrusted(self.dump.path, self.dump.problem)
        room = new_room(spool)
        (path,) = distinct_paths([self.dump.path.rpartition("/")[2]])
        folder = fetch_directory(self.store, self.dump, room, path, task, overwrites=True).path
        if self.dump.manifest is None:
            prove_directory(folder, tools, task)
        return folder


def bucket_source(store: ObjectStore, target: Target, dump: StoredDump) -> BucketDump:
    """A dump of a bucket as a source."""
    kind = BucketDirectory if dump.is_directory else BucketDump
    return kind(store, target, dump)


def named_source(store: ObjectStore, target: Target, asked: str) -> DumpSource:
    """One object, or one folder with a table of contents, named by URL, key, or below the prefix.

    Raises UsageError when neither is there.
    """
    dump = look_up(store, target, asked)
    head = dump.head
    if dump.manifest is None and not dump.problem and head and not _is_told(dump, head):
        raise _no_dump(dump.path, head)
    return bucket_source(store, target, dump)


def _is_told(dump: StoredDump, head: ArchiveHead) -> bool:
    """Whether it is an archive, or something of which it can be said how to restore it."""
    return head.is_archive or head.is_script or (dump.is_directory and head.kind is Kind.DIRECTORY)


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
