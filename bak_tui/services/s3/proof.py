"""What an upload proved: how the answers' sizes and ETags are held against what was sent.

What an ETag can tell, and when it tells nothing, is `core.etags`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bak_tui.core.errors import IntegrityError
from bak_tui.core.etags import etag_form
from bak_tui.core.parts import PartDigest, StreamDigest, multipart_etag


@dataclass(frozen=True, slots=True)
class Seen:
    """An object as a HEAD showed it after (or instead of) the answer to the last request."""

    size: int
    etag: str
    token: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the finished object must look like."""

    digest: StreamDigest
    token: str
    part_etags: tuple[str, ...]
    is_multipart: bool

    @property
    def etag(self) -> str:
        """The ETag by S3's rules."""
        return multipart_etag(self.digest.parts) if self.is_multipart else self.digest.parts[0].md5

    @property
    def has_plain_etags(self) -> bool:
        """Whether this server's ETags are MD5s at all: every part's was."""
        return _are_md5s(self.part_etags, self.digest.parts)

    def is_ours(self, seen: Seen) -> bool:
        """Whether this object is the one that was sent, beyond its size."""
        return seen.size == self.digest.size and (
            seen.etag.lower() == self.etag or (bool(seen.token) and seen.token == self.token)
        )

    def contradicts(self, etag: str) -> bool:
        """Whether an ETag proves that something else was stored."""
        same_form = etag_form(etag) is not None and etag_form(etag) == etag_form(self.etag)
        return self.has_plain_etags and same_form and etag.lower() != self.etag

    def check(self, answered: str, seen: Seen | None, key: str) -> tuple[str, ...]:
        """What the answer's ETag and the HEAD (None: not allowed) prove; IntegrityError if they differ."""
        checked = ["parts"] if all(self.part_etags) else []
        for etag in filter(None, (answered, seen.etag if seen else "")):
            if self.contradicts(etag):
                raise IntegrityError(
                    f"{key}: the store's ETag {etag} is not the {self.etag} that was sent",
                    hint="the object was removed; try again",
                )
        if seen is None:
            return tuple(checked)
        if seen.size != self.digest.size:
            raise IntegrityError(
                f"{key}: {self.digest.size} bytes were sent, the store has {seen.size}",
                hint="the object was removed; try again",
            )
        checked.append("size")
        if self.has_plain_etags and self.etag in {answered.lower(), seen.etag.lower()}:
            checked.append("etag")
        return tuple(checked)


def _are_md5s(etags: Sequence[str], parts: Sequence[PartDigest]) -> bool:
    return [etag.lower() for etag in etags] == [part.md5 for part in parts]
