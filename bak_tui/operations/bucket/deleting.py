"""Delete one dump of a bucket: its manifest first, then its data, then the results of its checks.

In that order nothing half deleted is ever taken for a backup. What is refused half-way is told, and the same
deletion can be asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bak_tui.core.errors import BakError, StoreError
from bak_tui.core.names import checks_folder, manifest_path
from bak_tui.core.wording import size
from bak_tui.operations.bucket.directories import directory_files
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.jobs import Task


@dataclass(frozen=True, slots=True)
class Deleted:
    """A dump that is not in the bucket any more."""

    database: str
    path: str
    size: int
    was_backup: bool
    rows: int | None = None

    @property
    def sentence(self) -> str:
        return f"{size(self.size)}, the {'backup' if self.was_backup else 'dump'} is deleted"


def delete_one(store: ObjectStore, dump: StoredDump, task: Task) -> Deleted:
    """Delete it. Raises StoreError naming what was refused, and what that leaves behind."""
    key = dump.stored.key
    task.phase("deleting")
    _delete(store, [manifest_path(key)], "nothing was deleted", task)
    left = "its manifest is deleted, so that it is a dump without one now; delete it again"
    if dump.is_directory:
        _delete_directory(store, key, task)
    else:
        _delete(store, [key], left if dump.is_backup or dump.problem else "nothing was deleted", task)
        _require_gone(store, key, task)
    try:
        task.apart(lambda: _delete_checks(store, key))
    except StoreError as error:
        task.warn(f"the dump is deleted, the results of its checks are not: {error}")
    return Deleted(dump.database, dump.path, dump.stored.size, dump.is_backup)


def _delete_directory(store: ObjectStore, key: str, task: Task) -> None:
    """Its files, then its table of contents: what is left half-way is still found, and can be deleted."""
    *files, toc = [file.key for file in task.apart(lambda: directory_files(store, key))]
    for keys in (files, [toc]):
        _delete(store, keys, "some of its files may be deleted; delete it again", task)
    _require_gone(store, toc, task)


def _delete(store: ObjectStore, keys: Sequence[str], left: str, task: Task) -> None:
    try:
        task.apart(lambda: store.delete(keys))
    except StoreError as error:
        hint = f"{left}; {error.hint}" if error.hint else left
        raise StoreError(error.message, hint=hint, kind=error.kind) from error


def _require_gone(store: ObjectStore, key: str, task: Task) -> None:
    """Some servers answer yes and keep it. Where one may not look, its answer has to do."""
    try:
        seen = task.apart(lambda: store.head(key))
    except StoreError as error:
        if error.kind != "access_denied":
            raise
        return
    if seen is not None:
        raise BakError(
            f"{key} is still there, although the store said that it was deleted",
            hint="its manifest is deleted; the store may keep objects for a time, or another run wrote it",
            kind="not_deleted",
        )


def _delete_checks(store: ObjectStore, key: str) -> None:
    pages = store.pages(checks_folder(key))
    store.delete([stored.key for page in pages for stored in page.objects])
