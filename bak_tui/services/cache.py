"""Documents of buckets that were read before, by place, key and ETag, in one file of the state folder.

It may be deleted at any time, and is never worth an error: a file that is damaged, locked, full or somebody
else's is as good as an empty one. What it gives is checked against its own hash, so that a torn write is not
taken for a damaged manifest. It is bounded, and nobody but the user can read it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bak_tui.core.objects import StoredObject

MOST_BYTES = 64 << 20
"""Of the file; the oldest half goes when it is full."""

_LARGEST = 1 << 20
"""Bytes of one document; a larger one would put out too many others."""
_PAGE_BYTES = 4096
_LOCK_SECONDS = 0.5
_LAYOUT = """
CREATE TABLE IF NOT EXISTS document (
    place TEXT, key TEXT, etag TEXT, sha256 BLOB, content BLOB, PRIMARY KEY (place, key)
)
"""
_FIND = "SELECT sha256, content FROM document WHERE place = ? AND key = ? AND etag = ?"
_KEEP = "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?)"
_HALVE = (
    "DELETE FROM document WHERE rowid <= (SELECT rowid FROM document"
    " ORDER BY rowid LIMIT 1 OFFSET (SELECT count(*) / 2 FROM document))"
)

_log = logging.getLogger(__name__)


class DocumentCache:
    """The file; made when it is first opened."""

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self.path = path
        self._most_bytes = most_bytes

    @contextmanager
    def opened(self) -> Iterator[KeptDocuments]:
        """What is kept, for as long as inside."""
        kept = KeptDocuments(self._connect())
        try:
            yield kept
        finally:
            kept.close()
            if kept.is_damaged:
                self._delete()

    def _connect(self) -> sqlite3.Connection | None:
        try:
            return self._opened()
        except sqlite3.OperationalError as error:  # locked by another process, or not ours to write
            _log.info("the cache %s is not used: %s", self.path, error)
        except (sqlite3.DatabaseError, OSError) as error:
            _log.info("the cache %s is begun anew: %s", self.path, error)
            self._delete()
        return None

    def _opened(self) -> sqlite3.Connection:
        folder = self.path.parent
        for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        self.path.chmod(0o600)
        connection = sqlite3.connect(
            self.path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            # A write that a crash tears is found by its hash, so none has to wait for the disk.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute(f"PRAGMA max_page_count = {self._most_bytes // _PAGE_BYTES}")
            connection.execute(_LAYOUT)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _delete(self) -> None:
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            _log.info("the cache %s cannot be deleted: %s", self.path, error)


class KeptDocuments:
    """An open cache, or none. Any thread may use it."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.is_damaged = False

    def find(self, place: str, stored: StoredObject) -> bytes | None:
        """What was kept of that key with that ETag."""
        rows = self._run(_FIND, place, *_named(stored))
        if not rows or not isinstance(rows[0][1], bytes):
            return None
        digest, content = rows[0]
        return content if hashlib.sha256(content).digest() == digest else None

    def keep(self, place: str, stored: StoredObject, content: bytes) -> None:
        """Remember it, unless it is large; an earlier one under the same key is forgotten."""
        if len(content) <= _LARGEST:
            self._run(_KEEP, place, *_named(stored), hashlib.sha256(content).digest(), content)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Its rows; none when that cannot be."""
        with self._lock:
            if self._connection is None or self.is_damaged:
                return []
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                    with suppress(sqlite3.Error):
                        self._connection.execute(_HALVE)
            except sqlite3.DatabaseError as error:
                _log.info("the cache is damaged: %s", error)
                self.is_damaged = True
            return []


def _named(stored: StoredObject) -> tuple[str, str]:
    """As SQLite takes them: no lone surrogates."""
    return ascii(stored.key), ascii(stored.etag)
