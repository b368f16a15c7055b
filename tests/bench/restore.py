"""Restores from a bucket beside pg_restore from a local file, and what each setting of a session is worth.

Every round in another order. Each run restores into a new database, whose contents are compared with the
original's before the next. `python -m tests.bench restore --help` tells the choices.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from bak_tui.core.names import is_manifest, manifest_path
from bak_tui.core.parts import MIB
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.s3 import Bucket
from tests.bench.databases import contents_of, make_gen3
from tests.bench.rounds import in_rounds
from tests.bench.rows import Row
from tests.bench.running import Measured, measure
from tests.bench.saying import say
from tests.bench.surroundings import arguments_of, environment_of, target_of
from tests.bench.table import print_table, ratio
from tests.servers.fixtures import open_connection
from tests.servers.system import zstd_bindir

_BAK = Path(sys.executable).parent / "bak"
_INTO = "restored"
_TABLE = "index_record_authz"
"""What is restored alone: its key and rows, out of all."""
_ALONE = "rclone copy, then pg_restore"
_FROM_BUCKET = "bak restore -j2, from the bucket"
_TABLE_ALONE = "bak restore --table, from the bucket"
_SETTINGS = {
    "maintenance_work_mem 256 MB": "-c maintenance_work_mem=256MB",
    "synchronous_commit off": "-c synchronous_commit=off",
    "4 parallel maintenance workers": "-c max_parallel_maintenance_workers=4",
    "wal_compression on": "-c wal_compression=on",
}
"""For PGOPTIONS: what a session may set for itself."""


def run() -> None:
    """Print a line a run and a table at the end."""
    asked = arguments_of("restore").parse_args(sys.argv[2:])
    with (
        tempfile.TemporaryDirectory() as scratch,
        target_of(asked, Path(scratch)) as target,
        EmbeddedPostgres.start(bindir=asked.pg_bindir or zstd_bindir()) as postgres,
    ):
        (Path(scratch) / "rclone.conf").touch()
        environment = environment_of(postgres, target, Path(scratch))
        say(f"making the database ({asked.megabytes} MB as COPY text) and its backup …")
        make_gen3(postgres.server, "gen3", asked.megabytes)
        subprocess.run([_BAK, "backup", "--database", "gen3", "--quiet"], env=environment, check=True)
        keys = [stored.key for page in Bucket.open(target).pages("") for stored in page.objects]
        (key,) = (key for key in keys if not is_manifest(key))
        file = Path(scratch) / "gen3.dump"
        manifest = parse_manifest(Bucket.open(target).read(manifest_path(key), limit=MAX_MANIFEST_BYTES), key)
        # To a file, so that it has its data's offsets; by the same pg_dump, compressed alike.
        how = ("-Fc", f"--compress={manifest.compression}", f"--file={file}")
        argv = [f"{postgres.bindir}/pg_dump", *how, "gen3"]
        subprocess.run(argv, env=environment, check=True)
        bench = Bench(postgres, environment, Path(scratch))
        chosen = [row for row in _rows(postgres, file, key) if not asked.only or asked.only in row.name]
        found = in_rounds(chosen, asked.runs, bench.once)
        print_table(chosen, found)
        if {_FROM_BUCKET, _ALONE} <= found.keys():
            say(f"{_FROM_BUCKET} ÷ {_ALONE}: {ratio(found, _FROM_BUCKET, [_ALONE])} (goal ≤ 0.75)")
        if _TABLE_ALONE in found:
            fetched = max(run.peak_disk for run in found[_TABLE_ALONE]) / MIB
            alone = _size_alone(postgres, manifest, environment) / MIB
            say(f"{_TABLE}: {fetched:.1f} MiB fetched, a dump of it has {alone:.1f} (goal: 16 more at most)")
        say(f"contents compared: all rows and large objects of {len(chosen)} rows' restores are equal")


@dataclass
class Bench:
    """The server that is restored into, and where the files go."""

    postgres: EmbeddedPostgres
    environment: Mapping[str, str]
    scratch: Path

    def __post_init__(self) -> None:
        self._wanted = contents_of(self.postgres.server, "gen3")

    def once(self, row: Row) -> Measured:
        with open_connection(self.postgres.server, "postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {_INTO}".encode())
            if str(_BAK) not in row.argv:
                connection.execute(f"CREATE DATABASE {_INTO} TEMPLATE template0".encode())
            connection.execute("CHECKPOINT")
        options = _SETTINGS.get(row.name.partition("with ")[2], "")
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            environment = {**self.environment, "TMPDIR": folder, "PGOPTIONS": options}
            measured = measure(row.argv, environment, Path(folder))
        wanted = self._wanted
        if f"public.{_TABLE}" in row.argv:
            wanted = {_TABLE: wanted[_TABLE], "large objects": wanted["large objects"]}
        if contents_of(self.postgres.server, _INTO) != wanted:
            raise AssertionError(f"{row.name}: what was restored is not what was backed up")
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
            _TABLE_ALONE,
            (str(_BAK), "restore", key, "--into", _INTO, "--table", f"public.{_TABLE}", "--quiet"),
            compared=(_FROM_BUCKET,),
        ),
        *(Row(f"{local}, with {name}", from_file, compared=(local,)) for name in _SETTINGS),
    ]


def _size_alone(postgres: EmbeddedPostgres, manifest: Manifest, environment: Mapping[str, str]) -> int:
    """Bytes of a dump of that table and nothing else, compressed alike."""
    how = ("-Fc", f"--compress={manifest.compression}", f"--table=public.{_TABLE}")
    argv = [f"{postgres.bindir}/pg_dump", *how, "gen3"]
    return len(subprocess.run(argv, env=environment, check=True, stdout=subprocess.PIPE).stdout)
