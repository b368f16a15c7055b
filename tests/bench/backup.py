"""Backups beside what they are made of: shuffled, five times and more, contents compared at the end.

`python -m tests.bench backup --help` tells the choices.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trustme

from bak_tui.core.names import dump_of, is_manifest, parse_dump_name
from bak_tui.core.profile import Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.rclone import Certificate
from bak_tui.demo.s3 import EmbeddedS3
from bak_tui.services.s3 import Bucket
from tests.bench.databases import contents_of, make_gen3, make_large_objects, make_tables
from tests.bench.line import slow_line
from tests.bench.rounds import in_rounds
from tests.bench.rows import Row, Samples, rows
from tests.bench.running import Measured, measure
from tests.bench.saying import say
from tests.bench.table import print_table
from tests.servers.ceph import Ceph
from tests.servers.fixtures import open_connection
from tests.servers.system import zstd_bindir

_SLOW = 20_000_000
_AGAIN = 2
"""How often a void run is repeated."""


def run() -> None:
    """Print a line a run and a table at the end."""
    asked = _arguments().parse_args(sys.argv[2:])
    with (
        tempfile.TemporaryDirectory() as scratch,
        _target(asked, Path(scratch)) as target,
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
        for attempt in range(1 + _AGAIN):
            self._remove(row)
            with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
                measured = measure(row.argv, {**self.environment, "TMPDIR": folder}, Path(folder))
            if not measured.is_void or attempt == _AGAIN:
                break
        return measured

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


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.bench backup")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=1000, help="the large database, as COPY text")
    parser.add_argument("--s3", choices=["embedded", "ceph"], default="embedded")
    parser.add_argument("--line", choices=["plain", "slow", "tls"], default="plain", help="slow: 20 MB/s")
    parser.add_argument("--pg-bindir", type=Path, help="PostgreSQL's programs; default: a wheel with zstd")
    parser.add_argument("--only", default="", help="rows whose name holds this")
    return parser


@contextmanager
def _target(asked: argparse.Namespace, scratch: Path) -> Iterator[Target]:
    if asked.s3 == "ceph":
        with Ceph.start() as ceph, _line(asked, ceph.create_bucket("bench")) as target:
            yield target
        return
    certificate = _certificate(scratch) if asked.line == "tls" else None
    with EmbeddedS3.start(certificate=certificate) as s3, _line(asked, s3.create_bucket("bench")) as target:
        yield target


@contextmanager
def _line(asked: argparse.Namespace, target: Target) -> Iterator[Target]:
    if asked.line != "slow":
        yield target
        return
    with slow_line(target.endpoint or "", _SLOW) as endpoint:
        yield replace(target, endpoint=endpoint)


def _certificate(folder: Path) -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    found = Certificate(folder / "cert.pem", folder / "key.pem", folder / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(str(found.certificate))
    issued.private_key_pem.write_to_path(str(found.key))
    authority.cert_pem.write_to_path(str(found.authority))
    return found


def environment_of(postgres: EmbeddedPostgres, target: Target, scratch: Path) -> Mapping[str, str]:
    """For commands that use these servers, and nothing else of this machine's."""
    secret = target.secret_key.reveal() if target.secret_key else ""
    trusted = target.ca_bundle or ""
    remote = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ACCESS_KEY_ID": target.access_key or "",
        "SECRET_ACCESS_KEY": secret,
        "ENDPOINT": target.endpoint or "",
        "REGION": target.region or "",
    }
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PGHOST": postgres.host,
        "PGPORT": str(postgres.port),
        "PGUSER": postgres.user,
        "PGPASSWORD": postgres.password.reveal(),
        "BAK_PG_BINDIR": str(postgres.bindir),
        "BAK_BUCKET": target.bucket,
        "BAK_STATE_DIR": str(scratch / "state"),
        "BAK_CONFIG": str(scratch / "config.toml"),
        "AWS_ACCESS_KEY_ID": target.access_key or "",
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_ENDPOINT_URL_S3": target.endpoint or "",
        "AWS_REGION": target.region or "",
        "AWS_DEFAULT_REGION": target.region or "",
        **({"AWS_CA_BUNDLE": trusted, "RCLONE_CA_CERT": trusted} if trusted else {}),
        **{f"RCLONE_CONFIG_TARGET_{name}": value for name, value in remote.items()},
        "RCLONE_CONFIG": str(scratch / "rclone.conf"),
    }
