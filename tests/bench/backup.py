"""Backups beside pg_dump, an upload, and the original flow.

Every round in another order. At the end each row's last dumps are restored, and their contents compared.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.errors import BakError
from bak_tui.core.names import dump_of, is_manifest, parse_dump_name
from bak_tui.services.s3 import Bucket
from tests.bench.databases import contents_of, make_gen3, make_large_objects, make_tables
from tests.bench.rounds import Found, in_rounds
from tests.bench.rows import Row, Samples, chosen_of, rows
from tests.bench.running import Measured, RunFailed, measure
from tests.bench.saying import say
from tests.bench.surroundings import Surroundings, add_arguments, surroundings
from tests.bench.table import print_table
from tests.servers.fixtures import open_connection

__all__ = ["add_arguments", "run"]


def run(asked: argparse.Namespace) -> None:
    """Print a line a run and a table at the end; ends with 1 when a row failed or restored something else."""
    with surroundings(asked) as here:
        bench = Bench(here)
        say(f"making databases ({asked.megabytes} MB as COPY text, and small ones) …")
        samples = bench.make(asked.megabytes)
        chosen = chosen_of(bench.rows(samples), asked.only)
        found = in_rounds(chosen, asked.runs, bench.once)
        print_table(chosen, found)
        is_right = bench.compare([each for each in chosen if each.databases], found)
    if found.failed or not is_right:
        sys.exit(1)


@dataclass
class Bench:
    """The servers, and where the files go."""

    here: Surroundings

    def make(self, megabytes: int) -> Samples:
        server = self.here.postgres.server
        return Samples(
            make_gen3(server, "gen3", megabytes),
            make_tables(server, "tables", 1000),
            make_large_objects(server, "objects", max(10, megabytes)),
            tuple(make_gen3(server, f"small{number}", max(5, megabytes // 10)) for number in range(6)),
        )

    def rows(self, samples: Samples) -> list[Row]:
        prepared = self.here.scratch / "prepared"
        prepared.mkdir()
        bindir = self.here.postgres.bindir
        possible = []
        for each in ("gzip:6", "gzip:1", "zstd:1"):
            file = prepared / each.replace(":", "")
            argv = [f"{bindir}/pg_dump", "-Fc", f"--compress={each}", f"--file={file}", "gen3"]
            done = subprocess.run(argv, env=self.here.environment, capture_output=True, check=False)
            if done.returncode == 0:
                possible.append(each)
            else:
                say(f"rows of {each} are skipped: {done.stderr.decode().strip()}")
        return rows(samples, bindir, prepared, possible)

    def once(self, row: Row) -> Measured:
        try:
            bucket = Bucket.open(self.here.target)
            bucket.delete([stored.key for page in bucket.pages(row.prefix) for stored in page.objects])
        except BakError as error:
            raise RunFailed(f"the bucket could not be emptied: {error}") from error
        with tempfile.TemporaryDirectory(dir=self.here.scratch) as folder:
            return measure(row.argv, {**self.here.environment, "TMPDIR": folder}, Path(folder))

    def compare(self, chosen: Sequence[Row], found: Found) -> bool:
        """Restore each row's last dumps with pg_restore alone. Whether all rows and objects are equal."""
        if found.was_stopped:
            say("contents were not compared")
            return False
        say("comparing contents …")
        wanted = {
            name: contents_of(self.here.postgres.server, name) for row in chosen for name in row.databases
        }
        ran = [row for row in chosen if found.measured[row.name]]
        different = []
        for row in ran:
            try:
                is_equal = self._restored_of(row) == {name: wanted[name] for name in row.databases}
            except (BakError, subprocess.CalledProcessError) as error:
                say(f"{row.name}: its dumps cannot be restored: {error}")
                is_equal = False
            if not is_equal:
                different.append(row.name)
        if different:
            say(f"CONTENTS DIFFER from what was backed up: {'; '.join(different)}")
        else:
            say(f"contents compared: all rows and large objects of {len(ran)} rows' dumps are equal")
        return not different

    def _restored_of(self, row: Row) -> dict[str, dict[str, tuple[int, str]]]:
        """What the row's dumps hold, by their databases."""
        pages = Bucket.open(self.here.target).pages(row.prefix)
        keys = {
            dump_of(stored.key) for page in pages for stored in page.objects if not is_manifest(stored.key)
        }
        return {parse_dump_name(key).database: self._restored(key) for key in keys}

    def _restored(self, key: str) -> dict[str, tuple[int, str]]:
        server = self.here.postgres.server
        with open_connection(server, "postgres") as connection:
            connection.execute("DROP DATABASE IF EXISTS restored")
            connection.execute("CREATE DATABASE restored TEMPLATE template0")
        one = 'rclone cat "target:$BAK_BUCKET/$1" > "$2"'
        folder = 'rclone copy "target:$BAK_BUCKET/$1" "$2"'
        fetch = f'rm -rf "$2"; {folder if key.endswith(".dir") else one} && "$3" -j2 --dbname=restored "$2"'
        programs = (f"{self.here.scratch}/fetched", f"{self.here.postgres.bindir}/pg_restore")
        argv = ["sh", "-c", fetch, "sh", key, *programs]
        subprocess.run(argv, env=self.here.environment, check=True)
        return contents_of(server, "restored")
