"""How a stream of unknown length is cut into parts that every S3 server takes.

Limits (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html): 10,000 parts, 5 MiB to 5 GiB each
but for the last, 5 TiB an object. Parts stay equal, as Cloudflare R2 demands, for the first 9,000; only a
stream far longer than was planned for makes them grow.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

MIB = 1024 * 1024
MAX_PARTS = 10_000
MIN_PART_SIZE = 5 * MIB
MAX_PART_SIZE = 5 * 1024 * MIB
MAX_OBJECT_SIZE = 5 * 1024 * 1024 * MIB
DEFAULT_PART_SIZE = 16 * MIB

EQUAL_PARTS = 9_000
"""So many have the planned size; only then, if the stream goes on, they grow."""
_FEW_PARTS = 1_000
"""Up to so many, parts are small: less memory, and less to fetch when a table is restored. Each is a request
and a line of the manifest.
"""
_PARTS_BEFORE_DOUBLING = 100


@dataclass(frozen=True, slots=True)
class PartPlan:
    """The size of every part, by its number (from 1)."""

    part_size: int = DEFAULT_PART_SIZE
    at_once: int | None = None
    """At most so many of a stream are on their way: memory is for (at_once + 1) parts. None: as `at_once_of`
    says, for a stream that has the store to itself.
    """

    def __post_init__(self) -> None:
        if not MIN_PART_SIZE <= self.part_size <= MAX_PART_SIZE:
            raise ValueError(f"a part has {MIN_PART_SIZE} to {MAX_PART_SIZE} bytes, not {self.part_size}")

    def at_once_of(self, usual: int) -> int:
        """Parts on their way at once where `usual` are of 16 MiB: of small ones up to twice as many.

        A store answers a part only when it has it; with too little on its way meanwhile a long line idles.
        """
        most = max(usual, min(2 * usual, usual * DEFAULT_PART_SIZE // self.part_size))
        return min(self.at_once or most, most)

    def size_of(self, number: int) -> int:
        """Bytes in part `number`: equal to 9,000, then doubled every 100 parts."""
        doublings = max(0, -(-(number - EQUAL_PARTS) // _PARTS_BEFORE_DOUBLING))
        return int(min(self.part_size << doublings, MAX_PART_SIZE))


def plan_parts(expected_size: int, part_size: int | None = None, *, least: int = MIN_PART_SIZE) -> PartPlan:
    """The plan for a stream of about `expected_size` bytes (a database's size is a good upper guess).

    A thousandth of it, but `least` (5 MiB) to 16 MiB; more only where the stream would need more than 9,000
    parts; 16 MiB when nothing is expected (0). Whole MiB.
    """
    if part_size is not None:
        return PartPlan(part_size)
    if not expected_size:
        return PartPlan()
    expected = min(expected_size, MAX_OBJECT_SIZE)
    usual = max(least, min(expected / _FEW_PARTS, DEFAULT_PART_SIZE))
    return PartPlan(ceil(max(usual, expected / EQUAL_PARTS) / MIB) * MIB)


Span = tuple[int, int]
"""First byte and end (exclusive)."""


def spans_of(sizes: Iterable[int]) -> tuple[Span, ...]:
    """Where parts of these sizes lie, one after another."""
    ends = tuple(accumulate(sizes))
    return tuple(zip((0, *ends), ends, strict=False))


def parts_within(parts: Sequence[Span], wanted: Iterable[Span]) -> set[int]:
    """The numbers, from 1, of the parts in which bytes of `wanted` lie; `parts` follow each other."""
    ends = [end for _, end in parts]
    numbers = range(1, len(parts) + 1)
    found: set[int] = set()
    for begin, end in wanted:
        found.update(numbers[bisect_right(ends, begin) : bisect_left(ends, end) + 1])
    return found


def spans_between(begins: Mapping[int, int], size: int) -> dict[int, Span]:
    """Where each of what lies one after the other begins and ends, by its number: the last at `size`."""
    order = sorted(begins.values())
    ends = dict(zip(order, [*order, size][1:], strict=True))
    return {number: (begin, ends[begin]) for number, begin in begins.items()}


@dataclass(frozen=True, slots=True)
class PartDigest:
    """One part as it was sent: its size in bytes and its hashes, lower-case hex."""

    size: int
    sha256: str
    md5: str


def digest_part(data: bytes | bytearray | memoryview) -> PartDigest:
    """Hash one part. MD5 is S3's own part check (Content-MD5, ETag), not security."""
    return PartDigest(
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class StreamDigest:
    """A whole stream as it was read: size in bytes, SHA-256 (hex) of all of it, and its parts."""

    size: int
    sha256: str
    parts: tuple[PartDigest, ...]


def multipart_etag(parts: Sequence[PartDigest]) -> str:
    """The ETag S3 gives a multipart object: MD5 over the parts' binary MD5s, `-`, their number."""
    joined = b"".join(bytes.fromhex(part.md5) for part in parts)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(parts)}"


class Digester:
    """Hashes a stream as it passes: the whole, and each part of the plan."""

    def __init__(self, plan: PartPlan) -> None:
        self._plan = plan
        self._whole = hashlib.sha256()
        self._size = 0
        self._parts: list[PartDigest] = []
        self._begin_part()

    def update(self, data: bytes) -> None:
        view = memoryview(data)
        self._whole.update(view)
        self._size += len(view)
        while view:
            room = self._plan.size_of(len(self._parts) + 1) - self._part_size
            piece, view = view[:room], view[room:]
            self._sha256.update(piece)
            self._md5.update(piece)
            self._part_size += len(piece)
            if len(piece) == room:
                self._end_part()

    def finish(self) -> StreamDigest:
        """The digest of all that passed; an empty stream is one empty part."""
        if self._part_size or not self._parts:
            self._end_part()
        return StreamDigest(self._size, self._whole.hexdigest(), tuple(self._parts))

    def _begin_part(self) -> None:
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._part_size = 0

    def _end_part(self) -> None:
        self._parts.append(PartDigest(self._part_size, self._sha256.hexdigest(), self._md5.hexdigest()))
        self._begin_part()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What writing a stream proved."""

    digest: StreamDigest
    etag: str
    """The one the store shows for the object; empty when it shows none."""
    checked: tuple[str, ...]
    """Of `parts` (each was acknowledged against its MD5), `size` and `etag` (both read back)."""
    retries: int = 0
    """Requests for parts, or to complete, that had to be sent again."""
