"""Which objects of a listing have a manifest, told as early as the listing allows.

An object's manifest comes after it, maybe on the next page. An object is handed out once that is decided,
and once only; what is held back meanwhile are names that the last name seen begins with: a handful at most.
"""

from __future__ import annotations

from bak_tui.core.names import manifest_path
from bak_tui.core.objects import Page, StoredObject

Pair = tuple[StoredObject, StoredObject | None]
"""An object and its manifest."""


class Pairing:
    """Takes one listing, page by page."""

    def __init__(self) -> None:
        self._open: dict[str, StoredObject] = {}
        """Objects whose manifest could still come, by key."""
        self._near: dict[str, StoredObject] = {}

    def take(self, page: Page) -> list[Pair]:
        """What this page decides. A manifest comes with its object, and alone only where it has none."""
        near = self._near = self._open | {stored.key: stored for stored in page.objects}
        last = max([_bytes(name) for name in (*near, *page.folders)], default=b"")
        self._open = {}
        decided: list[Pair] = []
        told: set[str] = set()
        for key, stored in near.items():
            if key in told:
                continue
            where = manifest_path(key)
            manifest = near.get(where)
            if manifest is None and _bytes(where) > last:
                self._open[key] = stored
                continue
            told.add(where)
            decided.append((stored, manifest))
        return decided

    def end(self) -> list[Pair]:
        """Nothing comes any more."""
        return [(stored, None) for stored in self._open.values()]

    def is_near(self, key: str) -> bool:
        """Whether an object of that key came on this page, or just before it."""
        return key in self._near


def _bytes(name: str) -> bytes:
    """S3 sorts by the bytes of the UTF-8."""
    return name.encode("utf-8", "surrogatepass")
