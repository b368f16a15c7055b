"""Take one dump: the heart of `backup` and `dump`, which differ only in the place it goes to.

    preflight ─► snapshot ─► stream ─► gate ─► complete and check ─► commit

Nothing is visible before the gate, nothing is a backup before the commit. Rows are counted in the dump's own
snapshot by a second thread while pg_dump runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bak_tui import __version__
from bak_tui.core.copies import RunningCopy
from bak_tui.core.databases import Counts, Database
from bak_tui.core.errors import DumpFailed
from bak_tui.core.manifest import (
    GlobalsRecord,
    Manifest,
    ToolsRecord,
    counted_fields,
    part_records,
    server_record,
    utc,
)
from bak_tui.core.names import dump_path
from bak_tui.core.parts import PartPlan, Receipt, StreamDigest, plan_parts
from bak_tui.core.profile import Server
from bak_tui.core.requirements import locale_record
from bak_tui.core.wording import amount, counted
from bak_tui.operations.backup.committing import Stored, commit, removed_unless_committed
from bak_tui.operations.backup.storing import StoredBytes
from bak_tui.operations.backup.walking import WalkedStream, check_dumped, notes_on, offsets_of
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.looking_after import looked_after
from bak_tui.operations.places import Place
from bak_tui.operations.ports import Collaborators, HeldSnapshot, OpenEntry, Postgres
from bak_tui.operations.tables import TableProgress
from bak_tui.services.archive import ArchiveWalk
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Compression, DumpProcess, DumpRequest, ToolSet


@dataclass(frozen=True, slots=True)
class Run:
    """What all dumps of one run share."""

    id: str
    taken: datetime
    """UTC, whole seconds: the timestamp in every name."""
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


@dataclass(frozen=True, slots=True)
class Taken:
    """A finished dump and what is known of it."""

    database: str
    path: str
    place: str
    """Its URL or full path."""
    manifest: Manifest

    @property
    def size(self) -> int:
        return self.manifest.size

    @property
    def rows(self) -> int | None:
        return self.manifest.rows

    @property
    def sentence(self) -> str:
        manifest = self.manifest
        seconds = (manifest.finished - manifest.started).total_seconds()
        return amount(manifest.size, seconds) + ", " + counted(len(manifest.tables or []), manifest.rows)


@dataclass
class TakeDump:
    """One database on its way to one place. Call it once; it raises BakError with nothing left behind."""

    collaborators: Collaborators
    run: Run
    database: Database
    place: Place
    task: Task
    started: datetime = field(init=False)
    warnings: tuple[str, ...] = ()
    """What the preflight found and did not stop at; kept in the manifest."""

    def __call__(self) -> Taken:
        path = dump_path(self.database.name, self.run.taken)
        self.task.phase("preparing")
        self._refuse_another(path)
        with looked_after(lambda: self.place.has_nothing_of(path)):
            return self._take(path)

    def _take(self, path: str) -> Taken:
        trace = self.task.apart(lambda: self.place.trace(path))
        with self.collaborators.journal.entry(trace, self.run.application_name) as entry:
            self._prepare(path, entry)
            self.started = self.collaborators.clock()
            with removed_unless_committed(self.place, path, self.task, entry) as stored:
                manifest = self._dump(path, stored, entry)
                self._passed(Step.COMPLETE)
                self.task.phase("committing")
                committed = commit(self.place, path, manifest)
        self._passed(Step.COMMIT)
        return Taken(self.database.name, path, self.place.name(path), committed)

    def _dump(self, path: str, stored: Stored, entry: OpenEntry) -> Manifest:
        """Stream the dump to its place; what it is, for the manifest."""
        with (
            self.run.instance.snapshot(self.database.name) as snapshot,
            self.task.on_cancel(snapshot.interrupt),
        ):
            self._passed(Step.SNAPSHOT)
            plan = plan_parts(self.database.size or snapshot.catalog.size, self.run.part_size)
            with _counting(snapshot, hashes_contents=self.run.hashes_contents) as counts:
                receipt, walk = self._stream(path, snapshot, plan, counts, entry)
                stored.is_there = True
            return self._manifest(snapshot, plan, receipt, counts.result(), walk)

    def _passed(self, step: Step) -> None:
        self.collaborators.checkpoint(step, self.database.name)

    def _refuse_another(self, path: str) -> None:
        """What lies there already is not ours, and must not be taken for what this run leaves."""
        if self.task.apart(lambda: self.place.size_of(path)) is not None:
            raise DumpFailed(
                f"{self.place.name(path)} is already there", hint="two runs began in one second; start again"
            )

    def _prepare(self, path: str, entry: OpenEntry) -> None:
        self.warnings = self.task.apart(lambda: self.place.prepare(path, entry))
        for warning in self.warnings:
            self.task.warn(warning)
        self._passed(Step.PREFLIGHT)

    def _stream(
        self, path: str, snapshot: HeldSnapshot, plan: PartPlan, counts: Future[Counts], entry: OpenEntry
    ) -> tuple[Receipt, ArchiveWalk]:
        task = self.task
        task.phase("dumping", total=snapshot.catalog.size or None, is_estimate=True)
        weights = {table.qualified: table.size for table in snapshot.catalog.tables}
        progress = TableProgress(task, weights)
        process = DumpProcess(
            self._request(snapshot),
            progress.begin,
            lambda line: task.say("pg_dump", line, is_error="error:" in line),
        )
        with progress.watching(self._copies), process, task.on_cancel(process.stop):
            stream = WalkedStream(process.stream, lambda: self._passed(Step.STREAMING))
            stored = StoredBytes(task)

            def gate(digest: StreamDigest) -> None:
                task.check()
                self._check_exit(process)
                check_dumped(stream.walk, self.database.name)
                counts.result()
                progress.end()
                stored.all_that_is_left(digest.size)
                self._passed(Step.GATE)

            receipt = self.place.store(
                path, stream, plan, cancellation=task, gate=gate, progress=stored.add, entry=entry
            )
            return receipt, stream.walk

    def _check_exit(self, process: DumpProcess) -> None:
        try:
            process.check()
        except DumpFailed as error:
            if error.kind != "lock_timeout":
                raise
            raise self.run.instance.lock_timeout_of(self.database.name) from error

    def _copies(self) -> tuple[RunningCopy, ...] | None:
        return self.run.instance.copies(self.database.name, self.run.application_name)

    def _request(self, snapshot: HeldSnapshot) -> DumpRequest:
        return DumpRequest(
            tools=self.run.tools,
            server=self.run.server,
            database=self.database.name,
            snapshot=snapshot.name,
            compression=self.run.compression,
            application_name=self.run.application_name,
            lock_timeout=self.collaborators.limits.lock,
            stall_timeout=self.collaborators.limits.stall,
        )

    def _manifest(
        self, snapshot: HeldSnapshot, plan: PartPlan, receipt: Receipt, counts: Counts, walk: ArchiveWalk
    ) -> Manifest:
        tools = self.run.tools
        return Manifest.model_validate(
            {
                "schema": 1,
                "id": str(uuid.uuid4()),
                "run_id": self.run.id,
                "database": self.database.name,
                "server": server_record(snapshot.identity),
                "tools": ToolsRecord(bak_tui=__version__, pg_dump=tools.version, pg_dump_major=tools.major),
                "compression": str(self.run.compression),
                "options": self._request(snapshot).options,
                "started": utc(self.started),
                "finished": utc(self.collaborators.clock()),
                "snapshot_at": utc(snapshot.taken),
                "size": receipt.digest.size,
                "sha256": receipt.digest.sha256,
                "part_size": plan.part_size,
                "parts": part_records(receipt.digest),
                "checked": list(receipt.checked),
                "requirements": snapshot.requirements.model_copy(
                    update={"locale": locale_record(self.database.locale)}
                ),
                "globals": self.run.globals,
                **counted_fields(snapshot.catalog, counts),
                "offsets": offsets_of(walk),
                "warnings": [*self.run.notes, *self.warnings, *notes_on(walk)],
            }
        )


@contextmanager
def _counting(snapshot: HeldSnapshot, *, hashes_contents: bool) -> Iterator[Future[Counts]]:
    """Count in a thread of its own; leaving on an error ends the count too."""
    with ThreadPoolExecutor(1, thread_name_prefix="bak-count") as pool:
        future = pool.submit(snapshot.count, hashes_contents=hashes_contents)
        try:
            yield future
        finally:
            if not future.done():
                snapshot.interrupt()
