"""The small documents of a bucket, manifests and results of checks: read again only when they have changed.

A listing tells each one's ETag, so what was read before under the same key and ETag is the same bytes. It is
trusted no more than what comes from the bucket, and read from there whenever anything does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Protocol

from bak_tui.core.objects import StoredObject
from bak_tui.core.profile import Target


class Readable(Protocol):
    """Where a document is read from."""

    def read(self, key: str, *, limit: int) -> bytes: ...


class Bucket(Readable, Protocol):
    """The bucket they lie in."""

    def endpoint_in_use(self) -> str: ...


class Kept(Protocol):
    """What was read before."""

    def find(self, place: str, stored: StoredObject) -> bytes | None: ...

    def keep(self, place: str, stored: StoredObject, content: bytes) -> None: ...


class DocumentCache(Protocol):
    """Remembers documents; may forget them at any time."""

    def opened(self) -> AbstractContextManager[Kept]: ...


class NoCache:
    """Remembers nothing."""

    def opened(self) -> AbstractContextManager[Kept]:
        return nullcontext(self)

    def find(self, place: str, stored: StoredObject) -> bytes | None:
        del place, stored
        return None

    def keep(self, place: str, stored: StoredObject, content: bytes) -> None:
        """It is forgotten at once."""


class Documents:
    """A bucket's documents, as a listing has just shown them."""

    def __init__(self, store: Bucket, target: Target, kept: Kept, listed: Mapping[str, StoredObject]) -> None:
        self._store = store
        self._target = target
        self._kept = kept
        self._listed = listed

    @cached_property
    def _place(self) -> str:
        """Where requests really go: elsewhere the same key and ETag may be another's."""
        return f"{self._store.endpoint_in_use()} {self._target.bucket}"

    def read(self, key: str, *, limit: int) -> bytes:
        """A whole document; errors as the store raises them."""
        stored = self._listed.get(key)
        if stored is None or not stored.etag or stored.size > limit:
            return self._store.read(key, limit=limit)
        content = self._kept.find(self._place, stored)
        if content is None or len(content) != stored.size:
            content = self._store.read(key, limit=limit)
            if len(content) == stored.size:
                self._kept.keep(self._place, stored, content)
        return content
