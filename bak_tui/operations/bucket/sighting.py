"""What a listing of the bucket shows: what may be a dump and has to be looked at, and how much is none.

Of a million objects that are none, only their number is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bak_tui.core.names import checked_dump, is_globals, is_manifest, looks_like_dump, manifested
from bak_tui.core.objects import StoredObject
from bak_tui.core.profile import Target
from bak_tui.operations.bucket.directories import Directories
from bak_tui.operations.bucket.pairing import Pair, Pairing
from bak_tui.operations.ports import ObjectStore


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a dump."""

    stored: StoredObject
    has_manifest: bool = False
    is_directory: bool = False


@dataclass
class Sighted:
    """What a listing has shown."""

    candidates: list[Candidate] = field(default_factory=list)
    documents: dict[str, StoredObject] = field(default_factory=dict)
    """Manifests of these and results of checks, by key."""
    others: int = 0


def sight(
    store: ObjectStore, target: Target, prefix: str, *, looks_at_bytes: bool, check: Callable[[], None]
) -> Sighted:
    """List everything below `prefix`. `check` is called between requests and may raise."""
    sighting, pairing = _Sighting(target, looks_at_bytes=looks_at_bytes), Pairing()
    for page in store.pages(target.key(prefix)):
        check()
        sighting.sort(pairing.take(page))
    sighting.sort(pairing.end())
    return sighting.end()


def is_dump_by_name(stored: StoredObject) -> bool:
    """Whether an object without a manifest is taken for a dump unseen: by its name, and not when empty."""
    return stored.size > 0 and looks_like_dump(stored.key)


class _Sighting:
    """One listing as it goes on."""

    def __init__(self, target: Target, *, looks_at_bytes: bool) -> None:
        self._target = target
        self._looks_at_bytes = looks_at_bytes
        self._sighted = Sighted()
        self._directories = Directories(keeps_strays=looks_at_bytes)
        self._alone: dict[str, StoredObject] = {}
        """Manifests that no object of their name came with, by that name: a directory's, or nobody's."""

    def sort(self, pairs: Iterable[Pair]) -> None:
        sighted = self._sighted
        for stored, manifest in pairs:
            path = self._target.path(stored.key)
            if checked_dump(path):
                sighted.documents[stored.key] = stored
            elif is_globals(path):
                sighted.others += 1 + (manifest is not None)
            elif is_manifest(stored.key):
                sighted.others += manifest is not None
                self._alone[manifested(stored.key)] = stored
            elif manifest is not None:
                sighted.candidates.append(Candidate(stored, has_manifest=True))
                sighted.documents[manifest.key] = manifest
            elif not self._directories.take(stored):
                self._single(stored)

    def end(self) -> Sighted:
        directories = self._directories
        directories.claim(self._alone)
        for stray in directories.strays:
            self._single(stray)
        for whole in directories.found:
            manifest = self._alone.pop(whole.key, None)
            self._sighted.candidates.append(Candidate(whole, manifest is not None, is_directory=True))
            if manifest is not None:
                self._sighted.documents[manifest.key] = manifest
        self._sighted.others += directories.others + len(self._alone)
        return self._sighted

    def _single(self, stored: StoredObject) -> None:
        if self._looks_at_bytes or is_dump_by_name(stored):
            self._sighted.candidates.append(Candidate(stored))
        else:
            self._sighted.others += 1
