"""`METHOD[:LEVEL]`, chosen and spelled for the pg_dump at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bak_tui.core.errors import ToolError, UsageError
from bak_tui.services.pgtools.finding import ToolSet

_LEVELS = {"gzip": range(10), "zstd": range(1, 23), "lz4": range(1, 13), "none": range(0)}


@dataclass(frozen=True, slots=True)
class Compression:
    """A method and a level; `str()` is what the manifest and `--compress` say."""

    method: str
    level: int | None = None

    def __str__(self) -> str:
        return self.method if self.level is None else f"{self.method}:{self.level}"

    def argument(self, tools: ToolSet) -> str:
        """The value of pg_dump's `--compress`. pg_dump 15 knows only gzip, and only by its level."""
        if tools.major >= 16:
            return str(self)
        if self.method == "none":
            return "0"
        return str(6 if self.level is None else self.level)


def parse_compression(text: str) -> Compression:
    """Read `zstd:3`, `gzip`, `none`, or a bare level (gzip's). Raises UsageError."""
    if text.isdigit():
        text = f"gzip:{text}"
    match = re.fullmatch(r"(gzip|zstd|lz4|none)(?::([0-9]{1,2}))?", text.lower())
    if not match or (match[2] and int(match[2]) not in _LEVELS[match[1]]):
        raise UsageError(
            f"--compress {text} is not understood", hint="say gzip:1…9, zstd:1…22, lz4:1…12 or none"
        )
    if match[1] == "gzip" and match[2] == "0":
        return Compression("none")
    return Compression(match[1], int(match[2]) if match[2] else None)


def choose_compression(tools: ToolSet, wished: str | None) -> Compression:
    """What was asked for, else zstd:1 where this pg_dump can, else gzip:1.

    Compression is most of a dump's cost: gzip 6, pg_dump's own default, takes 2.4 times as long as gzip 1
    for a tenth less size.
    """
    if wished is None:
        return Compression("zstd", 1) if tools.has_zstd else Compression("gzip", 1)
    compression = parse_compression(wished)
    lacks_zstd = compression.method == "zstd" and not tools.has_zstd
    lacks_lz4 = compression.method == "lz4" and not tools.has_lz4
    if lacks_zstd or lacks_lz4:
        raise ToolError(
            f"{tools} does not compress with {compression.method}",
            hint="say --compress gzip:1, or name a newer pg_dump with --pg-bindir",
        )
    return compression
