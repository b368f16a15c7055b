"""Listing keys, beside boto3's paginator.

On one server, one after the other in turn.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from bak_tui.core.profile import Target
from bak_tui.demo.embedded import Embedded
from bak_tui.services.own_process import collect_seldom
from bak_tui.services.s3 import Bucket
from tests.bench.fake_bucket import PREFIX, fake_bucket
from tests.bench.saying import say_heads, say_row
from tests.bench.storing import store_empty_objects

_FIRST = 200
_WITHOUT_BOTO3 = 1_000_000
"""It would take minutes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many, and how often."""
    keys = [1_000, 100_000, 1_000_000]
    parser.add_argument(
        "--keys", type=int, nargs="+", default=keys, metavar="N", help="in the bucket (%(default)s)"
    )
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of either (%(default)s)")


def run(asked: argparse.Namespace) -> None:
    """Print a table."""
    collect_seldom()  # as the programs do, for both
    say_heads("keys", "server", f"first {_FIRST}, ms", "ours, s", "boto3, s", "ours ÷ boto3 (goal ≤ 0.45)")
    for keys in asked.keys:
        with fake_bucket(keys) as target:
            _compare("fake", keys, target, asked.runs)
    with Embedded.start() as servers:
        target = servers.s3.create_bucket("many")
        store_empty_objects(servers.s3, target, "photos", 10_000)
        _compare("rclone serve", 10_000, target, asked.runs)


def _compare(server: str, keys: int, target: Target, rounds: int) -> None:
    bucket = Bucket.open(target)
    next(bucket.pages(PREFIX, first=1))  # as a session has: client made, connection open
    firsts, ours, theirs = [], [], []
    for _ in range(rounds):
        firsts.append(_seconds(lambda: len(next(bucket.pages(PREFIX, first=_FIRST)).objects), _FIRST))
        ours.append(_seconds(lambda: sum(len(page.objects) for page in bucket.pages(PREFIX)), keys))
        if keys < _WITHOUT_BOTO3:
            theirs.append(_seconds(lambda: _by_boto3(target), keys))
    mine = statistics.median(ours)
    beside = ("not run", "")
    if theirs:
        boto = statistics.median(theirs)
        beside = (f"{boto:.2f}", f"{mine / boto:.2f}")
    say_row(f"{keys:,}", server, f"{1000 * statistics.median(firsts):.1f}", f"{mine:.2f}", *beside)


def _seconds(listing: Callable[[], int], expected: int) -> float:
    began = time.perf_counter()
    found = listing()
    took = time.perf_counter() - began
    if found != expected:
        raise AssertionError(f"{found} names instead of {expected}")
    return took


def _by_boto3(target: Target) -> int:
    secret = target.secret_key.reveal() if target.secret_key else None
    client: Any = boto3.client(
        "s3",
        endpoint_url=target.endpoint,
        region_name="us-east-1",
        aws_access_key_id=target.access_key,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}),
    )
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=target.bucket, Prefix=PREFIX)
    return sum(len(page["Contents"]) for page in pages)
