"""One entry of an archive alone, out of a table of contents that was read: its statements, its first rows.

Compressed data is the same stream in both formats, in custom format cut into chunks. So the beginning of any
table's data can be made a small archive of its own, which pg_restore decompresses as it would the whole; what
zlib can, is decompressed here.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import dataclass

from bak_tui.core.errors import IntegrityError
from bak_tui.services.archive.blocks import DATA, BlockFollower
from bak_tui.services.archive.fields import Fields, Malformed, Short
from bak_tui.services.archive.header import ALGORITHMS, ArchiveHead
from bak_tui.services.archive.toc import POSITION_NOT_SET, TocEntry, TocReader

_WRAPPED = 47
"""zlib's for "with zlib's or gzip's header": the first in custom format, the other in a directory's files."""
_FORMAT_AT, _METHOD_AT = 10, 11
"""Where in the header (see `header`) format and compression are told; the second since format 1.15."""
_CUSTOM = 1


@dataclass(frozen=True, slots=True)
class TableOfContents:
    """One that was read, with its bytes from the archive's first on."""

    head: ArchiveHead
    raw: bytes

    def statements(self, entry: TocEntry) -> tuple[str, str, str]:
        """Its definition, how it is dropped, and what its rows follow; each empty where there is none."""
        reader = TocReader(self.head, keeps_statements=True)
        (again,) = reader.entries(_integer(1) + self.raw[entry.begins_at : entry.ends_at])
        return again.statements or ("", "", "")

    def archive_of(self, entry: TocEntry, method: str, data: bytes) -> bytes:
        """A custom-format archive of that one entry; `data` is the beginning of its compressed stream."""
        header = bytearray(self.raw[: self.head.length])
        header[_FORMAT_AT] = _CUSTOM
        if (self.head.format_version or (0, 0, 0)) >= (1, 15, 0):
            header[_METHOD_AT] = next(number for number, name in ALGORITHMS.items() if name == method)
        told = self.raw[entry.begins_at : entry.offset_at]
        nowhere = bytes([POSITION_NOT_SET, *[0] * self.head.offset_size])
        block = bytes([DATA]) + _integer(entry.dump_id) + _integer(len(data)) + data + _integer(0)
        return bytes(header) + _integer(1) + told + nowhere + block


def begun_in(data: bytes, position: int) -> dict[int, int]:
    """The entries whose data begins in the first bytes behind a table of contents, and where, by dump id.

    `position`: where in the archive those bytes begin. What makes no sense is not followed.
    """
    found: dict[int, int] = {}

    def begun(_kind: int, number: int, at: int) -> None:
        found.setdefault(number, at)

    with suppress(Malformed):
        BlockFollower(position, begun).update(data)
    return found


def unchunked(block: bytes, entry: TocEntry) -> tuple[bytes, bool]:
    """The compressed stream at the beginning of a custom archive's data block, and whether that is all of it.

    Raises IntegrityError when no data of that entry begins there, kind `bad_offsets`.
    """
    fields = Fields(block)
    stream = bytearray()
    try:
        kind, number = fields.byte(), fields.integer()
        if kind != DATA or number != entry.dump_id:
            raise Malformed("another entry's data")
        while length := fields.integer():
            if length < 0:
                raise Malformed("a negative length")
            stream += block[fields.position : fields.position + length]
            fields.position += length
    except Short:
        return bytes(stream), False
    except Malformed as error:
        raise IntegrityError(
            f"the data of {entry.name} does not begin where it should: there is {error}",
            hint="the dump is damaged, or its manifest is another's; bak verify tells which",
            kind="bad_offsets",
        ) from error
    return bytes(stream), True


def inflated(stream: bytes, method: str, most: int, name: str) -> bytes | None:
    """The first `most` bytes of what was compressed; None where that takes pg_restore.

    Raises IntegrityError that names the table `name`.
    """
    if method == "none":
        return stream[:most]
    if method != "gzip":
        return None
    try:
        return zlib.decompressobj(wbits=_WRAPPED).decompress(stream, most)
    except zlib.error as error:
        raise IntegrityError(
            f"the data of {name} is damaged: it holds what was never compressed ({error})",
            hint="bak verify tells what else is; use another dump",
            kind="bad_archive",
        ) from error


def _integer(value: int) -> bytes:
    """As pg_dump writes it: a sign, and 4 bytes; no archive with another size is read."""
    return b"\0" + value.to_bytes(4, "little")
