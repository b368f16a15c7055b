"""Take one dump: the heart of `backup` and `dump`, which differ only in the place it goes to.

    preflight ─► snapshot ─► written (streamed, or spooled) ─► gate ─► complete and check ─► commit

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
from bak_tui.core.databases import Counts, Database
from bak_tui.core.dump_format import DumpFormat, FormatChoice
from bak_tui.core.manifest import Manifest, ToolsRecord, counted_fields, server_record, utc
from bak_tui.core.requirements import locale_record
from bak_tui.core.wording import amount, counted, plural
from bak_tui.operations.backup.committing import Stored, commit, removed_unless_committed
from bak_tui.operations.backup.dumping import Dumping, Run, Written
from bak_tui.operations.backup.naming import free_dump_path
from bak_tui.operations.backup.spooling import spool_dump
from bak_tui.operations.backup.streaming import stream_dump
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.looking_after import looked_after
from bak_tui.operations.places import Place
from bak_tui.operations.ports import Collaborators, HeldSnapshot, OpenEntry
from bak_tui.services.jobs import Task

_NOT_READ_BACK = "not read back, which these credentials may not: the store has acknowledged every part"


@dataclass(frozen=True, slots=True)
class Taken:
    """A finished dump and what is known of it."""

    database: str
    path: str
    place: str
    """Its URL or full path."""
    manifest: Manifest
    why_format: str = ""
    """Why it has the format it has; empty when that was asked for."""

    @property
    def size(self) -> int:
        return self.manifest.size

    @property
    def rows(self) -> int | None:
        return self.manifest.rows

    @property
    def tables(self) -> int | None:
        tables = self.manifest.tables
        return None if tables is None else len(tables)

    @property
    def sentence(self) -> str:
        manifest = self.manifest
        seconds = (manifest.finished - manifest.started).total_seconds()
        files = f" in {plural(len(manifest.files), 'file')}" if manifest.files else ""
        chosen = f"; {manifest.format}, {self.why_format}" if self.why_format else ""
        holds = counted(len(manifest.tables or []), manifest.rows)
        told = f"{amount(manifest.size, seconds)}{files}, {holds}{chosen}"
        return told if "size" in manifest.checked else f"{told}; {_NOT_READ_BACK}"


@dataclass
class TakeDump:
    """One database on its way to one place. Call it once; it raises BakError with nothing left behind."""

    collaborators: Collaborators
    run: Run
    database: Database
    place: Place
    task: Task
    also_free_in: tuple[Place, ...] = ()
    """Where it is to be sent afterwards, under the same name."""
    choice: FormatChoice = field(init=False)
    started: datetime = field(init=False)
    warnings: tuple[str, ...] = ()
    """What the preflight found and did not stop at; kept in the manifest."""

    def __call__(self) -> Taken:
        self.task.phase("preparing")
        choice = self.choice = self.task.apart(lambda: self.run.format_of(self.database.name))
        if choice.why:
            self.task.say("bak", str(choice))
        path = self.task.apart(
            lambda: free_dump_path(
                self.database.name, self.run.taken, choice.format, (self.place, *self.also_free_in)
            )
        )
        with looked_after(lambda: self.place.has_nothing_of(path)):
            return self._take(path)

    def _take(self, path: str) -> Taken:
        trace = self.task.apart(
            lambda: self.place.trace(path, is_directory=self.choice.format is DumpFormat.DIRECTORY)
        )
        with self.collaborators.journal.entry(trace, self.run.application_name) as entry:
            self._prepare(path, entry)
            self.started = self.collaborators.clock()
            with removed_unless_committed(self.place, path, self.task, entry) as stored:
                manifest = self._dump(path, stored, entry)
                self._passed(Step.COMPLETE)
                self.task.phase("committing")
                committed = commit(self.place, path, manifest)
        self._passed(Step.COMMIT)
        return Taken(self.database.name, path, self.place.name(path), committed, self.choice.why)

    def _dump(self, path: str, stored: Stored, entry: OpenEntry) -> Manifest:
        """Write the dump to its place; what it is, for the manifest."""
        with (
            self.run.instance.snapshot(self.database.name) as snapshot,
            self.task.on_cancel(snapshot.interrupt),
        ):
            self._passed(Step.SNAPSHOT)
            for note in snapshot.catalog.notes:
                self.task.say("bak", note)
            with _counting(snapshot, hashes_contents=self.run.hashes_contents) as counts:
                dumping = Dumping(
                    self.collaborators, self.run, self.database, path, self.task, snapshot, counts, entry
                )
                written = self._write(dumping, stored)
            return self._manifest(snapshot, written, counts.result())

    def _write(self, dumping: Dumping, stored: Stored) -> Written:
        if self.choice.format is DumpFormat.DIRECTORY:
            return spool_dump(dumping, self.place, stored)
        written = stream_dump(dumping, self.place)
        stored.paths.append(dumping.path)
        return written

    def _passed(self, step: Step) -> None:
        self.collaborators.checkpoint(step, self.database.name)

    def _prepare(self, path: str, entry: OpenEntry) -> None:
        self.warnings = self.task.apart(lambda: self.place.prepare(path, entry))
        for warning in self.warnings:
            self.task.warn(warning)
        self._passed(Step.PREFLIGHT)

    def _manifest(self, snapshot: HeldSnapshot, written: Written, counts: Counts) -> Manifest:
        tools = self.run.tools
        return Manifest.model_validate(
            {
                "schema": 1,
                "id": str(uuid.uuid4()),
                "run_id": self.run.id,
                "database": self.database.name,
                "server": server_record(snapshot.identity),
                "tools": ToolsRecord(bak_tui=__version__, pg_dump=tools.version, pg_dump_major=tools.major),
                "format": written.format,
                "compression": str(self.run.compression),
                "options": written.options,
                "started": utc(self.started),
                "finished": utc(self.collaborators.clock()),
                "snapshot_at": utc(snapshot.taken),
                "size": written.size,
                "sha256": written.sha256,
                "part_size": written.part_size,
                "parts": written.parts,
                "files": written.files,
                "checked": list(written.checked),
                "requirements": snapshot.requirements.model_copy(
                    update={"locale": locale_record(self.database.locale)}
                ),
                "globals": self.run.globals,
                **counted_fields(snapshot.catalog, counts),
                "offsets": written.offsets,
                "warnings": [*self.run.notes, *self.warnings, *written.notes, *snapshot.catalog.notes],
                "note": self.run.note,
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
