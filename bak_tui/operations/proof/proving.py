"""Prove one backup: restore it into a scratch database, compare every count with its manifest, drop it again.

    fresh look ─► fetched, every byte hashed ─► scratch database ─► counts compared ─► dropped ─► result kept

Nothing of it is left afterwards, whatever happens; what a kill leaves is known by the scratch database's
COMMENT. A proof says what it did not compare. Only what is the backup's own fault is kept as a failed check:
a full disk or a missing extension says nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bak_tui.core.checks import Check, CheckKind, CheckResult, PartsDiffer
from bak_tui.core.comparison import Comparison
from bak_tui.core.consent import NO_CONSENT, Consent
from bak_tui.core.errors import BakError, IntegrityError, RestoreFailed
from bak_tui.core.wording import amount, plural
from bak_tui.operations.bucket.checks import checked_by
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.looking_after import looked_after
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.proof.checking import CheckRun
from bak_tui.operations.proof.stages import Stage, StageFor
from bak_tui.operations.proof.verifying import look_again
from bak_tui.operations.restore.bucket_dumps import bucket_source
from bak_tui.operations.restore.loading import Loaded, Loader, LoadOptions
from bak_tui.operations.restore.scratch import is_gone, loaded_aside
from bak_tui.operations.restore.sources import DumpSource, refuse_script
from bak_tui.operations.restore.streaming import proven_archive
from bak_tui.operations.restore.trust import require_said
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import ToolSet


@dataclass(frozen=True, slots=True)
class Proven:
    """A dump that was restored and compared."""

    database: str
    path: str
    size: int
    server: str
    """Where it was restored, in words."""
    tables: int
    rows: int
    comparison: Comparison | None
    """Every table, expected and restored; None when there was nothing to compare with."""
    compared: tuple[str, ...]
    not_compared: tuple[str, ...]
    seconds: float

    @property
    def sentence(self) -> str:
        proof = self.comparison.sentence if self.comparison else "nothing to compare them with"
        held = f"{plural(self.tables, 'table')}, {plural(self.rows, 'row')}, {proof}"
        return f"{amount(self.size, self.seconds)} restored on {self.server} and dropped again, {held}"


@dataclass
class ProveOne:
    """One proof. Call it once; raises BakError with no scratch database left. Nothing is kept of it."""

    collaborators: Collaborators
    stage_for: StageFor
    how: LoadOptions
    spool: FolderPlace
    task: Task
    consent: Consent = NO_CONSENT
    """To code that nothing vouches for, run by a superuser."""
    tools: ToolSet | None = None
    """What it was done with, as soon as that is known."""

    def __call__(self, source: DumpSource) -> Proven:
        started = self.collaborators.clock()
        self.task.phase("preparing")
        stage = self.stage_for(source)
        self.tools = source.tools(self.collaborators.tools, stage.major)
        loaded = self._load(source, self.tools, stage)
        return _proven(source, loaded, stage.name, (self.collaborators.clock() - started).total_seconds())

    def _load(self, source: DumpSource, tools: ToolSet, stage: Stage) -> Loaded:
        refuse_script(source, stage.server, source.database)
        loader = Loader(self.collaborators, stage.server, source, tools, source.database, self.task, self.how)
        # A room of its own: what is fetched may be unpacked, and all of it goes when this is done.
        with (
            looked_after(lambda: is_gone(loader)),
            TemporaryDirectory(prefix="dump-", dir=self.spool.root) as room,
        ):
            file = proven_archive(source, self.spool.within(Path(room).name), tools, self.task)
            require_said(self.collaborators, stage.server, source, file, self.consent)
            with loaded_aside(loader, file) as (_, loaded):
                return loaded


@dataclass(frozen=True)
class ProveStored:
    """A proof of a backup in a bucket: as it is now, and the result kept beside it."""

    run: CheckRun
    prove: ProveOne

    def __call__(self, listed: StoredDump) -> Proven:
        task = self.prove.task
        started = self.run.collaborators.clock()
        task.phase("looking")
        dump = look_again(self.run.store, self.run.target, listed, task)
        record = _Record(dump, started, self.run.collaborators.clock)
        try:
            proven = self.prove(bucket_source(self.run.store, self.run.target, dump))
        except (IntegrityError, RestoreFailed) as error:
            if isinstance(error, IntegrityError) or error.blames_dump:
                self.run.book.keep(dump.stored.key, record.failed(error, self.prove.tools), task)
            raise
        self.run.book.keep(dump.stored.key, record.passed(proven, self.prove.tools), task)
        return proven


def _proven(source: DumpSource, loaded: Loaded, where: str, seconds: float) -> Proven:
    compared = ["archive"] if source.manifest is None else ["manifest", "size", "bytes", "archive"]
    not_compared = []
    if loaded.comparison is not None:
        compared.append("rows")
        compared += ["contents"] if loaded.comparison.hashed else []
    elif source.manifest is None:
        not_compared += ["bytes: no manifest tells what was written", "rows: no manifest tells how many"]
    else:
        not_compared.append("rows: they were not counted when it was written")
    if loaded.complaints:
        not_compared.append("owners, grants and settings that are not on that server")
    return Proven(
        database=source.database,
        path=source.name,
        size=source.size,
        server=where,
        tables=loaded.tables,
        rows=loaded.rows,
        comparison=loaded.comparison,
        compared=tuple(compared),
        not_compared=tuple(not_compared),
        seconds=max(0.0, seconds),
    )


@dataclass(frozen=True, slots=True)
class _Record:
    """What goes into the result of one proof."""

    dump: StoredDump
    started: datetime
    clock: Callable[[], datetime]

    def passed(self, proven: Proven, tools: ToolSet | None) -> Check:
        return self._check(CheckResult.OK, proven.sentence, tools, proven.compared, proven.not_compared)

    def failed(self, error: BakError, tools: ToolSet | None) -> Check:
        parts = error.parts if isinstance(error, PartsDiffer) else ()
        check = self._check(CheckResult.FAILED, error.message, tools)
        return check.model_copy(update={"bad_parts": list(parts)})

    def _check(
        self,
        result: CheckResult,
        said: str,
        tools: ToolSet | None,
        compared: tuple[str, ...] = (),
        not_compared: tuple[str, ...] = (),
    ) -> Check:
        return Check(
            kind=CheckKind.PROVE,
            backup=self.dump.manifest.id if self.dump.manifest else None,
            started=self.started,
            seconds=max(0.0, (self.clock() - self.started).total_seconds()),
            result=result,
            compared=list(compared),
            not_compared=list(not_compared),
            said=said.removeprefix(f"{self.dump.path}: "),
            by=checked_by(tools),
        )
