"""Reaching the embedded servers as their users do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from bak_tui.core.profile import Server, Target
from tests.servers.fixtures import open_connection

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def answer(server: Server, query: str = "SELECT 42", database: str = "postgres") -> object:
    """The first column of the first row."""
    with open_connection(server, database) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def s3_client(target: Target) -> S3Client:
    """A client for a target, with what servers other than AWS need."""
    assert target.secret_key is not None
    return boto3.client(
        "s3",
        endpoint_url=target.endpoint,
        region_name=target.region,
        aws_access_key_id=target.access_key,
        aws_secret_access_key=target.secret_key.reveal(),
        verify=target.ca_bundle,
        config=Config(
            request_checksum_calculation="when_required", response_checksum_validation="when_required"
        ),
    )


def round_trip(target: Target) -> bytes:
    """Put an object, find it in the listing, and read it back."""
    client = s3_client(target)
    client.put_object(Bucket=target.bucket, Key="a/b c", Body=b"as it was")
    listed = client.list_objects_v2(Bucket=target.bucket, Prefix="a/")["Contents"]
    assert [entry["Key"] for entry in listed] == ["a/b c"]
    body: bytes = client.get_object(Bucket=target.bucket, Key="a/b c")["Body"].read()
    return body
