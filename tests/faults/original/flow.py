"""The original flow re-enacted: pg_dump into a file, then boto3's own transfer; and the same way back.

    pg_dump -Fc --file=… && upload_file          download_file && createdb && pg_restore

Its steps are joined by `&&`: the next begins when the one before says it is done.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bak_tui.core.profile import Target
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.s3 import Bucket
from tests.bench.databases import contents_of
from tests.bench.surroundings import environment_of
from tests.servers.fixtures import open_connection

PYTHON = [sys.executable, "-m", "tests.bench.original"]


@dataclass
class Ended:
    """How a run ended; `code` is None when it had to be ended at its deadline."""

    code: int | None
    said: bytes
    seconds: float


@dataclass
class Flow:
    """The flow on real servers, in a folder of its own."""

    postgres: EmbeddedPostgres
    target: Target
    """As the flow sees it; perhaps through a proxy."""
    direct: Target
    folder: Path
    more: dict[str, str] = field(default_factory=dict)
    bindir: Path | None = None
    compression: str = "6"

    @property
    def environment(self) -> Mapping[str, str]:
        return {**environment_of(self.postgres, self.target, self.folder), **self.more}

    @property
    def bucket(self) -> Bucket:
        return Bucket.open(self.direct)

    @property
    def file(self) -> Path:
        return self.folder / "dump.sql"

    def seen_through(self, endpoint: str) -> Flow:
        return replace(self, target=replace(self.direct, endpoint=endpoint))

    def key(self, database: str) -> str:
        """One name a database: the newest replaces the one before."""
        return f"{database}/{database}.sql"

    def backup_line(self, database: str) -> str:
        dump = self._program("pg_dump", "-Fc", f"--compress={self.compression}", f"--file={self.file}")
        return f"{dump} --dbname={shlex.quote(database)} && " + shlex.join(
            [*PYTHON, str(self.file), self.key(database)]
        )

    def restore_line(self, database: str, into: str, *options: str) -> str:
        fetch = shlex.join([*PYTHON, "--fetch", str(self.file), self.key(database)])
        make = "" if options else f"{self._program('createdb', into)} && "
        load = self._program("pg_restore", *options, f"--dbname={into}", str(self.file))
        return f"{fetch} && {make}{load}"

    def start(self, line: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["sh", "-c", line],
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, line: str, deadline: float = 60.0) -> Ended:
        process = self.start(line)
        return self.ended(process, deadline)

    def ended(self, process: subprocess.Popen[bytes], deadline: float = 60.0) -> Ended:
        began = time.monotonic()
        try:
            said, _ = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            return Ended(None, said, time.monotonic() - began)
        return Ended(process.returncode, said, time.monotonic() - began)

    def keys(self) -> set[str]:
        return {stored.key for page in self.bucket.pages("") for stored in page.objects}

    def is_true(self, database: str) -> bool:
        """Whether the object restores to what the database holds."""
        if self.key(database) not in self.keys():
            return False
        with tempfile.NamedTemporaryFile(dir=self.folder) as file:
            file.write(self.bucket.read(self.key(database), limit=1 << 30))
            file.flush()
            self.administer("DROP DATABASE IF EXISTS judged", "CREATE DATABASE judged TEMPLATE template0")
            argv = [str(self.postgres.bindir / "pg_restore"), "--dbname=judged", file.name]
            environment = environment_of(self.postgres, self.direct, self.folder)
            done = subprocess.run(argv, env=dict(environment), capture_output=True, check=False)
            return done.returncode == 0 and self.contents("judged") == self.contents(database)

    def contents(self, database: str) -> dict[str, tuple[int, str]]:
        """Rows and a hash of them, table by table."""
        return contents_of(self.postgres.server, database)

    def administer(self, *statements: str) -> None:
        with open_connection(self.postgres.server, "postgres") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def databases(self) -> set[str]:
        with open_connection(self.postgres.server, "postgres") as connection:
            return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}

    def _program(self, name: str, *arguments: str) -> str:
        return shlex.join([str((self.bindir or self.postgres.bindir) / name), *arguments])
