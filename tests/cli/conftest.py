"""`bak` against each ring of servers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest

from bak_tui.core.profile import Server, Target
from bak_tui.demo.postgres import EmbeddedPostgres
from tests.cli.runner import Runner, server_flags, target_flags
from tests.servers.rings import Ring


@dataclass
class Site:
    """A server, an empty bucket, and `bak`."""

    server: Server
    target: Target
    bak: Runner

    @property
    def server_flags(self) -> list[str]:
        return server_flags(self.server)

    @property
    def target_flags(self) -> list[str]:
        return target_flags(self.target)


@pytest.fixture
def site(ring: Ring, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Each ring in turn."""
    target = ring.make_bucket(f"bak-{secrets.token_hex(6)}")
    runner = Runner(tmp_path_factory.mktemp("home"), {"BAK_PG_BINDIR": str(ring.bindir)})
    return Site(ring.server, target, runner)


@pytest.fixture
def embedded(
    embedded_postgres: EmbeddedPostgres, bucket_target: Target, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    """The embedded servers only: for what does not depend on the servers, told by the environment."""
    server = embedded_postgres.server
    home: Path = tmp_path_factory.mktemp("home")
    variables = {
        "BAK_PG_BINDIR": str(embedded_postgres.bindir),
        "PGHOST": str(server.host),
        "PGPORT": str(server.port),
        "PGUSER": str(server.user),
        "PGPASSWORD": server.password.reveal() if server.password else "",
        "AWS_ACCESS_KEY_ID": str(bucket_target.access_key),
        "AWS_SECRET_ACCESS_KEY": bucket_target.secret_key.reveal() if bucket_target.secret_key else "",
        "AWS_ENDPOINT_URL_S3": str(bucket_target.endpoint),
        "BAK_BUCKET": bucket_target.bucket,
    }
    return Site(server, bucket_target, Runner(home, variables))
