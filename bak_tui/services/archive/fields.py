"""pg_dump's portable integers and strings, read from bytes that anybody may have written.

An integer is a sign byte and `integer_size` bytes, least significant first; a string is an integer, its
length (negative: no string), and that many bytes; an offset is a state byte and `offset_size` bytes
(pg_backup_archiver.c: ReadInt, ReadStr, ReadOffset). Nothing is allocated for a length before its bytes are
there.
"""

from __future__ import annotations

LONGEST_STRING = 1 << 30
"""Bytes; PostgreSQL itself has no longer value."""


class Short(Exception):
    """The bytes end before the field does; more of them may follow."""


class Malformed(Exception):
    """No pg_dump writes this; the message says what, as the end of a sentence."""


class Fields:
    """A cursor over `data`, moved by every read. `position` is where the next field begins."""

    __slots__ = ("_data", "integer_size", "offset_size", "position")

    def __init__(
        self, data: bytes | bytearray, position: int = 0, *, integer_size: int = 4, offset_size: int = 8
    ) -> None:
        self._data = data
        self.position = position
        self.integer_size = integer_size
        self.offset_size = offset_size

    def byte(self) -> int:
        try:
            value = self._data[self.position]
        except IndexError:
            raise Short from None
        self.position += 1
        return value

    def integer(self) -> int:
        data, begin = self._data, self.position
        end = begin + 1 + self.integer_size
        if end > len(data):
            raise Short
        self.position = end
        value = int.from_bytes(data[begin + 1 : end], "little")
        return -value if data[begin] else value

    def raw(self) -> bytes | None:
        """A string as its bytes."""
        length = self.integer()
        if length < 0:
            return None
        if length > LONGEST_STRING:
            raise Malformed(f"a string of {length} bytes")
        begin = self.position
        end = begin + length
        if end > len(self._data):
            raise Short
        self.position = end
        return bytes(self._data[begin:end])

    def string(self) -> str | None:
        """A string; None where there is none."""
        raw = self.raw()
        return None if raw is None else text_of(raw)

    def text(self) -> str:
        """A string, empty where there is none."""
        return self.string() or ""

    def number(self) -> int:
        """A string of digits, as oids and dependencies are written."""
        raw = self.raw()
        if raw is None or len(raw) > 20 or not raw.isdigit():
            raise Malformed("a number that is none")
        return int(raw)

    def offset(self) -> tuple[int, int]:
        """State and position."""
        state = self.byte()
        begin = self.position
        end = begin + self.offset_size
        if end > len(self._data):
            raise Short
        self.position = end
        return state, int.from_bytes(self._data[begin:end], "little")


def text_of(raw: bytes | None) -> str:
    """Bytes as text; those that are not UTF-8 (the dump's own encoding may be another) stay as surrogates."""
    return (raw or b"").decode("utf-8", "surrogateescape")
