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
from bak_tui.core.errors import BakError, IntegrityError, RestoreFailed
from bak_tui.core.wording import amount, plural
from bak_tui.operations.bucket.checks import checked_by
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.proof.checking import CheckRun
from bak_tui.operations.proof.stages import Stage, StageFor
from bak_tui.operations.proof.verifying import look_again
from bak_tui.operations.restore.bucket_dumps import BucketDump, bucket_source
from bak_tui.operations.restore.loading import Loaded, Loader, LoadOptions
from bak_tui.operations.restore.scratch import loaded_aside
from bak_tui.operations.restore.sources import refuse_script
from bak_tui.operations.restore.streaming import proven_archive
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


@dataclass(frozen=True)
class ProveOne:
    """One proof. Call it once; raises BakError with no scratch database left."""

    run: CheckRun
    stage_for: StageFor
    how: LoadOptions
    spool: FolderPlace
    task: Task

    def __call__(self, listed: StoredDump) -> Proven:
        started = self.run.collaborators.clock()
        self.task.phase("looking")
        dump = look_again(self.run.store, self.run.target, listed, self.task)
        source = bucket_source(self.run.store, self.run.target, dump)
        self.task.phase("preparing")
        stage = self.stage_for(dump)
        tools = source.tools(self.run.collaborators.tools, stage.major)
        record = _Record(dump, tools, started, self.run.collaborators.clock)
        try:
            loaded = self._load(source, tools, stage)
        except (IntegrityError, RestoreFailed) as error:
            if isinstance(error, IntegrityError) or error.blames_dump:
                self.run.book.keep(dump.stored.key, record.failed(error), self.task)
            raise
        proven = record.proven(loaded, stage.name)
        self.run.book.keep(dump.stored.key, record.passed(proven), self.task)
        return proven

    def _load(self, source: BucketDump, tools: ToolSet, stage: Stage) -> Loaded:
        refuse_script(source, stage.server, source.database)
        # A room of its own: what is fetched may be unpacked, and all of it goes when this is done.
        with TemporaryDirectory(prefix="dump-", dir=self.spool.root) as room:
            file = proven_archive(source, FolderPlace(Path(room)), tools, self.task)
            loader = Loader(
                self.run.collaborators,
                stage.server,
                source,
                tools,
                source.database,
                self.task,
                self.how,
            )
            with loaded_aside(loader, file) as (_, loaded):
                return loaded


@dataclass(frozen=True, slots=True)
class _Record:
    """What goes into the result of one proof."""

    dump: StoredDump
    tools: ToolSet
    started: datetime
    clock: Callable[[], datetime]

    def proven(self, loaded: Loaded, where: str) -> Proven:
        manifest = self.dump.manifest
        compared = ["archive"] if manifest is None else ["manifest", "size", "bytes", "archive"]
        not_compared = []
        if loaded.comparison is not None:
            compared.append("rows")
            compared += ["contents"] if loaded.comparison.hashed else []
        elif manifest is None:
            not_compared += ["bytes: no manifest tells what was written", "rows: no manifest tells how many"]
        else:
            not_compared.append("rows: they were not counted when it was written")
        if loaded.complaints:
            not_compared.append("owners, grants and settings that are not on that server")
        return Proven(
            database=self.dump.database,
            path=self.dump.path,
            size=self.dump.stored.size,
            server=where,
            tables=loaded.tables,
            rows=loaded.rows,
            comparison=loaded.comparison,
            compared=tuple(compared),
            not_compared=tuple(not_compared),
            seconds=self._seconds,
        )

    def passed(self, proven: Proven) -> Check:
        return self._check(CheckResult.OK, proven.sentence, proven.compared, proven.not_compared)

    def failed(self, error: BakError) -> Check:
        parts = error.parts if isinstance(error, PartsDiffer) else ()
        check = self._check(CheckResult.FAILED, error.message, (), ())
        return check.model_copy(update={"bad_parts": list(parts)})

    @property
    def _seconds(self) -> float:
        return max(0.0, (self.clock() - self.started).total_seconds())

    def _check(
        self, result: CheckResult, said: str, compared: tuple[str, ...], not_compared: tuple[str, ...]
    ) -> Check:
        return Check(
            kind=CheckKind.PROVE,
            backup=self.dump.manifest.id if self.dump.manifest else None,
            started=self.started,
            seconds=self._seconds,
            result=result,
            compared=list(compared),
            not_compared=list(not_compared),
            said=said.removeprefix(f"{self.dump.path}: "),
            by=checked_by(self.tools),
        )
