"""Which bytes of an object are fetched together, and what they must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bak_tui.core.errors import IntegrityError
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import MIB, PartDigest, spans_of

_PIECE = 16 * MIB


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes `start` to `end` (exclusive), fetched by one request."""

    number: int
    """From 1; the part's number when the manifest's parts are known."""
    start: int
    end: int
    expected: PartDigest | None = None

    def __str__(self) -> str:
        return f"part {self.number} (bytes {self.start}-{self.end - 1})"

    def header(self, done: int) -> str:
        """The Range header for what is missing after the first `done` bytes."""
        return f"bytes={self.start + done}-{self.end - 1}"


def plan_ranges(stored: StoredObject, parts: Sequence[PartDigest]) -> list[Range]:
    """The manifest's parts, else 16 MiB each. IntegrityError when the parts do not add up to the object."""
    if not parts:
        starts = range(0, stored.size, _PIECE)
        return [Range(n, at, min(at + _PIECE, stored.size)) for n, at in enumerate(starts, 1)]
    total = sum(part.size for part in parts)
    if total != stored.size:
        raise IntegrityError(
            f"{stored.key} has {stored.size} bytes, its manifest says {total}",
            hint="the object was cut, or replaced by another",
        )
    spans = spans_of(part.size for part in parts)
    return [
        Range(number, *span, part)
        for number, (span, part) in enumerate(zip(spans, parts, strict=True), 1)
        if part.size
    ]
