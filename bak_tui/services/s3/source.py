"""Cuts a stream of unknown length into parts, with a fixed number of buffers.

Two things must stay true. A part is full unless it is the last: a short `read` is not an end (boto3's own
transfer took it for one, stored 2 of 40 MiB and reported success). And no more than the given number of
buffers exists: when all are on their way the source is not read, so a slow S3 holds pg_dump back.

A buffer is a mapping of its own, so that its memory is the system's again as soon as it is done with. From
the allocator each new thread would keep some: 500 MB after two dozen jobs, without anything being held.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Protocol

from bak_tui.core.errors import StoreError
from bak_tui.core.parts import EQUAL_PARTS, MAX_PART_SIZE, MAX_PARTS, MIB, PartPlan

_PIECE = MIB // 4
"""Bytes read at once, what a pipe is gathered to (pgtools/output.py); larger ones only cost memory."""
_LARGER = 8
"""How much larger the parts are that are advised: nobody knows how long the stream would have been."""


Buffer = bytearray | mmap


class Readable(Protocol):
    """Where the bytes come from. `read(n)` may return fewer than n; only b"" is the end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; b"" at the end and only there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part in its buffer, to be given back to the pool once it is acknowledged."""

    number: int
    """From 1."""
    buffer: Buffer
    size: int
    is_last: bool

    @property
    def view(self) -> memoryview:
        """The part's bytes, not copied."""
        return memoryview(self.buffer)[: self.size]


class BufferPool:
    """A fixed number of buffers, made when first needed: no more than were ever needed at once."""

    def __init__(self, number: int) -> None:
        self._free: queue.LifoQueue[Buffer | None] = queue.LifoQueue()
        for _ in range(number):
            self._free.put(None)

    def take(self, size: int, seconds: float) -> Buffer | None:
        """A buffer of at least `size` bytes, or None when none came free within that time."""
        try:
            buffer = self._free.get(timeout=seconds)
        except queue.Empty:
            return None
        if buffer is None or len(buffer) < size:
            return mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)
        return buffer

    def give(self, buffer: Buffer) -> None:
        """Back into the pool."""
        self._free.put(buffer)


class PartReader:
    """Reads parts in order. It only copies: whatever it did besides would hold up pg_dump."""

    def __init__(
        self,
        source: Readable,
        plan: PartPlan,
        check: Callable[[], None],
        *,
        wants_equal: bool = False,
    ) -> None:
        self._source = source
        self._plan = plan
        self._check = check
        self._wants_equal = wants_equal
        """Whether the store refuses parts that grow."""
        self._ahead = b""
        """Read already, for the next part: only so is it known whether a full part is the last."""
        self.size = 0

    def parts(self, take: Callable[[int], Buffer]) -> Iterator[Part]:
        """Every part, at least one (of 0 bytes, if need be). `take` waits for a buffer of that size."""
        self._ahead = self._read(_PIECE)
        for number in count(1):
            wanted = self._plan.size_of(number)
            buffer = take(wanted)
            size = self._fill(buffer, wanted)
            self.size += size
            is_last = not self._ahead
            yield Part(number, buffer, size, is_last)
            if is_last:
                return
            if number == (EQUAL_PARTS if self._wants_equal else MAX_PARTS):
                raise self._too_long(number)

    def _too_long(self, number: int) -> StoreError:
        size = self._plan.part_size
        equal = " equal" if self._wants_equal else ""
        larger = min(_LARGER * size, MAX_PART_SIZE)
        return StoreError(
            f"the stream does not fit into {number:,}{equal} parts of {size // MIB} MiB",
            hint=f"use --part-size {-(-larger // MIB)}MiB" if larger > size else "S3 stores no larger object",
            kind="too_large",
        )

    def _fill(self, buffer: Buffer, wanted: int) -> int:
        """Fill the buffer and look one read further. Returns the bytes in it, fewer only at the end."""
        filled = 0
        while self._ahead:
            taken = self._ahead[: wanted - filled]
            if not taken:
                break
            buffer[filled : filled + len(taken)] = taken
            filled += len(taken)
            self._ahead = self._ahead[len(taken) :] or self._read(_PIECE)
        return filled

    def _read(self, size: int) -> bytes:
        self._check()
        return self._source.read(size)
