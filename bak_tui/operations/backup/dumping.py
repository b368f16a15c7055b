"""One dump under way: what is shared by every way of writing it, whole or file by file."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bak_tui.core.copies import RunningCopy
from bak_tui.core.databases import Counts, Database
from bak_tui.core.dump_format import DumpFormat, FormatChoice, FormatWish, choose_format
from bak_tui.core.errors import DumpFailed, ServerError
from bak_tui.core.manifest import FileRecord, GlobalsRecord, PartRecord
from bak_tui.core.profile import Server
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.ports import Collaborators, HeldSnapshot, OpenEntry, Postgres
from bak_tui.operations.tables import TableProgress
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Compression, DumpProcess, DumpRequest, ToolSet


@dataclass(frozen=True, slots=True)
class Run:
    """What all dumps of one run share."""

    id: str
    taken: datetime
    """UTC, whole seconds: the timestamp in every name that no other run of that second has."""
    server: Server
    instance: Postgres
    application_name: str
    tools: ToolSet
    compression: Compression
    part_size: int | None
    hashes_contents: bool = False
    globals: GlobalsRecord | None = None
    """What was taken of the cluster beside the databases."""
    notes: tuple[str, ...] = ()
    """Told, and kept in every manifest's warnings."""
    note: str | None = None
    """What whoever asked for it wants to remember; kept in every manifest."""
    format: FormatWish = FormatWish.CUSTOM
    jobs: int = 1
    """pg_dump's workers within one database, where its format takes more than one."""

    def format_of(self, database: str) -> FormatChoice:
        """What it is dumped in; the server is asked only where that decides, and its errors are raised."""
        if self.format is not FormatWish.AUTO:
            return FormatChoice(DumpFormat(self.format))
        return choose_format(self.instance.shape(database), self.jobs)


@dataclass(frozen=True, slots=True)
class Written:
    """A dump in its place, without its manifest: what the manifest is to say of its bytes."""

    format: DumpFormat
    options: list[str]
    size: int
    sha256: str
    part_size: int
    parts: list[PartRecord]
    checked: tuple[str, ...]
    files: list[FileRecord] | None = None
    offsets: dict[str, int] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dumping:
    """One database, its snapshot held and its rows being counted, on the way to `path`."""

    collaborators: Collaborators
    run: Run
    database: Database
    path: str
    task: Task
    snapshot: HeldSnapshot
    counts: Future[Counts]
    entry: OpenEntry

    def passed(self, step: Step) -> None:
        """Tell the checkpoint."""
        self.collaborators.checkpoint(step, self.database.name)

    def begin(self, width: int = 1) -> TableProgress:
        """The phase in which pg_dump runs, its progress by tables."""
        catalog = self.snapshot.catalog
        self.task.phase("dumping", total=catalog.size or None, is_estimate=True)
        return TableProgress(self.task, {table.qualified: table.size for table in catalog.tables}, width)

    def request(self, folder: Path | None = None) -> DumpRequest:
        """What pg_dump is to do; with a `folder` that it makes, in directory format."""
        return DumpRequest(
            tools=self.run.tools,
            server=self.run.server,
            database=self.database.name,
            snapshot=self.snapshot.name,
            compression=self.run.compression,
            application_name=self.run.application_name,
            encoding=self.database.locale.encoding,
            lock_timeout=self.collaborators.limits.lock,
            stall_timeout=self.collaborators.limits.stall,
            folder=folder,
            jobs=self.run.jobs,
        )

    def process(self, request: DumpRequest, progress: TableProgress) -> DumpProcess:
        return DumpProcess(
            request,
            progress.begin,
            lambda line: self.task.say("pg_dump", line, is_error="error:" in line),
        )

    def copies(self) -> tuple[RunningCopy, ...] | None:
        """How far the tables in work are."""
        return self.run.instance.copies(self.database.name, self.run.application_name)

    def require_definitions(self) -> None:
        """To be asked when pg_dump has read all of them: it has, when the first byte of its output comes.

        Raises DumpFailed when one was gone by then. Where that cannot be asked it is said, and no more.
        """
        try:
            vanished = self.run.instance.vanished_functions(self.database.name, self.snapshot.name)
        except ServerError as error:
            self.task.say("bak", f"whether functions were dropped meanwhile is not known: {error}")
            return
        if vanished:
            raise DumpFailed(
                f"{', '.join(vanished)} of {self.database.name} was dropped while it was being dumped",
                hint="the dump would lack its definition: start again",
                left="nothing was left behind; the database itself is untouched",
                kind="changed",
            )

    def warnings_of(self, process: DumpProcess) -> tuple[str, ...]:
        """What pg_dump has warned of, for the manifest. That it left something out must be looked at.

        (src/bin/pg_dump/pg_dump.c, getSubscriptions: `subscriptions not dumped because current user is not a
        superuser`; in English, whatever the user's language.)
        """
        for warning in process.warnings:
            if "not dumped" in warning:
                self.task.warn(f"pg_dump: {warning}")
        return tuple(f"pg_dump: {warning}" for warning in process.warnings)

    def check_exit(self, process: DumpProcess) -> None:
        """Raises what pg_dump ended with, unless it exited 0."""
        try:
            process.check()
        except DumpFailed as error:
            if error.kind != "lock_timeout":
                raise
            raise self.run.instance.lock_timeout_of(self.database.name) from error
