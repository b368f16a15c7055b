"""The data of a custom-format archive: blocks, followed from length to length without looking into them.

A block is a type byte and a dump id; then chunks (an integer, its length, and that many bytes) until a length
of 0. A block of large objects has an oid before each one's chunks and ends with oid 0 (pg_backup_custom.c:
_StartData, _StartLOs, _skipData). Following them costs one addition a chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from struct import Struct

from bak_tui.services.archive.fields import Malformed

DATA, BLOBS = 1, 3

_INTEGER = Struct("<BI")
"""Sign and value; only integers of 4 bytes are followed."""
_BLOCK = Struct("<BBI")


class _Next(Enum):
    """What must come next."""

    BLOCK = auto()
    OID = auto()
    CHUNK = auto()
    NOTHING = auto()


class BlockFollower:
    """Takes the bytes after the table of contents as they come, in pieces of any size. Raises Malformed."""

    def __init__(self, position: int, begun: Callable[[int, int, int], None]) -> None:
        """`begun(type, dump id, position)` is told of every block; `position` is where the first begins."""
        self._begun = begun
        self._at = position
        self._tail = b""
        self._skip = 0
        self._next = _Next.BLOCK
        self._holds_blobs = False

    @property
    def is_between_blocks(self) -> bool:
        """Whether the archive may end here."""
        return self._next is _Next.BLOCK and not self._skip and not self._tail

    @property
    def has_ended(self) -> bool:
        """Whether something else than a block came: `rest` is what, from `position` on."""
        return self._next is _Next.NOTHING

    @property
    def rest(self) -> bytes:
        return self._tail

    @property
    def position(self) -> int:
        return self._at

    def update(self, data: bytes) -> None:
        if self._skip >= len(data):
            self._skip -= len(data)
            self._at += len(data)
            return
        data = self._tail + data if self._tail else data
        position = self._skip
        while (found := self._step(data, position)) != position:
            position = found
        end = min(position, len(data))
        self._skip, self._tail = position - end, data[end:]
        self._at += end

    def _step(self, data: bytes, position: int) -> int:
        """One field further, or several chunks; the same position when its bytes are not there yet."""
        if self._next is _Next.CHUNK:
            return self._chunks(data, position)
        layout = _BLOCK if self._next is _Next.BLOCK else _INTEGER
        if self._next is _Next.NOTHING or position + layout.size > len(data):
            return position
        if self._next is _Next.BLOCK:
            kind, sign, dump_id = _BLOCK.unpack_from(data, position)
            if kind == 0:
                self._next = _Next.NOTHING
                return position
            if kind not in {DATA, BLOBS} or sign:
                raise Malformed(f"a data block of the type {kind}")
            self._begun(kind, dump_id, self._at + position)
            self._holds_blobs = kind == BLOBS
            self._next = _Next.OID if self._holds_blobs else _Next.CHUNK
        else:
            _, oid = _INTEGER.unpack_from(data, position)
            self._next = _Next.CHUNK if oid else _Next.BLOCK
        return position + layout.size

    def _chunks(self, data: bytes, position: int) -> int:
        last = len(data) - _INTEGER.size
        unpack = _INTEGER.unpack_from
        while position <= last:
            sign, length = unpack(data, position)
            position += 5 + length
            if not length or sign:
                if sign:
                    raise Malformed("a negative length")
                self._next = _Next.OID if self._holds_blobs else _Next.BLOCK
                break
        return position
