"""How large a backup will be and how long it will take, by the last ones: an estimate with its grounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bak_tui.operations.bucket.board import BoardRow


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the newest backups of these databases were."""

    size: int
    """Bytes in the bucket, of those that have a backup."""
    seconds: float
    unknown: tuple[str, ...]
    """Databases that have no backup to go by."""


def expect(rows: Sequence[BoardRow], parallel: int) -> Expectation:
    """The sum of their sizes; their times, `parallel` at once and never shorter than the longest."""
    newest = {row.database: next((dump for dump in row.dumps if dump.manifest), None) for row in rows}
    manifests = [dump.manifest for dump in newest.values() if dump is not None and dump.manifest is not None]
    times = [(manifest.finished - manifest.started).total_seconds() for manifest in manifests]
    width = max(1, min(parallel, len(rows)))
    return Expectation(
        size=sum(manifest.size for manifest in manifests),
        seconds=max([sum(times) / width, *times]) if times else 0.0,
        unknown=tuple(name for name, dump in newest.items() if dump is None),
    )
