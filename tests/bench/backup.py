"""Backups beside what they are made of: shuffled, five times and more, contents compared at the end.

`python -m tests.bench backup --help` tells the choices.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.names import dump_of, is_manifest, parse_dump_name
from bak_tui.core.profile import Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.s3 import Bucket
from tests.bench.databases import contents_of, make_gen3, make_large_objects, make_tables
from tests.bench.rounds import in_rounds
from tests.bench.rows import Row, Samples, rows
from tests.bench.running import Measured, measure
from tests.bench.saying import say
from tests.bench.surroundings import arguments_of, environment_of, target_of
from tests.bench.table import print_table
from tests.servers.fixtures import open_connection
from tests.servers.system import zstd_bindir


def run() -> None:
    """Print a line a run and a table at the end."""
    asked = arguments_of("backup").parse_args(sys.argv[2:])
    with (
        tempfile.TemporaryDirectory() as scratch,
        target_of(asked, Path(scratch)) as target,
        EmbeddedPostgres.start(bindir=asked.pg_bindir or zstd_bindir()) as postgres,
    ):
        bench = Bench(postgres, target, Path(scratch))
        say(f"making databases ({asked.megabytes} MB as COPY text, and small ones) …")
        samples = bench.make(asked.megabytes)
        chosen = [each for each in bench.rows(samples) if not asked.only or asked.only in each.name]
        found = in_rounds(chosen, asked.runs, bench.once)
        print_table(chosen, found)
        bench.compare([each for each in chosen if each.databases])


@dataclass
class Bench:
    """The servers, and where the files go."""

    postgres: EmbeddedPostgres
    target: Target
    scratch: Path

    def __post_init__(self) -> None:
        (self.scratch / "rclone.conf").touch()
        self.environment = environment_of(self.postgres, self.target, self.scratch)

    def make(self, megabytes: int) -> Samples:
        server = self.postgres.server
        return Samples(
            make_gen3(server, "gen3", megabytes),
            make_tables(server, "tables", 1000),
            make_large_objects(server, "objects", max(10, megabytes)),
            tuple(make_gen3(server, f"small{number}", max(5, megabytes // 10)) for number in range(6)),
        )

    def rows(self, samples: Samples) -> list[Row]:
        prepared = self.scratch / "prepared"
        prepared.mkdir()
        possible = []
        for each in ("gzip:6", "gzip:1", "zstd:1"):
            file = prepared / each.replace(":", "")
            argv = [f"{self.postgres.bindir}/pg_dump", "-Fc", f"--compress={each}", f"--file={file}", "gen3"]
            done = subprocess.run(argv, env=self.environment, capture_output=True, check=False)
            if done.returncode == 0:
                possible.append(each)
            else:
                say(f"rows of {each} are skipped: {done.stderr.decode().strip()}")
        return rows(samples, self.postgres.bindir, prepared, possible)

    def once(self, row: Row) -> Measured:
        self._remove(row)
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            return measure(row.argv, {**self.environment, "TMPDIR": folder}, Path(folder))

    def _remove(self, row: Row) -> None:
        bucket = Bucket.open(self.target)
        bucket.delete([stored.key for page in bucket.pages(row.prefix) for stored in page.objects])

    def compare(self, chosen: Sequence[Row]) -> None:
        """Restore each row's last dumps with pg_restore alone, and compare all rows and large objects."""
        wanted = {name: contents_of(self.postgres.server, name) for row in chosen for name in row.databases}
        bucket = Bucket.open(self.target)
        for row in chosen:
            keys = {
                dump_of(stored.key)
                for page in bucket.pages(row.prefix)
                for stored in page.objects
                if not is_manifest(stored.key)
            }
            restored = {parse_dump_name(key).database: self._restored(key) for key in keys}
            if restored != {name: wanted[name] for name in row.databases}:
                raise AssertionError(f"{row.name}: what was restored is not what was backed up")
        say(f"contents compared: all rows and large objects of {len(chosen)} rows' dumps are equal")

    def _restored(self, key: str) -> dict[str, tuple[int, str]]:
        with open_connection(self.postgres.server, "postgres") as connection:
            connection.execute("DROP DATABASE IF EXISTS restored")
            connection.execute("CREATE DATABASE restored TEMPLATE template0")
        one = 'rclone cat "target:$BAK_BUCKET/$1" > "$2"'
        folder = 'rclone copy "target:$BAK_BUCKET/$1" "$2"'
        fetch = f'rm -rf "$2"; {folder if key.endswith(".dir") else one} && "$3" -j2 --dbname=restored "$2"'
        programs = (f"{self.scratch}/fetched", f"{self.postgres.bindir}/pg_restore")
        argv = ["sh", "-c", fetch, "sh", key, *programs]
        subprocess.run(argv, env=self.environment, check=True)
        return contents_of(self.postgres.server, "restored")
