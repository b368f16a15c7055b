"""Print the table of tests/faults/README.md: each fault that the original flow can be put to, and its end."""

from __future__ import annotations

import secrets
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.demo.s3 import EmbeddedS3
from tests.bench.saying import say
from tests.faults.original import back, source, store
from tests.faults.original.flow import Flow
from tests.faults.original.judging import Trial, Verdict
from tests.faults.register import FAULTS
from tests.faults.s3_proxy import Refuse, Reset, Slow, Stall
from tests.samples import fill, fill_bytes
from tests.servers.fixtures import open_connection

_NEEDS = (source.DB, "dbname=postgres")
TRIALS: dict[str, Trial] = {
    "R01": source.pg_dump_is_killed,
    "R02": source.crash,
    "R03": source.cut(is_silent=False),
    "R04": source.cut(is_silent=True),
    "R05": source.locked,
    "R06": source.shimmed('for each; do case "$each" in --file=*) : > "${each#--file=}";; esac; done'),
    "R07": source.shimmed('"$REAL" "$@"; exit 1'),
    "R08": source.older_pg_dump,
    "R09": source.weak_role,
    "R10": store.passes("UploadPart", Reset("mid"), part=2),
    "R11": store.passes("UploadPart", Refuse(503, "SlowDown"), part=2, times=7),
    "R12": store.stays("UploadPart", Refuse(500, "InternalError"), part=2),
    "R13": store.passes("CompleteMultipartUpload", store.INSIDE_200),
    "R14": store.passes("UploadPart", Stall(), part=2),
    "R15": store.passes("UploadPart", Slow(300_000), times=100),
    "R16": store.expired,
    "R17": store.skewed,
    "R18": store.no_bucket,
    "R20": source.two_at_once,
    "R21": store.ended_while_sending(signal.SIGKILL),
    "R22": store.ended_while_sending(signal.SIGTERM),
    "R25": source.full_disk,
    "R26": back.harmed(back.one_byte_short),
    "R27": back.harmed(back.one_bit_flipped, "0"),
    "R28": back.broken_download,
    "R29": back.killed_over_a_live_one,
    "R31": back.missing_role,
    "R36": source.name_is_a_connection_string,
    "R41": source.escapes,
    "R42": source.open_umask,
    "R45": source.writes,
}


def main(chosen: list[str]) -> None:
    """Every trial on a bucket of its own."""
    found: Counter[Verdict] = Counter()
    with EmbeddedS3.start() as s3, EmbeddedPostgres.start() as postgres:
        for number in chosen or TRIALS:
            target = s3.create_bucket(f"original-{secrets.token_hex(4)}")
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "rclone.conf").touch()
                flow = Flow(postgres, target, target, Path(folder))
                again = [f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in (*_NEEDS, back.INTO)]
                flow.administer(*again, *(f'CREATE DATABASE "{name}"' for name in _NEEDS))
                fill(postgres.server, source.DB)
                fill_bytes(postgres.server, source.DB, 12)
                with_random(flow)
                judged = TRIALS[number](flow)
            found[judged.verdict] += 1
            say(f"| {number} | {FAULTS[number]} | {judged.verdict} | {judged.because} |")
    say(
        f"the original flow: survived {found[Verdict.SURVIVED]} of {found.total()},"
        f" lost {found[Verdict.LOST]}, false successes {found[Verdict.FALSE]}"
    )


def with_random(flow: Flow) -> None:
    """20 MB that gzip cannot make smaller, so that the upload has parts."""
    with open_connection(flow.postgres.server, source.DB) as connection:
        connection.execute("CREATE TABLE noise (id int, data bytea)")
        connection.execute(
            "INSERT INTO noise SELECT i, (SELECT string_agg(decode(md5(random()::text || i || j), 'hex'), '')"
            " FROM generate_series(1, 6250) j) FROM generate_series(1, 200) i"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
