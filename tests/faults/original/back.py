"""Faults of the way back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.faults.original.flow import Flow
from tests.faults.original.judging import Judgement, Trial, false_success, lost, survived
from tests.faults.original.source import DB
from tests.faults.s3_proxy import S3Proxy, Truncate
from tests.faults.shims import restoring_shim
from tests.servers.fixtures import open_connection

INTO = "back"


def restored(flow: Flow, deadline: float = 60) -> Judgement:
    """Into a database that is made for it."""
    ended = flow.run(flow.restore_line(DB, INTO), deadline)
    is_there = INTO in flow.databases()
    same = is_there and flow.contents(INTO) == flow.contents(DB)
    if ended.code == 0:
        return (
            survived("exit 0, every row is there")
            if same
            else false_success("exit 0, and rows are not what they were")
        )
    left = "; a database that is not whole is left under the wished name" if is_there else ""
    return lost(f"exit {ended.code}{left}") if is_there else survived(f"exit {ended.code}")


def harmed(harm: Callable[[bytes], bytes], compression: str = "6") -> Trial:
    def trial(flow: Flow) -> Judgement:
        made = replace(flow, compression=compression)
        assert made.run(made.backup_line(DB)).code == 0
        body = flow.bucket.read(flow.key(DB), limit=1 << 30)
        flow.bucket.write(flow.key(DB), harm(body))
        return restored(flow)

    return trial


def one_byte_short(body: bytes) -> bytes:
    return body[:-1]


def one_bit_flipped(body: bytes) -> bytes:
    """A digit becomes another: what COPY cannot know."""
    at = body.index(b"7", len(body) * 7 // 10)
    return body[:at] + b"6" + body[at + 1 :]


def broken_download(flow: Flow) -> Judgement:
    assert flow.run(flow.backup_line(DB)).code == 0
    with S3Proxy(str(flow.direct.endpoint)) as proxy:
        proxy.fault("GetObject", Truncate(0.3), nth=1)
        proxy.fault("GetObject", Truncate(0.7), nth=1)
        return restored(flow.seen_through(proxy.url))


def killed_over_a_live_one(flow: Flow) -> Judgement:
    assert flow.run(flow.backup_line(DB)).code == 0
    before = flow.contents(DB)
    with tempfile.TemporaryDirectory() as folder:
        script = '"$REAL" --section=pre-data "$@"; kill -9 $$'
        bindir = restoring_shim(Path(folder) / "bin", flow.postgres.bindir, script)
        bad = replace(flow, bindir=bindir)
        ended = bad.run(bad.restore_line(DB, DB, "--clean", "--if-exists"))
    if flow.contents(DB) != before:
        return lost(f"exit {ended.code}, and the live database has lost its rows")
    return survived(f"exit {ended.code}")


def missing_role(flow: Flow) -> Judgement:
    with open_connection(flow.postgres.server, DB) as connection:
        connection.execute("CREATE ROLE gone")
        connection.execute("GRANT SELECT ON users TO gone")
    assert flow.run(flow.backup_line(DB)).code == 0
    with open_connection(flow.postgres.server, DB) as connection:
        connection.execute("DROP OWNED BY gone; DROP ROLE gone")
    ended = flow.run(flow.restore_line(DB, INTO))
    if ended.code == 1 and flow.contents(INTO) == flow.contents(DB):
        return lost("exit 1 as if rows were lost: nothing tells that none is")
    return survived(f"exit {ended.code}")
