"""Send one local directory-format backup to a bucket: its files, the table of contents last, its manifest.

Every file is held against the manifest while it is sent; what was sent is deleted again when one is wrong.
"""

from __future__ import annotations

from bak_tui.core.dump_format import TOC_NAME
from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import FileRecord, Manifest
from bak_tui.core.parts import PartPlan, StreamDigest
from bak_tui.operations.backup.committing import Stored, commit, removed_unless_committed
from bak_tui.operations.backup.sending_files import FileSender, checked_of_all
from bak_tui.operations.backup.storing import StoredBytes
from bak_tui.operations.bucket.recorded import recorded_files
from bak_tui.operations.looking_after import looked_after
from bak_tui.operations.places import BucketPlace, FolderPlace
from bak_tui.operations.ports import Journal, OpenEntry
from bak_tui.operations.transfer.sending import Sent, other_is_there, stored_manifest
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
    trace = bucket.trace(path, is_directory=True)
    with (
        looked_after(lambda: bucket.has_nothing_of(path)),
        journal.entry(trace) as entry,
        removed_unless_committed(bucket, path, task, entry) as stored,
    ):
        checked = _send_files(folder, path, manifest, bucket, journal, task, stored, entry)
        task.phase("committing")
        committed = commit(bucket, path, manifest.model_copy(update={"checked": list(checked)}))
    return Sent(manifest.database, path, bucket.name(path), manifest.size, committed)


def _already_there(bucket: BucketPlace, path: str, manifest: Manifest) -> Sent:
    """The same backup may be uploaded twice; anything else is left alone."""
    there = stored_manifest(bucket, path)
    if there is None or there.sha256 != manifest.sha256:
        raise other_is_there(bucket, path)
    recorded_files(bucket.bucket, bucket.target.key(path), there)
    return Sent(manifest.database, path, bucket.name(path), manifest.size, there, was_there=True)


def _send_files(
    folder: FolderPlace,
    path: str,
    manifest: Manifest,
    bucket: BucketPlace,
    journal: Journal,
    task: Task,
    stored: Stored,
    entry: OpenEntry,
) -> tuple[str, ...]:
    records = {record.name: record for record in manifest.files or []}
    for name, record in records.items():
        if folder.size_of(f"{path}/{name}") != record.size:
            raise _differs(folder, path, name)

    def check(name: str, digest: StreamDigest) -> None:
        if digest != records[name].digest:
            raise _differs(folder, path, name)

    sender = FileSender(
        folder.place(path),
        bucket,
        path,
        PartPlan(manifest.part_size),
        stored=stored,
        journal=journal,
        entry=entry,
        cancellation=task,
        progress=StoredBytes(task, is_told=True),
        check=check,
        is_kept=True,
    )
    with sender:
        for record in _largest_first(records):
            sender.give(record.name, record.size)
        sender.join()
        sender.give(TOC_NAME, records[TOC_NAME].size)
        sender.join()
        return checked_of_all(sender.receipts())


def _largest_first(records: dict[str, FileRecord]) -> list[FileRecord]:
    """All but the table of contents: without it no reader takes the folder for a dump."""
    data = [record for record in records.values() if record.name != TOC_NAME]
    return sorted(data, key=lambda record: -record.size)


def _differs(folder: FolderPlace, path: str, name: str) -> IntegrityError:
    return IntegrityError(
        f"{folder.name(path)}/{name} is missing, or not what its manifest says",
        hint="the file was changed or damaged after it was dumped; nothing of the dump was sent",
    )
