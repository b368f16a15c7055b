"""A manifest as it lies in a bucket, for whoever changes something in one."""

from __future__ import annotations

from typing import Any

from bak_tui.core.parts import MIN_PART_SIZE

HASH = "a" * 64
MD5 = "b" * 32


def document(**changes: Any) -> dict[str, Any]:
    """A manifest as it lies in a bucket."""
    return {
        "schema": 1,
        "id": "0001",
        "run_id": "r",
        "database": "fence",
        "server": {"host": "db", "port": 5432, "version": "18.6", "version_num": 180006},
        "tools": {"bak_tui": "0.1.0", "pg_dump": "18.6", "pg_dump_major": 18},
        "compression": "zstd:1",
        "options": ["--format=custom"],
        "started": "2026-11-23T12:00:00Z",
        "finished": "2026-11-23T12:01:00Z",
        "snapshot_at": "2026-11-23T12:00:01Z",
        "size": 10,
        "sha256": HASH,
        "part_size": MIN_PART_SIZE,
        "parts": [{"size": 10, "sha256": HASH, "md5": MD5}],
        "checked": ["parts", "size"],
        **changes,
    }
