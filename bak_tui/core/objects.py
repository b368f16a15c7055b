"""What is in a bucket, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as a listing or a HEAD tells it."""

    key: str
    size: int
    """Bytes."""
    modified: datetime
    """UTC."""
    etag: str = ""
    """Without quotes; empty when the server gives none."""
    token: str = ""
    """The upload's, from a HEAD; empty in listings and where the server keeps no metadata."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: objects and (with a delimiter) the folders beside them."""

    objects: tuple[StoredObject, ...]
    folders: tuple[str, ...] = ()
    """Common prefixes, each ending with `/`."""


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """A multipart upload that was begun and neither completed nor aborted."""

    key: str
    upload_id: str
    begun: datetime
