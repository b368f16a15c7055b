"""Send one local directory-format dump to a bucket: its files, the table of contents last, its manifest.

Every file is held against the manifest while it is sent; what was sent is deleted again when one is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bak_tui.core.dump_format import TOC_NAME
from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import Manifest
from bak_tui.core.names import parse_dump_name
from bak_tui.core.parts import PartPlan, StreamDigest, plan_parts
from bak_tui.operations.backup.committing import Stored, commit, removed_unless_committed
from bak_tui.operations.backup.sending_files import FileSender, checked_of_all
from bak_tui.operations.backup.storing import StoredBytes
from bak_tui.operations.bucket.recorded import recorded_files
from bak_tui.operations.looking_after import looked_after
from bak_tui.operations.places import BucketPlace, FolderPlace
from bak_tui.operations.ports import Journal, OpenEntry
from bak_tui.operations.transfer.sending import Sent, other_is_there, stored_manifest
from bak_tui.services.archive import DirectoryCheck, is_data_file
from bak_tui.services.jobs import Task


def send_directory(
    folder: FolderPlace, path: str, manifest: Manifest, bucket: BucketPlace, journal: Journal, task: Task
) -> Sent:
    """Upload the directory at `path` under the same path. Never overwrites another.

    Raises IntegrityError for a file that is missing, or not what its manifest says; nothing is left then.
    """
    task.phase("uploading", total=manifest.size)
    if task.apart(lambda: bucket.has_files_below(path)):
        return _already_there(bucket, path, manifest)
    records = {record.name: record for record in manifest.files or []}
    for name, record in records.items():
        if folder.size_of(f"{path}/{name}") != record.size:
            raise _differs(folder, path, name)

    def check(name: str, digest: StreamDigest) -> None:
        if digest != records[name].digest:
            raise _differs(folder, path, name)

    sizes = {name: record.size for name, record in records.items()}
    work = _Sending(folder, path, sizes, PartPlan(manifest.part_size), bucket, journal, task, check)
    with work.removed_unless_done() as (stored, entry):
        checked = work.send(stored, entry)
        task.phase("committing")
        committed = commit(bucket, path, manifest.model_copy(update={"checked": list(checked)}))
    return Sent(manifest.database, path, bucket.name(path), manifest.size, committed)


def send_bare_directory(
    folder: FolderPlace, path: str, bucket: BucketPlace, journal: Journal, task: Task
) -> Sent:
    """Upload a directory at `path` that has no manifest: first it is held against its table of contents.

    What lies in it besides what pg_dump writes stays here. Raises IntegrityError for a file that is missing,
    cut or damaged; nothing was sent then.
    """
    inside = FolderPlace(folder.place(path))
    task.phase("checking")
    DirectoryCheck(inside.root, task.check).run()
    sizes = {file.path: file.size for file in inside.files() if _is_of_dump(file.path)}
    total = sum(sizes.values())
    task.phase("uploading", total=total)
    if task.apart(lambda: bucket.has_files_below(path)):
        raise other_is_there(bucket, path)
    work = _Sending(folder, path, sizes, plan_parts(max(sizes.values())), bucket, journal, task)
    with work.removed_unless_done() as (stored, entry):
        work.send(stored, entry)
    return Sent(parse_dump_name(path).database, path, bucket.name(path), total, None)


def _is_of_dump(name: str) -> bool:
    return name == TOC_NAME or is_data_file(name)


def _already_there(bucket: BucketPlace, path: str, manifest: Manifest) -> Sent:
    """The same backup may be uploaded twice; anything else is left alone."""
    there = stored_manifest(bucket, path)
    if there is None or there.sha256 != manifest.sha256:
        raise other_is_there(bucket, path)
    recorded_files(bucket.bucket, bucket.target.key(path), there)
    return Sent(manifest.database, path, bucket.name(path), manifest.size, there, was_there=True)


@dataclass(frozen=True)
class _Sending:
    """The files of one directory, by their sizes, on their way."""

    folder: FolderPlace
    path: str
    sizes: Mapping[str, int]
    plan: PartPlan
    bucket: BucketPlace
    journal: Journal
    task: Task
    check: Callable[[str, StreamDigest], None] = lambda _name, _digest: None

    @contextmanager
    def removed_unless_done(self) -> Iterator[tuple[Stored, OpenEntry]]:
        """In the journal while inside; what was stored is deleted again when it ends by an error."""
        trace = self.bucket.trace(self.path, is_directory=True)
        with (
            looked_after(lambda: self.bucket.has_nothing_of(self.path)),
            self.journal.entry(trace) as entry,
            removed_unless_committed(self.bucket, self.path, self.task, entry) as stored,
        ):
            yield stored, entry

    def send(self, stored: Stored, entry: OpenEntry) -> tuple[str, ...]:
        """All of them; what was checked of each."""
        sender = FileSender(
            self.folder.place(self.path),
            self.bucket,
            self.path,
            self.plan,
            stored=stored,
            journal=self.journal,
            entry=entry,
            cancellation=self.task,
            progress=StoredBytes(self.task, is_told=True),
            check=self.check,
            is_kept=True,
        )
        with sender:
            for name in _largest_first(self.sizes):
                sender.give(name, self.sizes[name])
            sender.join()
            sender.give(TOC_NAME, self.sizes[TOC_NAME])
            sender.join()
            return checked_of_all(sender.receipts())


def _largest_first(sizes: Mapping[str, int]) -> list[str]:
    """All but the table of contents: without it no reader takes the folder for a dump."""
    return sorted(sizes.keys() - {TOC_NAME}, key=lambda name: (-sizes[name], name))


def _differs(folder: FolderPlace, path: str, name: str) -> IntegrityError:
    return IntegrityError(
        f"{folder.name(path)}/{name} is missing, or not what its manifest says",
        hint="the file was changed or damaged after it was dumped; nothing of the dump was sent",
    )
