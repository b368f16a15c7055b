"""A directory-format backup's objects held against the files of its manifest, by what a listing tells."""

from __future__ import annotations

from dataclasses import dataclass

from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import FileRecord, Manifest
from bak_tui.core.objects import StoredObject
from bak_tui.operations.bucket.directories import directory_files
from bak_tui.operations.ports import ObjectStore


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """An object, and what was written to it."""

    stored: StoredObject
    record: FileRecord


def recorded_files(store: ObjectStore, key: str, manifest: Manifest) -> tuple[RecordedFile, ...]:
    """Every file of the backup at `key`, the largest first.

    Raises IntegrityError for one that is missing or has another size, and for an object that is none of them.
    """
    there = {stored.key.removeprefix(f"{key}/"): stored for stored in directory_files(store, key)}
    found = []
    for record in manifest.files or []:
        stored = there.pop(record.name, None)
        if stored is None:
            raise _wrong(f"{key}/{record.name} is missing")
        if stored.size != record.size:
            raise _wrong(f"{stored.key} has {stored.size} bytes, {record.size} were written")
        found.append(RecordedFile(stored, record))
    if there:
        raise _wrong(f"{key}/{min(there)} is none of the files that were backed up")
    return tuple(sorted(found, key=lambda file: -file.record.size))


def _wrong(what: str) -> IntegrityError:
    return IntegrityError(
        what, hint="the backup was changed after it was written; use another", kind="bad_size"
    )
