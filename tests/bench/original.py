"""The transfers of the flow that was before: `python -m tests.bench.original [--fetch] FILE KEY`."""

from __future__ import annotations

import os
import sys

import boto3
from botocore.config import Config


def main(path: str, key: str, *, fetches: bool) -> None:
    """boto3's own transfer of a file, with the settings under which every server takes it."""
    config = Config(
        request_checksum_calculation="when_required", response_checksum_validation="when_required"
    )
    client = boto3.client("s3", config=config)
    if fetches:
        client.download_file(os.environ["BAK_BUCKET"], key, path)
    else:
        client.upload_file(path, os.environ["BAK_BUCKET"], key)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--fetch"]
    main(*arguments, fetches="--fetch" in sys.argv)
