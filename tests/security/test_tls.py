"""TLS with a private CA on both ends: trusted when it is named, refused with the cause when it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.errors import ServerError, StoreError
from bak_tui.core.profile import Server, Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.rclone import Certificate
from bak_tui.demo.s3 import EmbeddedS3
from bak_tui.services.postgres import Instance
from bak_tui.services.s3 import Bucket
from tests.cli.runner import Runner
from tests.samples import SAMPLE_ROWS, fill, rows_of
from tests.security.conftest import HOST, Authority, wear
from tests.servers.fixtures import open_connection

PROFILE = """
[profiles.tls.server]
host = "{host}"
port = {port}
user = "postgres"
sslmode = "verify-full"
sslrootcert = "{bundle}"
password = {{ from = "env", name = "DB_PASSWORD" }}
[profiles.tls.target]
bucket = "{bucket}"
endpoint = "{endpoint}"
region = "us-east-1"
addressing = "path"
ca_bundle = "{bundle}"
keys = {{ from = "env", names = ["KEY", "SECRET"] }}
"""


def by_name(target: Target) -> Target:
    """The same server under the name that the certificate is made out to."""
    return replace(target, endpoint=str(target.endpoint).replace("127.0.0.1", HOST))


def trusting(server: Server, bundle: str, **extra: str) -> Server:
    """The server as somebody reaches it who trusts nobody else."""
    return replace(server, host=HOST, extra={"sslmode": "verify-full", "sslrootcert": bundle, **extra})


@pytest.mark.fault("R44")
def test_a_backup_and_a_restore_go_over_tls_whose_ca_the_profile_names(
    authority: Authority, tls_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    wear(tls_postgres, authority.certificate())
    server = trusting(tls_postgres.server, authority.bundle)
    with open_connection(server, "postgres") as connection:
        connection.execute("CREATE DATABASE fence")
    fill(server, "fence")
    with EmbeddedS3.start(certificate=authority.certificate()) as s3:
        target = by_name(s3.create_bucket("b"))
        config = tmp_path / "config.toml"
        place = {"host": HOST, "port": server.port, "bundle": authority.bundle}
        config.write_text(PROFILE.format(**place, bucket="b", endpoint=target.endpoint))
        config.chmod(0o600)
        variables = {
            "BAK_CONFIG": str(config),
            "BAK_PROFILE": "tls",
            "BAK_PG_BINDIR": str(tls_postgres.bindir),
            "DB_PASSWORD": tls_postgres.password.reveal(),
            "KEY": s3.access_key,
            "SECRET": s3.secret_key.reveal(),
        }
        bak = Runner(tmp_path, variables)
        for words in (
            ["profiles", "test", "tls"],
            ["backup", "--database=fence"],
            ["restore", "--database=fence", "--into=again"],
        ):
            done = bak(*words)
            assert done.code == 0, done.err + done.out
            assert "weakened" not in done.out
    assert rows_of(server, "again") == SAMPLE_ROWS


@pytest.mark.fault("R44")
@pytest.mark.parametrize(
    ("worn", "trusts", "cause", "remedy"),
    [
        ("good", False, "certificate", "--ca-bundle"),
        ("expired", True, "expired", "renewed"),
        (
            "elsewhere",
            True,
            "hostname 'localhost' doesn't match 'elsewhere.example'",
            "use the name that stands in the certificate",
        ),
    ],
)
def test_a_stores_certificate_that_is_not_trusted_is_told_with_the_cause(
    authority: Authority, tmp_path: Path, worn: str, trusts: bool, cause: str, remedy: str
) -> None:
    with EmbeddedS3.start(certificate=worn_as(authority, worn)) as s3:
        target = by_name(s3.create_bucket("b"))
        with pytest.raises(StoreError) as refused:
            Bucket.open(target if trusts else replace(target, ca_bundle=None)).head("x")
        assert Bucket.open(replace(target, ca_bundle=None, verifies_tls=False)).head("x") is None
    assert (refused.value.kind, cause in refused.value.message) == ("tls", True), refused.value.message
    assert remedy in refused.value.hint


@pytest.mark.fault("R44")
@pytest.mark.parametrize(
    ("worn", "trusts", "cause", "remedy"),
    [
        ("good", "another", "certificate", "sslrootcert"),
        ("good", "nobody", "does not exist", "sslrootcert"),
        ("expired", "it", "expired", "renewed"),
        ("elsewhere", "it", "does not match host name", "use the name that stands in the certificate"),
    ],
)
def test_a_servers_certificate_that_is_not_trusted_is_told_with_the_cause(
    authority: Authority, tls_postgres: EmbeddedPostgres, worn: str, trusts: str, cause: str, remedy: str
) -> None:
    wear(tls_postgres, worn_as(authority, worn))
    bundles = {"it": authority.bundle, "nobody": "/nonexistent/root.crt", "another": stranger(authority)}
    with pytest.raises(ServerError) as refused:
        Instance(trusting(tls_postgres.server, bundles[trusts]), application_name="bak").identity()
    assert (refused.value.kind, cause in refused.value.message) == ("tls", True), refused.value.message
    assert remedy in refused.value.hint


def test_a_server_that_lets_nobody_in_without_tls_says_so(
    authority: Authority, tls_postgres: EmbeddedPostgres
) -> None:
    wear(tls_postgres, worn_as(authority, "good"))
    server = replace(tls_postgres.server, extra={"sslmode": "disable"})
    with pytest.raises(ServerError, match=r"refused: no pg_hba.conf entry") as refused:
        Instance(server, application_name="bak").identity()
    assert "sslmode=require" in refused.value.hint


def test_a_server_without_tls_is_refused_where_it_is_asked_for(embedded_postgres: EmbeddedPostgres) -> None:
    server = replace(embedded_postgres.server, extra={"sslmode": "require"})
    with pytest.raises(ServerError, match="does not support SSL") as refused:
        Instance(server, application_name="bak").identity()
    assert refused.value.kind == "tls"


def worn_as(authority: Authority, worn: str) -> Certificate:
    name = "elsewhere.example" if worn == "elsewhere" else HOST
    return authority.certificate(name, expired=worn == "expired")


def stranger(authority: Authority) -> str:
    """The bundle of another CA."""
    import trustme

    path = authority.folder / "another.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return str(path)
