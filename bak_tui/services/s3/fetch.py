"""One range of a download: read into the file, hashed, and fetched anew when its hash is wrong."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

from bak_tui.core.errors import IntegrityError
from bak_tui.core.objects import StoredObject
from bak_tui.services.s3.connection import Connection
from bak_tui.services.s3.partial import PartialFile
from bak_tui.services.s3.ranges import Range
from bak_tui.services.s3.reading import RangeReader

_FETCHES = 3
"""How often a range whose hash is wrong is fetched in all: the network may be at fault, or the store."""


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

    def fetch(self, wanted: Range) -> None:
        """Return once the range's bytes are in the file, and right where it is known what they must be."""
        counted = 0
        for _ in range(_FETCHES):
            counted, sha256 = self._read(wanted, counted)
            if wanted.expected is None or sha256 == wanted.expected.sha256:
                return
        raise IntegrityError(
            f"{self._stored.key}: {wanted} is not what was backed up (its SHA-256 differs)",
            hint="the object is damaged in the store; use another backup",
        )

    def _read(self, wanted: Range, counted: int) -> tuple[int, str]:
        """Read the range to its end. How many of its bytes were counted as progress so far; its SHA-256."""
        highest, done = counted, 0
        sha256 = hashlib.sha256()

        def take(chunk: bytes) -> None:
            nonlocal highest, done
            self._file.write(chunk, wanted.start + done)
            sha256.update(chunk)
            done += len(chunk)
            if done > highest:
                self._count(done - highest)
                highest = done

        self._reader.read(wanted, take)
        return highest, sha256.hexdigest()
