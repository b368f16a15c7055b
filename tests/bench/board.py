"""The board of a bucket with many backups.

Read for the first time, again, and again when little has changed; and by the commands that need the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bak_tui.core.manifest import Manifest, parse_manifest
from bak_tui.core.names import dump_path, is_manifest, manifest_path
from bak_tui.core.profile import Profile
from bak_tui.core.selection import Selection
from bak_tui.demo.embedded import Embedded
from bak_tui.operations.backup.run import BackupOptions
from bak_tui.operations.bak import Bak
from bak_tui.services.s3 import Bucket
from tests.bench.saying import say, say_heads, say_row
from tests.samples import fill
from tests.servers.fixtures import open_connection

_DATABASES = 10
_BAK = Path(sys.executable).parent / "bak"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many."""
    parser.add_argument("--backups", type=int, default=2000, metavar="N", help="in the bucket (%(default)s)")


def run(asked: argparse.Namespace) -> None:
    """Print a table."""
    with Embedded.start() as servers, tempfile.TemporaryDirectory() as state:
        profile = Profile("bench", servers.server, servers.target)
        bindir = str(servers.postgres.bindir)
        with Bak.open(pg_bindir=bindir, state=Path(state)) as bak:
            with open_connection(servers.server, "postgres") as connection:
                connection.execute("CREATE DATABASE sample")
            fill(servers.server, "sample")
            bak.backup(profile, Selection(("sample",)), BackupOptions()).result()
            say(f"storing {asked.backups:,} backups …")
            _multiply(servers, asked.backups)
            say_heads("what", "seconds")
            _look(bak, profile, asked.backups, "the board for the first time")
            _look(bak, profile, asked.backups, "again")
            _touch(Bucket.open(servers.target))
            _look(bak, profile, asked.backups, "again, with one new manifest")
        environment = {**os.environ, **servers.environment(), "BAK_CONFIG": f"{state}/config.toml"}
        for command in ("dumps", "status"):
            for what in ("for the first time", "again"):
                environment["BAK_STATE_DIR"] = f"{state}/{command}"
                began = time.perf_counter()
                subprocess.run([_BAK, command], env=environment, capture_output=True, check=False)
                say_row(f"`bak {command}` {what}", f"{time.perf_counter() - began:.2f}")


def _look(bak: Bak, profile: Profile, backups: int, what: str) -> None:
    began = time.perf_counter()
    inventory = bak.board(profile).inventory
    took = time.perf_counter() - began
    if inventory is None or len(inventory.dumps) != backups + 1:
        raise AssertionError("the board has not all backups")
    say_row(what, f"{took:.2f}")


def _multiply(servers: Embedded, backups: int) -> None:
    """Copies of the one backup there is, of other databases at other times, put under the server's folder."""
    root = Path(servers.s3.root) / servers.target.bucket
    path = next(path for path in root.rglob("*") if is_manifest(path.name))
    content = Path(str(path).removesuffix(".manifest.json")).read_bytes()
    manifest = parse_manifest(path.read_bytes(), path.name)
    for number in range(backups):
        _store(root / servers.target.prefix, manifest, content, number)
    servers.s3.refresh()


def _store(root: Path, manifest: Manifest, content: bytes, number: int) -> None:
    taken = manifest.snapshot_at - timedelta(hours=number + 1)
    database = f"sample_{number % _DATABASES}"
    there = root / dump_path(database, taken)
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_bytes(content)
    told = {**json.loads(manifest.to_json()), "database": database, "snapshot_at": taken.isoformat()}
    Path(manifest_path(str(there))).write_text(json.dumps(told))


def _touch(bucket: Bucket) -> None:
    key = next(each.key for page in bucket.pages("") for each in page.objects if is_manifest(each.key))
    told = json.loads(bucket.read(key, limit=1 << 20))
    bucket.write(key, json.dumps({**told, "note": "changed"}).encode())
