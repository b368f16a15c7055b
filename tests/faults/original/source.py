"""Faults of the server, of pg_dump and of this machine."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.faults.original.flow import Flow
from tests.faults.original.judging import Judgement, Trial, false_success, lost, must_fail, survived
from tests.faults.pg_proxy import RowsProxy
from tests.faults.shims import shim
from tests.samples import marked
from tests.servers.fixtures import open_connection
from tests.servers.system import system_bindir
from tests.waiting import until

DB = "d"
_HALF = 6_000_000


def pg_dump_is_killed(flow: Flow) -> Judgement:
    process = flow.start(flow.backup_line(DB))
    until(lambda: flow.file.exists() and flow.file.stat().st_size > _HALF)
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid), "pg_dump"], capture_output=True, text=True, check=True
    )
    os.kill(int(children.stdout), signal.SIGKILL)
    ended = flow.ended(process)
    return survived(f"exit {ended.code}") if ended.code and not flow.keys() else lost(f"exit {ended.code}")


def crash(flow: Flow) -> Judgement:
    process = flow.start(flow.backup_line(DB))
    until(lambda: flow.file.exists() and flow.file.stat().st_size > _HALF)
    flow.postgres.crash()
    ended = flow.ended(process)
    flow.postgres.resume()
    return survived(f"exit {ended.code}") if ended.code and not flow.keys() else lost(f"exit {ended.code}")


def cut(*, is_silent: bool) -> Trial:
    def trial(flow: Flow) -> Judgement:
        with RowsProxy(flow.postgres.port, _HALF, is_silent=is_silent) as proxy:
            flow.more["PGPORT"] = str(proxy.port)
            judged = must_fail(flow, DB, flow.backup_line(DB))
            assert proxy.has_cut.is_set()
        return judged

    return trial


def locked(flow: Flow) -> Judgement:
    with open_connection(flow.postgres.server, DB) as holder:
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        return must_fail(flow, DB, flow.backup_line(DB))


def shimmed(script: str) -> Trial:
    def trial(flow: Flow) -> Judgement:
        with tempfile.TemporaryDirectory() as folder:
            bindir = shim(Path(folder) / "bin", flow.postgres.bindir, script)
            shimmed_flow = replace(flow, bindir=bindir)
            return must_fail(shimmed_flow, DB, shimmed_flow.backup_line(DB))

    return trial


def older_pg_dump(flow: Flow) -> Judgement:
    bindir = system_bindir()
    if not isinstance(bindir, Path):
        raise RuntimeError(bindir)
    old = replace(flow, bindir=bindir)
    return must_fail(old, DB, old.backup_line(DB))


def weak_role(flow: Flow) -> Judgement:
    with open_connection(flow.postgres.server, DB) as connection:
        connection.execute("CREATE ROLE weak LOGIN PASSWORD 'weak'")
        connection.execute("GRANT SELECT ON users TO weak")
    flow.more |= {"PGUSER": "weak", "PGPASSWORD": "weak"}
    try:
        return must_fail(flow, DB, flow.backup_line(DB))
    finally:
        with open_connection(flow.postgres.server, DB) as connection:
            connection.execute("DROP OWNED BY weak; DROP ROLE weak")


def two_at_once(flow: Flow) -> Judgement:
    with ExitStack() as stack:
        flows = [
            replace(flow, folder=Path(stack.enter_context(tempfile.TemporaryDirectory()))) for _ in range(2)
        ]
        for each in flows:
            (each.folder / "rclone.conf").touch()
        runs = [each.start(each.backup_line(DB)) for each in flows]
        codes = [each.ended(run).code for each, run in zip(flows, runs, strict=True)]
    if codes == [0, 0] and len(flow.keys()) == 1:
        return lost("both exit 0, and one has replaced what the other stored")
    return survived(f"exits {codes}")


def full_disk(flow: Flow) -> Judgement:
    disk = flow.folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    (disk / "rclone.conf").touch()
    try:
        small = replace(flow, folder=disk)
        ended = small.run(small.backup_line(DB))
        if ended.code and small.file.exists():
            return lost(f"exit {ended.code}, and half a dump lies under the final name")
        return survived(f"exit {ended.code}")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def name_is_a_connection_string(flow: Flow) -> Judgement:
    name = "dbname=postgres"
    with open_connection(flow.postgres.server, name) as connection:
        connection.execute("CREATE TABLE marker AS SELECT 'the right one' AS said")
    ended = flow.run(flow.backup_line(name))
    assert marked(flow.postgres.server, name) == "the right one"
    if ended.code == 0 and not flow.is_true(name):
        return false_success("exit 0, and it is another database's dump")
    return survived(f"exit {ended.code}") if ended.code == 0 else lost(f"exit {ended.code}")


def escapes(flow: Flow) -> Judgement:
    with tempfile.TemporaryDirectory() as folder:
        script = "printf 'pg_dump: error: \\033]0;owned\\007\\n' >&2; exit 1"
        bad = replace(flow, bindir=shim(Path(folder) / "bin", flow.postgres.bindir, script))
        said = bad.run(bad.backup_line(DB)).said
    return lost("the escape reaches the terminal") if b"\x1b]0;owned" in said else survived("escaped")


def open_umask(flow: Flow) -> Judgement:
    flow.run(f"umask 000; {flow.backup_line(DB)}")
    mode = stat.S_IMODE(flow.file.stat().st_mode)
    return lost(f"the dump's file has mode {mode:o}") if mode & 0o077 else survived(f"mode {mode:o}")


def writes(flow: Flow) -> Judgement:
    process = flow.start(flow.backup_line(DB))
    with open_connection(flow.postgres.server, DB) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS late (id int)")
        while process.poll() is None:
            connection.execute("INSERT INTO late SELECT 1")
        connection.execute("DROP TABLE late")
    ended = flow.ended(process)
    return survived("one snapshot; nothing tells what it held") if ended.code == 0 else lost("failed")
