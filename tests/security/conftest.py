"""Servers with certificates of a private CA, and `bak` before them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.rclone import Certificate
from tests.servers.fixtures import open_connection
from tests.servers.system import system_bindir, zstd_bindir

HOST = "localhost"
"""The name that the good certificates are made out to; the servers listen on 127.0.0.1."""


@dataclass(frozen=True)
class Authority:
    """A private CA; its certificates are written below `folder`."""

    folder: Path
    ca: trustme.CA

    @property
    def bundle(self) -> str:
        """What clients are to trust."""
        path = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return str(path)

    def certificate(self, name: str = HOST, *, expired: bool = False) -> Certificate:
        """One made out to `name`."""
        ends = datetime.now(UTC) - timedelta(days=1) if expired else None
        begins = datetime.now(UTC) - timedelta(days=30) if expired else None
        issued = self.ca.issue_cert(name, not_before=begins, not_after=ends)
        stem = self.folder / f"{name}{'-expired' * expired}"
        chain, key = stem.with_suffix(".crt"), stem.with_suffix(".key")
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(key)
        return Certificate(chain, key, Path(self.bundle))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Made for these tests; no system knows it."""
    return Authority(tmp_path_factory.mktemp("ca"), trustme.CA())


@pytest.fixture(scope="module")
def tls_postgres() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that can speak TLS (the demo's cannot); `wear` gives it a certificate."""
    bindir = zstd_bindir() or system_bindir()
    if not isinstance(bindir, Path):
        pytest.skip(f"no PostgreSQL with OpenSSL here: {bindir}")
    with EmbeddedPostgres.start(bindir=bindir) as postgres:
        yield postgres


def wear(postgres: EmbeddedPostgres, certificate: Certificate) -> None:
    """From now on it takes TLS connections only, with this certificate."""
    with open_connection(postgres.server, "postgres") as connection:
        row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        folder = Path(row[0])
        owner = folder.stat()
        for source, name in ((certificate.certificate, "tls.crt"), (certificate.key, "tls.key")):
            shutil.copyfile(source, folder / name)
            shutil.chown(folder / name, owner.st_uid, owner.st_gid)
            (folder / name).chmod(0o600)
        (folder / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")
        for setting, value in (("ssl_cert_file", "tls.crt"), ("ssl_key_file", "tls.key"), ("ssl", "on")):
            connection.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
    # What is read at the start is there when it is ready: a reload would be heeded some time later.
    postgres.stop()
    postgres.resume()
