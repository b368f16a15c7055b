"""What is in the bucket: backups (with their manifests), dumps without one, and other objects.

The bucket is the only catalogue. A manifest is read, never believed: its dump must be there with its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from bak_tui.core.checks import Check
from bak_tui.core.errors import IntegrityError, StoreError, UsageError
from bak_tui.core.evidence import Evidence, weigh
from bak_tui.core.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from bak_tui.core.names import (
    checked_dump,
    is_globals,
    is_manifest,
    looks_like_dump,
    manifest_path,
    parse_dump_name,
)
from bak_tui.core.objects import StoredObject
from bak_tui.core.profile import Target
from bak_tui.core.selection import Selection
from bak_tui.operations.bucket.checks import CheckShelf
from bak_tui.operations.bucket.documents import DocumentCache, Documents, NoCache, Readable
from bak_tui.operations.bucket.pairing import Pair, Pairing
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.archive import HEAD_BYTES, ArchiveHead, Kind, recognise

_AT_ONCE = 8
_NO_CACHE = NoCache()


@dataclass(frozen=True, slots=True)
class StoredDump:
    """A dump in the bucket and what is known of it."""

    stored: StoredObject
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

    @property
    def is_backup(self) -> bool:
        return self.manifest is not None

    @property
    def is_dump(self) -> bool:
        """Whether its manifest or its own first bytes say so, not its name alone."""
        by_bytes = self.head is not None and (self.head.is_archive or self.head.kind is Kind.CUT)
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

    def by_keys(self, keys: Sequence[str], target: Target) -> Inventory:
        """Only these, each a `s3://bucket/key`, a key, or a key below the prefix. UsageError for others."""
        by_key = {dump.stored.key: dump for dump in self.dumps}
        chosen = []
        for asked in keys:
            key = asked.removeprefix(f"s3://{target.bucket}/")
            dump = by_key.get(key) or by_key.get(target.key(key))
            if dump is None:
                raise UsageError(f"{asked} is no dump in {target}", hint="bak dumps lists what is there")
            chosen.append(dump)
        return Inventory(tuple(chosen), self.others)


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
    sighted = _sight(store, target, prefix, looks_at_bytes=looks_at_bytes, check=check)
    with cache.opened() as kept, ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="bak-inventory") as pool:
        documents = Documents(store, target, kept, sighted.documents)
        shelf = CheckShelf(documents, filter(checked_dump, sighted.documents))

        def examine(pair: Pair) -> StoredDump:
            check()
            stored, manifest = pair
            return describe(
                store,
                target,
                stored,
                shelf,
                documents,
                has_manifest=manifest is not None,
                looks_at_bytes=looks_at_bytes,
            )

        examined = list(pool.map(examine, sighted.candidates))
    dumps = [each for each in examined if each.is_dump or not looks_at_bytes]
    return Inventory(tuple(newest_first(dumps)), sighted.others + len(examined) - len(dumps))


@dataclass
class _Sighted:
    """What a listing has shown."""

    candidates: list[Pair] = field(default_factory=list)
    """What may be a dump: has to be looked at."""
    documents: dict[str, StoredObject] = field(default_factory=dict)
    """Manifests of these and results of checks, by key."""
    others: int = 0


def _sight(
    store: ObjectStore, target: Target, prefix: str, *, looks_at_bytes: bool, check: Callable[[], None]
) -> _Sighted:
    """Of a million objects that are none, only their number is kept."""
    sighted, pairing = _Sighted(), Pairing()

    def sort(pairs: Iterable[Pair]) -> None:
        for stored, manifest in pairs:
            if checked_dump(target.path(stored.key)):
                sighted.documents[stored.key] = stored
            elif is_globals(target.path(stored.key)) or is_manifest(stored.key):
                # A manifest is nobody's here: its dump would have come with it.
                sighted.others += 1 + (manifest is not None)
            elif manifest is not None or looks_at_bytes or is_dump_by_name(stored):
                sighted.candidates.append((stored, manifest))
                if manifest is not None:
                    sighted.documents[manifest.key] = manifest
            else:
                sighted.others += 1

    for page in store.pages(target.key(prefix)):
        check()
        sort(pairing.take(page))
    sort(pairing.end())
    return sighted


def look_up(store: ObjectStore, target: Target, asked: str) -> StoredDump:
    """One object, named as `s3://bucket/key`, as a key, or below the prefix; else UsageError."""
    key = asked.removeprefix(f"s3://{target.bucket}/")
    candidates = dict.fromkeys((key, target.key(key)))
    stored = next(filter(None, (store.head(candidate) for candidate in candidates)), None)
    if stored is None:
        raise UsageError(f"{asked} is not in {target}", hint="bak dumps lists what is there")
    has_manifest = store.head(manifest_path(stored.key)) is not None
    shelf = CheckShelf.beside(store, stored.key)
    return describe(store, target, stored, shelf, store, has_manifest=has_manifest)


def newest_first(dumps: Iterable[StoredDump]) -> list[StoredDump]:
    """By time, newest first; equal times by key, so that the order is the same every time."""
    return sorted(dumps, key=lambda dump: (-dump.taken.timestamp(), dump.stored.key))


def describe(
    store: ObjectStore,
    target: Target,
    stored: StoredObject,
    shelf: CheckShelf,
    documents: Readable,
    *,
    has_manifest: bool,
    looks_at_bytes: bool = True,
) -> StoredDump:
    """One object as a dump, by its manifest if that is valid, else by its first bytes (or its name)."""
    named = parse_dump_name(stored.key)
    manifest, problem, head = None, "", None
    if has_manifest:
        try:
            manifest = _read_manifest(documents, target, stored)
        except IntegrityError as error:
            problem = error.message
        except StoreError as error:
            # Deleted since it was listed, or too large to be ours: that is about one dump, not about all.
            if error.kind not in {"not_found", "too_large"}:
                raise
            problem = error.message
    if manifest is None and looks_at_bytes:
        try:
            head = recognise(store.read_head(stored.key, HEAD_BYTES))
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
    )


def is_dump_by_name(stored: StoredObject) -> bool:
    """Whether an object without a manifest is taken for a dump unseen: by its name, and not when empty."""
    return stored.size > 0 and looks_like_dump(stored.key)


def _read_manifest(documents: Readable, target: Target, stored: StoredObject) -> Manifest:
    where = manifest_path(stored.key)
    manifest = parse_manifest(
        documents.read(where, limit=MAX_MANIFEST_BYTES), f"s3://{target.bucket}/{where}"
    )
    if manifest.size != stored.size:
        raise IntegrityError(
            f"the manifest says {manifest.size} bytes, the object has {stored.size}", kind="bad_size"
        )
    return manifest
