"""pg_dump in every version there is here, each with a server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest

from bak_tui.core.profile import Server
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.archive import HEAD_BYTES
from tests import samples
from tests.servers.fixtures import MakeDatabase, open_connection

HOSTILE_NAME = "zürich -Fc 'x'"
SERVERS = ["embedded_postgres", "system_postgres", "zstd_postgres"]


class Dumper:
    """pg_dump and pg_restore of one server, on one database of it."""

    def __init__(self, bindir: Path, server: Server, database: str, folder: Path) -> None:
        self._bindir = bindir
        self.server = server
        self.database = database
        self.folder = folder
        self.major = int(self.run("--version").decode().split()[2].partition(".")[0])

    def head(self, *options: str) -> bytes:
        """The first bytes of a dump."""
        target = self.folder / "dump"
        self.run(*options, f"--file={target}")
        if target.is_dir():
            target = target / "toc.dat"
        return target.read_bytes()[:HEAD_BYTES]

    def run(self, *arguments: str, program: str = "pg_dump") -> bytes:
        """Run it to its end; its output."""
        with self._start(program, arguments) as process:
            output, said = process.communicate()
        assert process.returncode == 0, said
        return output

    def _pipe(self, arguments: Sequence[str], file: IO[bytes]) -> None:
        with self._start("pg_dump", arguments) as process:
            assert process.stdout is not None
            shutil.copyfileobj(process.stdout, file)
        assert process.returncode == 0

    def redirect(self, file: IO[bytes], *arguments: str) -> None:
        """pg_dump as `pg_dump … > file` runs it."""
        with self._start("pg_dump", arguments, file) as process:
            process.communicate()
        assert process.returncode == 0

    def shell(self, command: str) -> None:
        """What a person types, with the password known and this server's programs at hand."""
        subprocess.run(["sh", "-c", command], check=True, env=self._environment(), stdout=subprocess.DEVNULL)

    def _environment(self) -> dict[str, str]:
        password = self.server.password.reveal() if self.server.password else ""
        reach = {"PGHOST": self.server.host, "PGPORT": self.server.port, "PGUSER": self.server.user}
        path = f"{self._bindir}:{os.environ['PATH']}"
        environment = {**os.environ, "PGPASSWORD": password, "PGDATABASE": self.database, "PATH": path}
        return {**environment, **{name: value for name, value in reach.items() if value}}

    def _start(
        self, program: str, arguments: Sequence[str], stdout: IO[bytes] | int = subprocess.PIPE
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self._bindir / program, *arguments],
            env=self._environment(),
            stdout=stdout,
            stderr=subprocess.PIPE,
        )

    def twice(self, *options: str) -> tuple[Path, Path]:
        """One snapshot as an archive written through a pipe, and as one written to a seekable file."""
        piped, seekable = self.folder / "piped", self.folder / "seekable"
        with open_connection(self.server, self.database) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            same = ("--format=custom", f"--snapshot={row[0]}", *options)
            self.run(*same, f"--file={seekable}")
            with piped.open("wb") as file:
                self._pipe(same, file)
        _set_time(piped, seekable)
        return piped, seekable


@pytest.fixture(params=SERVERS)
def dumper(request: pytest.FixtureRequest, make_database: MakeDatabase, tmp_path: Path) -> Dumper:
    """pg_dump 18, the machine's own, and 17 with zstd."""
    postgres: EmbeddedPostgres = request.getfixturevalue(request.param)
    database = make_database(HOSTILE_NAME, server=postgres.server)
    samples.mark(postgres.server, database, "x")
    return Dumper(postgres.bindir, postgres.server, database, tmp_path)


def _set_time(archive: Path, like: Path) -> None:
    """Give an archive the time in another's header, the one thing in which two of one snapshot may differ.

    Seven integers of a sign and four bytes, after magic, version, sizes, format and compression (whose
    integer became a byte in format 1.15).
    """
    with archive.open("r+b") as file, like.open("rb") as other:
        head = file.read(HEAD_BYTES)
        begin = 11 + (1 if head[6] >= 15 else 5)
        other.seek(begin)
        file.seek(begin)
        file.write(other.read(7 * 5))


class Uncancelled:
    """A job that nobody cancels."""

    def check(self) -> None:
        pass
