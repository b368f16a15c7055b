"""What lies in every grown bucket beside good backups: a damaged one, a dump under any name, other things."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bak_tui.demo.files import write

ODD_NAME = "your_database.sql"
"""A dump by its bytes; its name tells neither when it was taken nor by whom."""
PLAIN = ("README.txt", "photos/cluster-room.png", "notes/2026/restore-drills/november.txt")
"""Keys of what is no dump at all."""

_README = """The bucket of bak-tui's demo.

Each database was backed up once, when the demo began. What stands here under earlier days are copies of those
backups with earlier times, so that there is a past to look at; every one can be restored, but for one of
fence, in which a byte was turned over.
"""
_DRILL = "Restored indexd into indexd_drill: all counts match, 4 minutes. Next: fence.\n"
_SIDE = 240
"""Pixels."""


def damage(dump: Path) -> None:
    """Turn one byte over in the middle: same size, same time, and a manifest that knows better."""
    status = dump.stat()
    body = bytearray(dump.read_bytes())
    body[len(body) // 2] ^= 0xFF
    write(dump, bytes(body), datetime.fromtimestamp(status.st_mtime, UTC))


def scatter(bucket: Path, dump: bytes, now: datetime) -> None:
    """Write a dump named by hand, and objects that are none."""
    write(bucket / ODD_NAME, dump, now - timedelta(days=20))
    readme, photo, drill = PLAIN
    write(bucket / readme, _README.encode(), now)
    write(bucket / photo, _picture(), now - timedelta(days=300))
    write(bucket / drill, _DRILL.encode(), now - timedelta(days=9))


def _picture() -> bytes:
    """A PNG in grey: the shade runs from corner to corner."""
    rows = b"".join(b"\0" + bytes((x + y) * 255 // (2 * _SIDE) for x in range(_SIDE)) for y in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
