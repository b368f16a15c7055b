"""One range of a download: read into the file, hashed, and fetched anew when its hash is wrong."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bak_tui.core.errors import IntegrityError
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import PartDigest
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.partial import PartialFile
from bak_tui.services.s3.ranges import Range
from bak_tui.services.s3.reading import RangeReader

_FETCHES = 3
"""How often a range whose hash is wrong is fetched in all: the network may be at fault, or the store."""


@dataclass(slots=True)
class _Progress:
    """How far a range has come, over all the requests it took."""

    done: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)
    md5: Any = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))

    def add(self, chunk: bytes) -> None:
        self.done += len(chunk)
        self.sha256.update(chunk)
        self.md5.update(chunk)

    def digest(self) -> PartDigest:
        return PartDigest(self.done, self.sha256.hexdigest(), self.md5.hexdigest())


class Fetch:
    """Fetches ranges of one object into one file. Used by several threads at once."""

    def __init__(
        self,
        connection: Connection,
        stored: StoredObject,
        file: PartialFile,
        stop: threading.Event,
        count: Callable[[int], None],
    ) -> None:
        self._reader = RangeReader(connection, stored, stop, "download")
        self._stored = stored
        self._file = file
        self._count = count

    def fetch(self, wanted: Range) -> PartDigest:
        """The range's digest, once its bytes are in the file and right."""
        counted = 0
        for _ in range(_FETCHES):
            progress = _Progress()
            counted = self._read(wanted, progress, counted)
            digest = progress.digest()
            if wanted.expected is None or digest.sha256 == wanted.expected.sha256:
                return digest
        raise IntegrityError(
            f"{self._stored.key}: {wanted} is not what was backed up (its SHA-256 differs)",
            hint="the object is damaged in the store; use another backup",
        )

    def _read(self, wanted: Range, progress: _Progress, counted: int) -> int:
        """Read the range to its end. Returns how many of its bytes were counted as progress so far."""
        highest = counted

        def take(chunk: bytes) -> None:
            nonlocal highest
            self._file.write(chunk, wanted.start + progress.done)
            progress.add(chunk)
            if progress.done > highest:
                self._count(progress.done - highest)
                highest = progress.done

        self._reader.read(wanted, take)
        return highest
