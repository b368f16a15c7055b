"""Most memory by a database's size, and over many jobs.

It should be the same whatever the size, and after a hundred jobs in one session what it was before.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from bak_tui.core.jobs import JobState
from bak_tui.core.profile import Profile, Server
from bak_tui.core.selection import Selection
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.s3 import EmbeddedS3
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.services.s3 import Bucket
from tests.bench.databases import make_gen3
from tests.bench.running import Measured, measure
from tests.bench.saying import say, say_heads, say_row
from tests.bench.surroundings import add_bindir, environment_of
from tests.servers.fixtures import open_connection

_BAK = Path(sys.executable).parent / "bak"
_SMALL = 1
"""MB, of the databases that the session's jobs back up."""
_SMALL_ONES = tuple(f"small{number}" for number in range(5))
_PAGE = os.sysconf("SC_PAGE_SIZE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How large, and how many."""
    sizes = "databases, as COPY text (%(default)s)"
    parser.add_argument(
        "--megabytes", type=int, nargs="*", default=[100, 1000, 5000], metavar="N", help=sizes
    )
    in_turn = "in one session, one after the other (%(default)s)"
    parser.add_argument("--jobs", type=int, default=100, metavar="N", help=in_turn)
    queued = "queued at once, two in three of them cancelled (%(default)s)"
    parser.add_argument("--cancelled", type=int, default=200, metavar="N", help=queued)
    add_bindir(parser)


def run(asked: argparse.Namespace) -> None:
    """Print both tables."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        EmbeddedS3.start() as s3,
        EmbeddedPostgres.start(bindir=asked.pg_bindir) as postgres,
    ):
        target = s3.create_bucket("bench")
        environment = environment_of(postgres, target, Path(scratch))
        say_heads("database, MB as COPY text", "what", "wall s", "own MB, most", "tree MB, most")
        for megabytes in asked.megabytes:
            name = f"gen3_{megabytes}"
            make_gen3(postgres.server, name, megabytes)
            for verb, *options in (("backup",), ("restore", "--into", "restored")):
                measured = _measured((verb, "--database", name, *options), environment)
                own, tree = measured.peak_own / 1e6, measured.peak_tree / 1e6
                say_row(megabytes, verb, f"{measured.wall:.1f}", f"{own:.0f}", f"{tree:.0f}")
            _empty(Bucket.open(target))
            _drop(postgres.server, name, "restored")
        for name in _SMALL_ONES:
            make_gen3(postgres.server, name, _SMALL)
        profile = Profile("bench", given_server=postgres.server, given_target=target)
        say("")
        with Bak.open(pg_bindir=str(postgres.bindir), state=Path(scratch) / "session") as bak:
            _session(bak, profile, asked.jobs)
            _cancelled(bak, profile, asked.cancelled)


def _measured(argv: Sequence[str], environment: Mapping[str, str]) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        return measure((_BAK, *argv, "--quiet"), {**environment, "TMPDIR": folder}, Path(folder))


def _drop(server: Server, *names: str) -> None:
    """The disk need not hold them all."""
    with open_connection(server, "postgres") as connection:
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _empty(bucket: Bucket) -> None:
    bucket.delete([stored.key for page in bucket.pages("") for stored in page.objects])


def _session(bak: Bak, profile: Profile, jobs: int) -> None:
    """Backups one after the other, as a session of `bak-tui` does them that is never closed."""
    bucket = Bucket.open(profile.target)
    say_heads("jobs done in one session", "MB", "threads", "open files")
    told: Sequence[int] = sorted({1, jobs // 10, jobs // 2, jobs} - {0})
    for number in range(1, jobs + 1):
        (outcome,) = bak.backup(profile, Selection(_SMALL_ONES[:1]), BackupOptions()).result().outcomes
        if outcome.error is not None:
            raise outcome.error
        _empty(bucket)  # two within a second would have one name
        if number in told:
            here = _here()
            say_row(number, f"{here.resident / 1e6:.1f}", here.threads, here.files)


def _cancelled(bak: Bak, profile: Profile, jobs: int) -> None:
    """Many queued at once, and two of three cancelled, while they wait or while they run."""
    chance = random.Random(jobs)  # noqa: S311  # not for secrets
    before = _here()
    queued = [
        bak.backup(profile, Selection((chance.choice(_SMALL_ONES),)), BackupOptions()) for _ in range(jobs)
    ]
    for job in sorted(chance.sample(queued, jobs * 2 // 3), key=lambda job: job.id):
        while chance.random() < 0.9 and job.status.state is JobState.WAIT:
            time.sleep(0.05)
        bak.engine.cancel(job)
    for job in queued:
        job.wait()
    ended = Counter(str(job.status.state) for job in queued)
    failed = Counter(
        job.status.outcome.partition(" (")[0] for job in queued if job.status.state is JobState.FAILED
    )
    time.sleep(2)  # what a cancelled one has left behind ends by itself
    after = _here()
    say("")
    say(f"{jobs} queued at once ({', '.join(f'{number} {state}' for state, number in ended.items())}):")
    for why, number in failed.most_common():
        say(f"{number} failed: {why}")
    say(
        f"{before.resident / 1e6:.1f} MB before, {after.resident / 1e6:.1f} after;"
        f" threads {before.threads}, {after.threads}; open files {before.files}, {after.files}"
    )


@dataclass(frozen=True, slots=True)
class _Here:
    """What this process holds now."""

    resident: int
    threads: int
    files: int


def _here() -> _Here:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return _Here(pages * _PAGE, threading.active_count(), len(os.listdir("/proc/self/fd")))
