"""`download`: dumps of the bucket into a folder, each with its manifest, never outside the folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import ConfirmationNeeded, IntegrityError
from bak_tui.core.names import local_path, manifest_path
from bak_tui.core.objects import StoredObject
from bak_tui.core.outcomes import Report
from bak_tui.core.parts import StreamDigest
from bak_tui.core.profile import Target
from bak_tui.core.wording import size
from bak_tui.operations.bucket.directories import directory_files
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.bucket.recorded import recorded_files
from bak_tui.operations.looking_after import looked_after
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators, ObjectStore
from bak_tui.operations.refused import Refused, unless_refused
from bak_tui.operations.side_by_side import side_by_side
from bak_tui.services.folder import hash_file
from bak_tui.services.jobs import Job, Task

FILES_AT_ONCE = 4

_Wanted = tuple[tuple[StoredObject, StreamDigest | None], str]
"""An object, what was written to it, and the name that its file is to have."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A dump that is now on this machine."""

    database: str
    path: Path
    size: int
    has_manifest: bool
    was_there: bool = False
    rows: int | None = None
    """As its manifest says."""

    @property
    def sentence(self) -> str:
        kind = "every part as its manifest says" if self.has_manifest else "no manifest to check it against"
        return f"{size(self.size)}, {'was already there, ' if self.was_there else ''}{kind}"


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """Where dumps are fetched to, and how."""

    folder: Path
    parallel: int = 1
    """Dumps at once."""
    overwrites: bool = False
    """Whether a file of another content may be replaced."""


def run_download(
    collaborators: Collaborators,
    target: Target,
    dumps: Sequence[StoredDump | Refused],
    options: DownloadOptions,
    job: Job[Report[Fetched]],
) -> Report[Fetched]:
    """Fetch `dumps` below `options.folder`, under their paths relative to the prefix, made harmless."""
    store = collaborators.store(target)
    folder = FolderPlace(options.folder)
    stored = [dump.path for dump in dumps if isinstance(dump, StoredDump)]
    kept_as = dict(zip(stored, distinct_paths(stored), strict=True))

    def fetch_noted(task: Task, dump: StoredDump) -> Fetched:
        path = kept_as[dump.path]
        get = fetch_directory if dump.is_directory else fetch
        with collaborators.journal.entry(folder.trace(path)):
            return get(store, dump, folder, path, task, overwrites=options.overwrites)

    report = job.each([(dump.name, dump) for dump in dumps], options.parallel, unless_refused(fetch_noted))
    renamed = tuple(f"{path} is kept as {name}" for path, name in kept_as.items() if path != name)
    return Report(report.outcomes, renamed)


def fetch(
    store: ObjectStore, dump: StoredDump, folder: FolderPlace, path: str, task: Task, *, overwrites: bool
) -> Fetched:
    """Fetch one dump and its manifest; the manifest comes last, as it does in the bucket.

    That of an older dump in its place goes before that is replaced: whatever ends this run meanwhile, no dump
    lies beside a manifest that speaks of another.
    """
    manifest = dump.manifest
    task.phase("downloading", total=dump.stored.size)
    place = folder.place(path)
    was_there = place.exists()
    if was_there and not overwrites:
        _check_same(dump, folder, path, task)
    else:
        folder.make_room(path, dump.stored.size)

        def may_have_its_name(sha256: str) -> None:
            _require(dump.path, manifest.digest if manifest else None, sha256)
            folder.delete(manifest_path(path))

        # What was there before stays until it is replaced: only of a new file can it be said.
        with looked_after(lambda: not was_there and folder.has_nothing_of(path)):
            store.download(
                dump.stored,
                place,
                cancellation=task,
                progress=task.advance,
                parts=manifest.digest.parts if manifest else (),
                gate=may_have_its_name,
                lasts=folder.lasts,
            )
    if manifest:
        folder.write(manifest_path(path), manifest.to_json())
    rows = manifest.rows if manifest else None
    return Fetched(dump.database, place, dump.stored.size, manifest is not None, was_there, rows)


def fetch_directory(
    store: ObjectStore, dump: StoredDump, folder: FolderPlace, path: str, task: Task, *, overwrites: bool
) -> Fetched:
    """Fetch one directory-format archive, several files at once; it has its name when all of them are there.

    With a manifest every file is held against it, and the manifest comes along, at last.
    """
    manifest = dump.manifest
    files = _files_of(store, dump)
    total = sum(stored.size for stored, _ in files)
    task.phase("downloading", total=total)
    place = folder.place(path)
    was_there = place.exists()
    if was_there and not overwrites:
        raise _other_is_there(folder, path)
    folder.make_room(path, total)
    names = distinct_paths([stored.key.rpartition("/")[2] for stored, _ in files])

    with looked_after(lambda: not was_there and folder.has_nothing_of(path)), folder.filling(path) as partial:
        room = FolderPlace(partial, lasts=folder.lasts)

        def get(wanted: _Wanted, cancellation: Cancellation) -> None:
            (stored, expected), name = wanted
            fetch_file(store, stored, expected, room, name, task, cancellation)

        side_by_side(list(zip(files, names, strict=True)), FILES_AT_ONCE, task, get)
        folder.delete(manifest_path(path))  # of what was there: it does not speak of these files
    if manifest:
        folder.write(manifest_path(path), manifest.to_json())
    rows = manifest.rows if manifest else None
    return Fetched(dump.database, place, total, manifest is not None, rows=rows)


def fetch_file(
    store: ObjectStore,
    stored: StoredObject,
    expected: StreamDigest | None,
    folder: FolderPlace,
    path: str,
    task: Task,
    cancellation: Cancellation,
) -> None:
    """One file of a directory-format archive. Raises IntegrityError when it is not what was written."""
    store.download(
        stored,
        folder.place(path),
        cancellation=cancellation,
        progress=task.advance,
        parts=expected.parts if expected else (),
        gate=lambda sha256: _require(stored.key, expected, sha256),
        lasts=folder.lasts,
    )


def _require(what: str, expected: StreamDigest | None, sha256: str) -> None:
    """Raises IntegrityError for what is not what was written."""
    if expected and sha256 != expected.sha256:
        raise IntegrityError(
            f"{what} is not what its manifest says: its SHA-256 differs",
            hint="the object was changed after it was written; use an older backup",
        )


def _files_of(store: ObjectStore, dump: StoredDump) -> list[tuple[StoredObject, StreamDigest | None]]:
    """A directory's objects, each with what was written to it, where a manifest says so."""
    key, manifest = dump.stored.key, dump.manifest
    if manifest is None:
        return [(stored, None) for stored in directory_files(store, key)]
    return [(file.stored, file.record.digest) for file in recorded_files(store, key, manifest)]


def _check_same(dump: StoredDump, folder: FolderPlace, path: str, task: Task) -> None:
    """A file that is there already is left alone; it counts as fetched only when it is the very dump."""
    same = folder.size_of(path) == dump.stored.size and dump.manifest is not None
    if same and dump.manifest:
        same = hash_file(folder.place(path), task, task.advance) == dump.manifest.sha256
    if not same:
        raise _other_is_there(folder, path)


def _other_is_there(folder: FolderPlace, path: str) -> ConfirmationNeeded:
    return ConfirmationNeeded(
        f"{folder.name(path)} is already there and is not this dump; it was left alone",
        hint="--yes overwrites it; another --dir keeps both",
    )


def distinct_paths(paths: Sequence[str]) -> list[str]:
    """A harmless local path for each key's path; two that a file system may take for one get a suffix."""
    taken: set[str] = set()
    chosen: list[str] = []
    for path in paths:
        local = local_path(path)
        if local.casefold() in taken:
            mark = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:8]
            stem, dot, suffix = local.rpartition(".")
            local = f"{stem}~{mark}{dot}{suffix}" if dot else f"{local}~{mark}"
        taken.add(local.casefold())
        chosen.append(local)
    return chosen
