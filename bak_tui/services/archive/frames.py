"""Whether a compressed data file is whole. pg_restore takes a cut one for a short one: fewer rows, no error.

gzip is decompressed, and its check sum proves every byte. zstd and lz4, which this Python cannot decompress,
are followed from block to block (RFC 8878 section 3.1.1; lz4_Frame_format.md), which finds what is missing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from bak_tui.services.archive.fields import Malformed, Short
from bak_tui.services.archive.header import GZIP_WBITS

PIECE = 1024 * 1024

_ZSTD, _LZ4 = 0xFD2FB528, 0x184D2204
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_DICTIONARY_BYTES = (0, 1, 2, 4)
_CONTENT_BYTES = (0, 2, 4, 8)


def gunzip(file: BinaryIO, check: Callable[[], None]) -> Iterator[bytes]:
    """What a gzip file holds, in pieces of at most 1 MiB; Short when it is cut, Malformed when it is none."""
    inflater = zlib.decompressobj(wbits=GZIP_WBITS)
    data = b""
    while data := data or file.read(PIECE):
        check()
        if inflater.eof:  # another member follows, as `cat a.gz b.gz` makes them
            inflater = zlib.decompressobj(wbits=GZIP_WBITS)
        try:
            piece = inflater.decompress(data, PIECE)
        except zlib.error as error:
            raise Malformed(f"data that is not what was compressed ({error})") from error
        data = inflater.unconsumed_tail or inflater.unused_data
        if piece:
            yield piece
    if not inflater.eof:
        raise Short


def follow_zstd(file: BinaryIO, check: Callable[[], None]) -> None:
    """Raises Short when the file ends before its frame does, Malformed when it is no zstd file."""
    _frames(file, check, _ZSTD, _zstd_frame)


def follow_lz4(file: BinaryIO, check: Callable[[], None]) -> None:
    """Raises Short when the file ends before its frame does, Malformed when it is no lz4 file."""
    _frames(file, check, _LZ4, _lz4_frame)


def _frames(
    file: BinaryIO,
    check: Callable[[], None],
    magic: int,
    frame: Callable[[BinaryIO, Callable[[], None]], None],
) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise Short
    while file.tell() < size:
        found = _number(file, 4)
        if found == magic:
            frame(file, check)
        elif found in _SKIPPABLE:
            file.seek(_number(file, 4), 1)
        else:
            raise Malformed("data that is compressed in another way than its name says")
    if file.tell() > size:
        raise Short


def _zstd_frame(file: BinaryIO, check: Callable[[], None]) -> None:
    descriptor = _number(file, 1)
    is_single = bool(descriptor & 0x20)
    content = _CONTENT_BYTES[descriptor >> 6] or int(is_single)
    file.seek((not is_single) + _DICTIONARY_BYTES[descriptor & 3] + content, 1)
    while True:
        check()
        block = _number(file, 3)
        is_last, kind, size = block & 1, block >> 1 & 3, block >> 3
        if kind == 3:
            raise Malformed("a block of a type that zstd has not")
        file.seek(1 if kind == 1 else size, 1)
        if is_last:
            break
    if descriptor & 4:
        _number(file, 4)


def _lz4_frame(file: BinaryIO, check: Callable[[], None]) -> None:
    flags = _number(file, 1)
    if flags >> 6 != 1:
        raise Malformed("a frame of a version that lz4 has not")
    file.seek(1 + (8 if flags & 8 else 0) + (4 if flags & 1 else 0) + 1, 1)
    while size := _number(file, 4) & 0x7FFFFFFF:
        check()
        file.seek(size + (4 if flags & 0x10 else 0), 1)
    if flags & 4:
        _number(file, 4)


def _number(file: BinaryIO, size: int) -> int:
    raw = file.read(size)
    if len(raw) < size:
        raise Short
    return int.from_bytes(raw, "little")
