"""Restores from a bucket beside pg_restore from a local file.

Also what each setting of a session is worth. Every round in another order. Each run restores into a new
database, whose contents are compared with the original's before the next.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from bak_tui.core.names import is_manifest, manifest_path
from bak_tui.core.parts import MIB
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.s3 import Bucket
from tests.bench.databases import contents_of, make_gen3
from tests.bench.rounds import Found, in_rounds
from tests.bench.rows import Row, chosen_of
from tests.bench.running import Measured, RunFailed, measure
from tests.bench.saying import say
from tests.bench.surroundings import Surroundings, add_arguments, surroundings
from tests.bench.table import print_table, ratio
from tests.servers.fixtures import open_connection

__all__ = ["add_arguments", "run"]

_BAK = Path(sys.executable).parent / "bak"
_INTO = "restored"
_TABLE = "index_record_authz"
"""What is restored alone: its key and rows, out of all."""
_ALONE = "rclone copy, then pg_restore"
_FROM_BUCKET = "bak restore -j2, from the bucket"
_ONE_TABLE = "bak restore --table, from the bucket"
_SETTINGS = {
    "maintenance_work_mem 256 MB": "-c maintenance_work_mem=256MB",
    "synchronous_commit off": "-c synchronous_commit=off",
    "4 parallel maintenance workers": "-c max_parallel_maintenance_workers=4",
    "wal_compression on": "-c wal_compression=on",
}
"""For PGOPTIONS: what a session may set for itself."""


def run(asked: argparse.Namespace) -> None:
    """Print a line a run and a table at the end; ends with 1 when a row failed or restored something else."""
    with surroundings(asked) as here:
        say(f"making the database ({asked.megabytes} MB as COPY text) and its backup …")
        make_gen3(here.postgres.server, "gen3", asked.megabytes)
        subprocess.run(
            [str(_BAK), "backup", "--database", "gen3", "--quiet"], env=here.environment, check=True
        )
        bucket = Bucket.open(here.target)
        (key,) = (
            stored.key for page in bucket.pages("") for stored in page.objects if not is_manifest(stored.key)
        )
        manifest = parse_manifest(bucket.read(manifest_path(key), limit=MAX_MANIFEST_BYTES), key)
        file = here.scratch / "gen3.dump"
        # To a file, so that it has its data's offsets; by the same pg_dump, compressed alike.
        how = ("-Fc", f"--compress={manifest.compression}", f"--file={file}")
        subprocess.run([f"{here.postgres.bindir}/pg_dump", *how, "gen3"], env=here.environment, check=True)
        chosen = chosen_of(_rows(here.postgres, file, key), asked.only)
        found = in_rounds(chosen, asked.runs, Bench(here).once)
        print_table(chosen, found)
        _print_more(found, here, manifest)
        say("contents were compared after every run")
    if found.failed or found.was_stopped:
        sys.exit(1)


def _print_more(found: Found, here: Surroundings, manifest: Manifest) -> None:
    """What is no ratio of one row to those that it is compared with."""
    if by_original := ratio(found, _FROM_BUCKET, [_ALONE]):
        say(f"{_FROM_BUCKET} ÷ {_ALONE}: {by_original} (goal ≤ 0.75)")
    if runs := found.measured.get(_ONE_TABLE):
        fetched = max(run.peak_disk for run in runs)
        alone = _size_alone(here, manifest)
        more = f"{(fetched - alone) / MIB:.1f} MiB more (goal ≤ 16)"
        say(f"{_ONE_TABLE}: {fetched / 1e6:.1f} of {manifest.size / 1e6:.1f} MB fetched;")
        say(f"a dump of {_TABLE} alone has {alone / 1e6:.1f} MB: {more}")


@dataclass
class Bench:
    """The server that is restored into, and where the files go."""

    here: Surroundings

    def __post_init__(self) -> None:
        self._wanted = contents_of(self.here.postgres.server, "gen3")

    def once(self, row: Row) -> Measured:
        server = self.here.postgres.server
        with open_connection(server, "postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {_INTO}".encode())
            if str(_BAK) not in row.argv:
                connection.execute(f"CREATE DATABASE {_INTO} TEMPLATE template0".encode())
            connection.execute("CHECKPOINT")
        options = _SETTINGS.get(row.name.partition("with ")[2], "")
        with tempfile.TemporaryDirectory(dir=self.here.scratch) as folder:
            environment = {**self.here.environment, "TMPDIR": folder, "PGOPTIONS": options}
            measured = measure(row.argv, environment, Path(folder))
        wanted = self._wanted
        if row.name == _ONE_TABLE:
            wanted = {_TABLE: wanted[_TABLE], "large objects": wanted["large objects"]}
        if contents_of(server, _INTO) != wanted:
            raise RunFailed("what was restored is not what was backed up")
        return measured


def _rows(postgres: EmbeddedPostgres, file: Path, key: str) -> list[Row]:
    pg_restore = f"{postgres.bindir}/pg_restore"
    local = "pg_restore -j2, local file"
    fetch = 'rclone cat "target:$BAK_BUCKET/$1" > fetched && "$2" --dbname="$3" fetched'
    from_file = (pg_restore, "-j2", f"--dbname={_INTO}", str(file))
    return [
        Row(local, from_file),
        Row(_ALONE, ("sh", "-c", fetch, "sh", key, pg_restore, _INTO)),
        Row(
            _FROM_BUCKET,
            (str(_BAK), "restore", key, "--into", _INTO, "--jobs", "2", "--quiet"),
            compared=(local,),
            goal="≤ 1.10",
        ),
        # Its disk is what was fetched: the rest of the file is holes.
        Row(
            _ONE_TABLE,
            (str(_BAK), "restore", key, "--into", _INTO, "--table", f"public.{_TABLE}", "--quiet"),
            compared=(_FROM_BUCKET,),
        ),
        *(Row(f"{local}, with {name}", from_file, compared=(local,)) for name in _SETTINGS),
    ]


def _size_alone(here: Surroundings, manifest: Manifest) -> int:
    """Bytes of a dump of that table and nothing else, compressed alike."""
    how = ("-Fc", f"--compress={manifest.compression}", f"--table=public.{_TABLE}")
    argv = [f"{here.postgres.bindir}/pg_dump", *how, "gen3"]
    return len(subprocess.run(argv, env=here.environment, check=True, stdout=subprocess.PIPE).stdout)
