"""Fake programs, real ones on a real server, and what may be seen of a running child."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bak_tui.core.profile import Server
from bak_tui.demo.postgres import EmbeddedPostgres
from bak_tui.services.jobs import Job, JobEngine, Task
from bak_tui.services.pgtools import Compression, DumpProcess, DumpRequest, RestoreRequest, Toolbox, ToolSet
from bak_tui.services.postgres import Instance
from tests.servers.fixtures import open_connection
from tests.waiting import PATIENCE, until

MakeTools = Callable[..., Path]


def _status(pid: int) -> list[str]:
    """`/proc/<pid>/stat` from the state on; empty when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def is_running(pid: int) -> bool:
    """Whether the process is there; a zombie counts as gone."""
    return _status(pid)[:1] not in ([], ["Z"], ["X"])


def comm_of(pid: int) -> str:
    """The name of the program that a process runs; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def children() -> list[int]:
    """The processes that this one started and that still run."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if is_running(pid) and _status(pid)[1:2] == [str(os.getpid())]]


@pytest.fixture
def started() -> Callable[[], list[int]]:
    """Tells which of the running children were started since the test began: not its servers."""
    before = set(children())
    return lambda: [pid for pid in children() if pid not in before]


@pytest.fixture
def make_tools(tmp_path: Path) -> MakeTools:
    """Makes a folder with a pg_dump and a pg_restore that only tell their version."""

    def make(version: str, name: str = "", *, lacks: str = "nothing at all", says: str = "") -> Path:
        folder = tmp_path / (name or version)
        folder.mkdir()
        for program in ("pg_dump", "pg_restore"):
            path = folder / program
            path.write_text(
                "#!/bin/sh\n"
                'case "$*" in\n'
                f"--version) echo '{says or f'{program} (PostgreSQL) {version}'}' ;;\n"
                f"*compress='{lacks}'*) echo 'error: no support for {lacks.upper()}' >&2; exit 1 ;;\n"
                "*) echo 'error: connection refused' >&2; exit 1 ;;\n"
                "esac\n",
                encoding="utf-8",
            )
            path.chmod(0o755)
        return folder

    return make


def tools_in(bindir: Path) -> ToolSet:
    """The real ones."""
    return Toolbox(str(bindir)).sets[0]


class House:
    """A server and its client programs."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.server: Server = postgres.server
        self.tools: ToolSet = tools_in(postgres.bindir)

    @contextmanager
    def dumping(
        self, database: str, on_table: Callable[[str], None] = lambda _table: None, **changes: object
    ) -> Iterator[DumpProcess]:
        """pg_dump of a snapshot of `database`."""
        with Instance(self.server).snapshot(database) as snapshot:
            process = DumpProcess(self.dump_request(database, snapshot.name, **changes), on_table)
            with process:
                yield process

    @contextmanager
    def blocked_dump(self, database: str, **changes: object) -> Iterator[DumpProcess]:
        """pg_dump that waits for the lock of the table `marker`."""
        with open_connection(self.server, database) as blocker:
            blocker.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            row = blocker.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            blocker.execute("LOCK TABLE marker IN ACCESS EXCLUSIVE MODE")
            request = self.dump_request(database, str(row[0]), **changes)
            with DumpProcess(request, lambda _table: None) as process:
                yield process

    def dump_request(self, database: str, snapshot: str, **changes: object) -> DumpRequest:
        request = DumpRequest(
            tools=self.tools,
            server=self.server,
            database=database,
            snapshot=snapshot,
            compression=Compression("gzip", 1),
            application_name="bak-test",
        )
        return replace(request, **changes)  # type: ignore[arg-type]  # its fields

    def dump(self, database: str, file: Path, on_table: Callable[[str], None] = lambda _table: None) -> Path:
        with self.dumping(database, on_table) as process, file.open("wb") as out:
            while data := process.stream(65536):
                out.write(data)
            process.check()
        return file

    def request(self, archive: Path, database: str, **changes: object) -> RestoreRequest:
        request = RestoreRequest(self.tools, self.server, database, archive, f"bak-{secrets.token_hex(4)}")
        return replace(request, **changes)  # type: ignore[arg-type]  # its fields


@pytest.fixture
def house(embedded_postgres: EmbeddedPostgres) -> House:
    return House(embedded_postgres)


@pytest.fixture
def engine() -> Iterator[JobEngine]:
    engine = JobEngine()
    yield engine
    engine.close()


@pytest.fixture
def task(engine: JobEngine) -> Iterator[Task]:
    """A running job's task."""
    tasks: list[Task] = []
    may_end = threading.Event()

    def work(job: Job[None]) -> None:
        tasks.append(job.task("x"))
        may_end.wait(PATIENCE)

    job = engine.submit("try", "x", work)
    yield until(lambda: tasks)[0]
    may_end.set()
    job.wait()
