"""Restore one dump so that nothing good can be hurt, and tell the truth about what came back.

    proven file ─► scratch database ─► pg_restore ─► errors sorted ─► rows compared ─► renamed

Until the last step the wished name does not exist; a failure drops the scratch database and nothing else.
An existing empty database is filled directly instead, and stopped at the first error.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from bak_tui.core.comparison import Comparison, CountsDiffer, compare
from bak_tui.core.databases import Locale
from bak_tui.core.errors import BakError, RestoreFailed, ServerError
from bak_tui.core.foreign import visible
from bak_tui.core.names import derived_name
from bak_tui.core.profile import Server
from bak_tui.core.wording import amount, plural
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators, Postgres
from bak_tui.operations.sources import DumpSource
from bak_tui.operations.tables import TableProgress
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import (
    Category,
    Complaint,
    RestoreRequest,
    RestoreResult,
    ToolSet,
    run_restore,
)

_MOST_TOLD = 10
COMMENT = "bak-tui scratch database"
"""Begins the COMMENT of every scratch database: by it leftovers are recognised as ours."""


_NO_SUCH_LOCALE = frozenset({"sqlstate_42809", "sqlstate_22023", "sqlstate_0A000"})
"""What CREATE DATABASE answers to a locale or provider it has not: wrong_object_type,
invalid_parameter_value, feature_not_supported."""


class Mode(StrEnum):
    """What happens to the target's name."""

    CREATE = "create"
    """It does not exist: made as a scratch database, named when it is proven."""
    FILL = "fill"
    """It exists and is empty: filled directly."""


@dataclass(frozen=True)
class RestoreItem:
    """One dump and where it goes."""

    source: DumpSource
    target: str
    mode: Mode
    tools: ToolSet


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    database: str
    source: str
    mode: Mode
    size: int
    comparison: Comparison | None
    """Every table, expected and restored; None when there was nothing to compare with."""
    tables: int
    rows: int
    complaints: tuple[Complaint, ...] = ()
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        rows = plural(self.rows, "row")
        proof = f"{rows}, all counts match" if self.comparison else f"{rows}, nothing to compare them with"
        return (
            f"{amount(self.size, self.seconds)} into {self.database}, {plural(self.tables, 'table')}, {proof}"
        )


@dataclass
class RestoreOne:
    """One restore. Call it once; it raises BakError with no scratch database left."""

    collaborators: Collaborators
    server: Server
    item: RestoreItem
    jobs: int
    spool: FolderPlace
    task: Task
    scratch: str = field(init=False)
    application_name: str = field(init=False)
    instance: Postgres = field(init=False)

    def __post_init__(self) -> None:
        self.scratch = derived_name(self.item.target, "new", self.collaborators.clock())
        self.application_name = f"bak-{uuid.uuid4().hex[:8]}"
        self.instance = self.collaborators.postgres(self.server, self.application_name)

    def __call__(self) -> Restored:
        started = self.collaborators.clock()
        file = self.item.source.proven_file(self.spool, self.item.tools, self.task)
        self._passed(Step.HASHED)
        restored = self._fill(file) if self.item.mode is Mode.FILL else self._create(file)
        return replace(restored, seconds=(self.collaborators.clock() - started).total_seconds())

    def _create(self, file: Path) -> Restored:
        with self._scratch_database():
            restored = self._judge(self._run(file, self.scratch), self.scratch)
            self.task.check()
            self.instance.rename_database(self.scratch, self.item.target)
            self._passed(Step.RENAMED)
        return restored

    def _fill(self, file: Path) -> Restored:
        try:
            return self._judge(self._run(file, self.item.target), self.item.target)
        except BakError as error:
            error.hint = (
                f"{self.item.target} was empty and may now hold a part of the dump; it was not dropped:"
                " drop it yourself and restore again"
            )
            raise

    @contextmanager
    def _scratch_database(self) -> Iterator[None]:
        """A scratch database that is gone afterwards, unless it was given its name."""
        self.task.phase("creating")
        # Outside the try: a database that was there already under this name is not ours to drop.
        self._make(self.scratch)
        is_named = False
        try:
            self._passed(Step.SCRATCH)
            yield
            is_named = True
        finally:
            if not is_named:
                self._drop()

    def _drop(self) -> None:
        try:
            self.instance.wait_until_gone(self.application_name)
            self.instance.drop_database(self.scratch)
        except ServerError as error:
            self.task.warn(f"the scratch database {self.scratch} is left, drop it: {error}")

    def _make(self, name: str) -> None:
        requirements = self.item.source.manifest.requirements if self.item.source.manifest else None
        locale = requirements.locale.value() if requirements and requirements.locale else None
        comment = f"{COMMENT}: {visible(self.item.target)} from {visible(self.item.source.name)}"
        try:
            self.instance.create_database(name, locale, comment)
        except ServerError as error:
            if locale is None or error.kind not in _NO_SUCH_LOCALE:
                raise
            fallback = Locale(locale.encoding, "libc", "C", "C")
            self.instance.create_database(name, fallback, comment)
            self.task.warn(
                f"{self.item.target}: this server has not the locale {locale.locale or locale.collate}"
                f" ({locale.provider}); the database sorts by bytes (C)"
            )

    def _run(self, file: Path, database: str) -> RestoreResult:
        manifest = self.item.source.manifest
        tables = manifest.tables or [] if manifest else []
        weights = {f"{table.schema_name}.{table.name}": table.bytes for table in tables}
        self.task.phase("restoring", total=sum(weights.values()) or None, is_estimate=True)
        request = RestoreRequest(
            tools=self.item.tools,
            server=self.server,
            database=database,
            archive=file,
            application_name=self.application_name,
            jobs=self.jobs,
            stops_at_first_error=self.item.mode is Mode.FILL,
        )
        result = run_restore(
            request,
            self.task,
            TableProgress(self.task, weights, self.jobs).begin,
            lambda line: self.task.say("pg_restore", line, is_error="error:" in line),
        )
        self._passed(Step.RESTORED)
        return result

    def _judge(self, result: RestoreResult, database: str) -> Restored:
        """The facts decide: sorted errors first, then every count. The exit code alone decides nothing."""
        harmful = [complaint for complaint in result.complaints if not complaint.category.is_mild]
        if harmful or not result.came_to_its_end:
            raise _failure(self.item, result, harmful)
        self.task.phase("comparing")
        with self.instance.counting(database) as counter, self.task.on_cancel(counter.interrupt):
            try:
                counts = counter.count()
            finally:
                self.task.check()
        manifest = self.item.source.manifest
        comparison = compare(manifest, counts) if manifest else None
        if comparison is not None and not comparison.matches:
            raise CountsDiffer(comparison, self.item.target)
        self._passed(Step.COMPARED)
        self._warn(result.complaints, comparison)
        return Restored(
            database=self.item.target,
            source=self.item.source.name,
            mode=self.item.mode,
            size=self.item.source.size,
            comparison=comparison,
            tables=len(counts.tables),
            rows=counts.rows,
            complaints=result.complaints,
        )

    def _warn(self, complaints: Sequence[Complaint], comparison: Comparison | None) -> None:
        for category, number in Counter(complaint.category for complaint in complaints).items():
            texts = dict.fromkeys(each.text for each in complaints if each.category is category)
            told = "; ".join(list(texts)[:_MOST_TOLD])
            more = f" and {len(texts) - _MOST_TOLD} more" if len(texts) > _MOST_TOLD else ""
            self.task.warn(f"{category}: {plural(number, 'error')}: {told}{more}")
        if comparison is None:
            has_manifest = self.item.source.manifest is not None
            why = "its rows were not counted" if has_manifest else "the dump has no manifest"
            self.task.warn(f"no counts to compare with: {why}; pg_restore itself told of no lost data")
            return
        for view in comparison.views:
            if not view.matches:
                self.task.warn(
                    f"materialised view {view.name} was refreshed: {view.expected} rows backed up,"
                    f" {view.restored} now"
                )

    def _passed(self, step: Step) -> None:
        self.collaborators.checkpoint(step, self.item.target)


def _failure(item: RestoreItem, result: RestoreResult, harmful: Sequence[Complaint]) -> BakError:
    if harmful:
        first = harmful[0]
        more = f" (and {len(harmful) - 1} more)" if len(harmful) > 1 else ""
        what = f"{first.category}: {first.text}{more}"
    elif result.exit_code < 0:
        what = f"pg_restore was killed by signal {-result.exit_code}"
    else:
        said = result.complaints[-1].text if result.complaints else result.last_words
        what = f"pg_restore stopped with exit code {result.exit_code}: {said}"
    if any(complaint.category is Category.EXTENSION for complaint in harmful):
        return RestoreFailed(
            f"restoring {item.target} failed: {what}",
            hint="install the extension on the server, then restore again; nothing was put in place",
            kind="extension_missing",
        )
    return RestoreFailed(
        f"restoring {item.target} failed: {what}", hint="nothing was put in place of what was there"
    )
