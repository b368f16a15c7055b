"""A hot standby: a second server that follows a first one, and can only be read."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo

from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.throwaway.cluster import Cluster
from bak_tui.services.throwaway.folder import ThrowawayFolder
from tests.servers.fixtures import open_connection
from tests.waiting import until


@contextmanager
def following(primary: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """A standby of `primary` while inside: a copy by pg_basebackup that streams what comes after."""
    with ThrowawayFolder.create() as folder:
        cluster = Cluster(folder, primary._cluster._programs)
        standby = EmbeddedPostgres(cluster, primary.bindir)
        standby.password = primary.password
        _copy(primary, cluster._data)
        for each in (cluster._data, *cluster._data.rglob("*")):
            if folder.account is not None:
                os.lchown(each, folder.account.uid, folder.account.gid)
        standby.resume()
        try:
            yield standby
        finally:
            standby.stop()


def _copy(primary: EmbeddedPostgres, data: Path) -> None:
    server = primary.server
    reach = make_conninfo(
        "", host=server.host, port=server.port, user=server.user, password=primary.password.reveal()
    )
    command = [str(primary.bindir / "pg_basebackup"), f"--dbname={reach}", f"--pgdata={data}"]
    options = ["--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream", "--no-sync"]
    shutil.rmtree(data, ignore_errors=True)
    subprocess.run([*command, *options], check=True, capture_output=True)


def caught_up(primary: EmbeddedPostgres, standby: EmbeddedPostgres) -> None:
    """Wait until the standby has replayed what the primary has written by now."""
    with open_connection(primary.server, "postgres") as connection:
        row = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone()
    assert row

    def has_replayed() -> bool:
        with open_connection(standby.server, "postgres") as connection:
            seen = connection.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", (row[0],)).fetchone()
        return bool(seen and seen[0])

    until(has_replayed)
