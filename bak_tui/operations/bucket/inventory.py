"""What is in the bucket: backups (with their manifests), dumps without one, and other objects.

The bucket is the only catalogue. A manifest is read, never believed: its dump must be there with its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from bak_tui.core.checks import Check
from bak_tui.core.dump_format import DumpFormat
from bak_tui.core.errors import IntegrityError, StoreError, UsageError
from bak_tui.core.evidence import Evidence, weigh
from bak_tui.core.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from bak_tui.core.names import checked_dump, manifest_path, parse_dump_name
from bak_tui.core.objects import StoredObject
from bak_tui.core.profile import Target
from bak_tui.core.selection import Selection
from bak_tui.operations.bucket.checks import CheckShelf
from bak_tui.operations.bucket.directories import directory_at, toc_key
from bak_tui.operations.bucket.documents import DocumentCache, Documents, NoCache, Readable
from bak_tui.operations.bucket.sighting import Candidate, is_dump_by_name, sight
from bak_tui.operations.ports import ObjectStore
from bak_tui.operations.refused import Refused
from bak_tui.services.archive import HEAD_BYTES, TOC_NAME, ArchiveHead, Kind, recognise

_AT_ONCE = 8
_NO_CACHE = NoCache()


@dataclass(frozen=True, slots=True)
class StoredDump:
    """A dump in the bucket and what is known of it."""

    stored: StoredObject
    """A directory's: its folder, without a `/` at its end, and the size of all its files."""
    path: str
    """Relative to the prefix."""
    database: str
    taken: datetime
    """The manifest's snapshot time, else the name's timestamp, else LastModified."""
    manifest: Manifest | None = None
    problem: str = ""
    """Why its manifest does not count; empty when it does, or when there is none."""
    head: ArchiveHead | None = None
    """Its first bytes, looked at only where there is no valid manifest."""
    checks: tuple[Check, ...] = ()
    """Results of verify and prove that lie beside it, newest first."""
    is_directory: bool = False
    """A folder of objects, one a file of a directory-format archive; by name alone where no byte was seen."""

    @property
    def name(self) -> str:
        """As a run of several tells them apart."""
        return self.path

    @property
    def is_backup(self) -> bool:
        return self.manifest is not None

    @property
    def is_dump(self) -> bool:
        """Whether its manifest or its own first bytes say so, not its name alone."""
        head = self.head
        by_bytes = head is not None and (
            head.kind is Kind.DIRECTORY if self.is_directory else head.is_archive or head.kind is Kind.CUT
        )
        return self.is_backup or bool(self.problem) or by_bytes

    @property
    def is_good(self) -> bool:
        """A backup, and no check has failed since that none has outlived."""
        return self.is_backup and self.evidence.failed is None

    @property
    def evidence(self) -> Evidence:
        """What its checks prove."""
        return weigh(self.checks, self.manifest.id if self.manifest else None)


@dataclass(frozen=True, slots=True)
class Inventory:
    """A bucket below one prefix. Dumps are newest first."""

    dumps: tuple[StoredDump, ...]
    others: int
    """How many objects are none of them."""

    def narrowed(self, selection: Selection, *, newest: bool, at: datetime | None) -> Inventory:
        """Only the selected databases; only each one's newest (not after `at`) when asked."""
        wanted = set(selection.among(sorted({dump.database for dump in self.dumps})))
        dumps = [dump for dump in self.dumps if dump.database in wanted and (at is None or dump.taken <= at)]
        if newest or at is not None:
            first: dict[str, StoredDump] = {}
            for dump in dumps:
                first.setdefault(dump.database, dump)
            dumps = list(first.values())
        return Inventory(tuple(dumps), self.others)

    def by_keys(self, keys: Sequence[str], target: Target) -> tuple[Inventory, list[Refused]]:
        """Only these, each a `s3://bucket/key`, a key, or a key below the prefix; and what is no dump."""
        by_key = {dump.stored.key: dump for dump in self.dumps}
        chosen: dict[str, StoredDump] = {}
        refused = []
        for asked in keys:
            key = asked.removeprefix(f"s3://{target.bucket}/")
            names = (key, target.key(key), _folder_of(key), _folder_of(target.key(key)))
            dump = next(filter(None, map(by_key.get, names)), None)
            if dump is None:
                why = UsageError(f"{asked} is no dump in {target}", hint="bak dumps lists what is there")
                refused.append(Refused(asked, why))
            else:
                chosen[dump.stored.key] = dump
        return Inventory(tuple(chosen.values()), self.others), refused


def take_inventory(
    store: ObjectStore,
    target: Target,
    prefix: str = "",
    *,
    looks_at_bytes: bool = True,
    check: Callable[[], None] = lambda: None,
    cache: DocumentCache = _NO_CACHE,
) -> Inventory:
    """List everything below the target's prefix, and read every manifest there.

    What has no manifest is told by its first bytes, one request each; without `looks_at_bytes` by its name
    alone, which is all a big bucket can be asked every few minutes. `check` is called between requests and
    may raise to give it up. `cache` knows manifests and checks that were read before.
    """
    sighted = sight(store, target, prefix, looks_at_bytes=looks_at_bytes, check=check)
    with cache.opened() as kept, ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="bak-inventory") as pool:
        documents = Documents(store, target, kept, sighted.documents)
        shelf = CheckShelf(documents, filter(checked_dump, sighted.documents))

        def examine(candidate: Candidate) -> StoredDump:
            check()
            return describe(store, target, candidate, shelf, documents, looks_at_bytes=looks_at_bytes)

        examined = list(pool.map(examine, sighted.candidates))
    dumps = [each for each in examined if each.is_dump or not looks_at_bytes]
    return Inventory(tuple(newest_first(dumps)), sighted.others + len(examined) - len(dumps))


def look_up(store: ObjectStore, target: Target, asked: str) -> StoredDump:
    """One object or directory, named as `s3://bucket/key`, as a key, or below the prefix; else UsageError.

    A directory is meant by its folder, and by its table of contents.
    """
    key = asked.removeprefix(f"s3://{target.bucket}/")
    objects = dict.fromkeys((key, target.key(key)))
    folders = dict.fromkeys(map(_folder_of, objects))
    stored = next(filter(None, map(store.head, objects)), None)
    directory = None
    if stored is None or _folder_of(stored.key) != stored.key:
        directory = next(filter(None, (directory_at(store, folder) for folder in folders)), None)
    whole = directory or stored
    if whole is None:
        raise UsageError(f"{asked} is not in {target}", hint="bak dumps lists what is there")
    has_manifest = store.head(manifest_path(whole.key)) is not None
    candidate = Candidate(whole, has_manifest, directory is not None)
    return describe(store, target, candidate, CheckShelf.beside(store, whole.key), store)


def newest_first(dumps: Iterable[StoredDump]) -> list[StoredDump]:
    """By time, newest first; equal times by key, so that the order is the same every time."""
    return sorted(dumps, key=lambda dump: (-dump.taken.timestamp(), dump.stored.key))


def describe(
    store: ObjectStore,
    target: Target,
    candidate: Candidate,
    shelf: CheckShelf,
    documents: Readable,
    *,
    looks_at_bytes: bool = True,
) -> StoredDump:
    """What may be a dump, by its manifest if that is valid, else by its first bytes (or its name)."""
    stored = candidate.stored
    named = parse_dump_name(stored.key)
    manifest, problem, head = None, "", None
    if candidate.has_manifest:
        try:
            manifest = _read_manifest(documents, target, stored, is_directory=candidate.is_directory)
        except IntegrityError as error:
            problem = error.message
        except StoreError as error:
            # Deleted since it was listed, or too large to be ours: that is about one dump, not about all.
            if error.kind not in {"not_found", "too_large"}:
                raise
            problem = error.message
    if manifest is None and looks_at_bytes:
        try:
            head = recognise(store.read_head(_first_bytes_of(candidate), HEAD_BYTES))
        except StoreError as error:
            # Listed, and gone or locked away by now: that, too, is about one object.
            if error.kind not in {"not_found", "access_denied", "archived"}:
                raise
            problem = problem or (error.message if is_dump_by_name(stored) else "")
    return StoredDump(
        stored=stored,
        path=target.path(stored.key),
        database=manifest.database if manifest else named.database,
        taken=manifest.snapshot_at if manifest else named.taken or stored.modified,
        manifest=manifest,
        problem=problem,
        head=head,
        checks=shelf.of(stored.key),
        is_directory=candidate.is_directory,
    )


def _first_bytes_of(candidate: Candidate) -> str:
    """The object that tells what it is."""
    key = candidate.stored.key
    return toc_key(key) if candidate.is_directory else key


def _folder_of(key: str) -> str:
    """The directory that is meant by a key, if any is: by its folder, or by its table of contents."""
    return key.removesuffix(f"/{TOC_NAME}").rstrip("/")


def _read_manifest(
    documents: Readable, target: Target, stored: StoredObject, *, is_directory: bool
) -> Manifest:
    where = manifest_path(stored.key)
    manifest = parse_manifest(
        documents.read(where, limit=MAX_MANIFEST_BYTES), f"s3://{target.bucket}/{where}"
    )
    if is_directory is not (manifest.format is DumpFormat.DIRECTORY):
        raise IntegrityError(f"the manifest is of a {manifest.format}-format dump", kind="bad_manifest")
    if manifest.size != stored.size:
        raise IntegrityError(
            f"the manifest says {manifest.size} bytes, the object has {stored.size}", kind="bad_size"
        )
    return manifest
