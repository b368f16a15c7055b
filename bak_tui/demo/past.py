"""The demo's past: a bucket in which every standing is to be seen, and no archive is made up.

Every database is backed up once, by the program's own operation; the backups of earlier days are copies of
that one under earlier times. A copy's manifest is the true one with id, run and times moved, so each restores
and its counts match. The only other real one is arborist's newest: it was taken while there was little in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bak_tui.core.manifest import Manifest, parse_manifest
from bak_tui.core.names import dump_path, manifest_path, parse_dump_name
from bak_tui.demo import oddities
from bak_tui.demo.embedded import BUCKET, Embedded
from bak_tui.demo.files import write
from bak_tui.demo.seed import DATABASES, GIVEN_UP, LARGE, drop, seed

Take = Callable[[Sequence[str]], object]
"""Backs up the named databases into the demo's bucket, for real. Raises BakError when one fails."""
Say = Callable[[str], None]
"""Is told what is being done now."""

_RUNS = uuid.UUID("6b1f9c52-5a0e-4d0b-9c53-8f0a6d2f7e11")
_SHRUNK = "arborist"
_DAMAGED_AGE = 4 * 24 + 2
_MISSING_DAY = 6


def _nightly(first: int, last: int) -> tuple[int, ...]:
    """The ages of the runs `first` to `last` nights ago, in hours; the newest is 2 hours old."""
    return tuple(2 + 24 * night for night in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class _History:
    """The ages of a database's dumps, in hours."""

    backups: tuple[int, ...]
    without_manifest: tuple[int, ...] = ()


_HISTORIES = {
    "postgres": _History(_nightly(0, 13)),
    "indexd": _History(_nightly(0, _MISSING_DAY - 1) + _nightly(_MISSING_DAY + 1, 13)),
    "fence": _History((38, *_nightly(2, 13))),
    "requestor": _History(_nightly(3, 9), without_manifest=_nightly(0, 2)),
    _SHRUNK: _History(_nightly(1, 8)),
    GIVEN_UP: _History((41 * 24, 42 * 24, 56 * 24)),
}
"""gecko has none."""


@dataclass(frozen=True, slots=True)
class _Original:
    """A real backup as it came out of the operation."""

    taken: datetime
    manifest: Manifest
    data: bytes

    def moved_to(self, taken: datetime) -> Manifest:
        """Its manifest, had it been taken then."""
        ago = taken - self.taken
        changes = {
            "id": str(uuid.uuid4()),
            "run_id": str(uuid.uuid5(_RUNS, taken.isoformat())),
            "started": self.manifest.started + ago,
            "finished": self.manifest.finished + ago,
            "snapshot_at": self.manifest.snapshot_at + ago,
        }
        return self.manifest.model_copy(update=changes)


def prepare(servers: Embedded, take: Take, *, now: datetime, say: Say) -> None:
    """Fill empty servers: the five databases, and a bucket with a past before `now` (UTC)."""
    say("two databases as they once were …")
    once = (_SHRUNK, GIVEN_UP)
    seed(servers.server, once)
    small = _taken(servers, take, once)
    drop(servers.server, once)
    say("five databases, 50 MB …")
    seed(servers.server, DATABASES, scale=LARGE)
    say("a backup of each …")
    originals = _taken(servers, take, [name for name in _HISTORIES if name != GIVEN_UP])
    say("a fortnight of backups …")
    originals[GIVEN_UP] = small[GIVEN_UP]
    bucket = servers.s3.root / BUCKET
    for name, original in originals.items():
        _relive(bucket, original, _HISTORIES[name], now)
    _store(bucket, small[_SHRUNK], _before(now, _nightly(0, 0)[0]))
    oddities.damage(bucket / dump_path("fence", _before(now, _DAMAGED_AGE)))
    oddities.scatter(bucket, originals[GIVEN_UP].data, now)
    servers.s3.refresh()


def _taken(servers: Embedded, take: Take, names: Sequence[str]) -> dict[str, _Original]:
    """Back up for real, and take the results out of the bucket."""
    take(names)
    bucket = servers.s3.root / BUCKET
    originals = {}
    for name in names:
        (dump,) = (bucket / name).glob("*.sql")
        where = Path(manifest_path(str(dump)))
        manifest = parse_manifest(where.read_bytes(), str(where))
        taken = parse_dump_name(dump.name).taken or manifest.started
        originals[name] = _Original(taken, manifest, dump.read_bytes())
        dump.unlink()
        where.unlink()
        with suppress(OSError):  # only when empty: a probe of the server's may be on its way out
            dump.parent.rmdir()
    servers.s3.refresh()
    return originals


def _relive(bucket: Path, original: _Original, history: _History, now: datetime) -> None:
    for age in history.backups:
        _store(bucket, original, _before(now, age))
    for age in history.without_manifest:
        taken = _before(now, age)
        write(bucket / dump_path(original.manifest.database, taken), original.data, taken)


def _store(bucket: Path, original: _Original, taken: datetime) -> None:
    manifest = original.moved_to(taken)
    dump = bucket / dump_path(manifest.database, taken)
    write(dump, original.data, manifest.finished)
    write(Path(manifest_path(str(dump))), manifest.to_json(), manifest.finished)


def _before(now: datetime, hours: int) -> datetime:
    return now.replace(microsecond=0) - timedelta(hours=hours)
