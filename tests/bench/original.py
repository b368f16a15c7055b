"""The upload of the flow that this project replaces: `python -m tests.bench.original FILE KEY`."""

from __future__ import annotations

import os
import sys

import boto3
from botocore.config import Config


def main(path: str, key: str) -> None:
    """boto3's own transfer of a file, with the settings under which every server takes it."""
    config = Config(
        request_checksum_calculation="when_required", response_checksum_validation="when_required"
    )
    boto3.client("s3", config=config).upload_file(path, os.environ["BAK_BUCKET"], key)


if __name__ == "__main__":
    main(*sys.argv[1:])
