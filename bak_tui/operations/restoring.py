"""Restore one dump so that nothing good can be hurt, and tell the truth about what came back.

    proven file ─► scratch database ─► loaded and compared ─► renamed

Until the last step the wished name does not exist; a failure drops the scratch database and nothing else.
An existing empty database is filled directly instead, and stopped at the first error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bak_tui.core.comparison import Comparison
from bak_tui.core.errors import BakError
from bak_tui.core.profile import Server
from bak_tui.core.wording import amount, plural
from bak_tui.operations.checkpoint import Step
from bak_tui.operations.loading import Loaded, Loader
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.scratch import loaded_aside
from bak_tui.operations.sources import DumpSource
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Complaint, ToolSet


class Mode(StrEnum):
    """What happens to the target's name."""

    NEW = "new"
    """It does not exist: made as a scratch database, named when it is proven."""
    EXISTING = "existing"
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
    loaded: Loaded
    seconds: float = 0.0

    @property
    def comparison(self) -> Comparison | None:
        """Every table, expected and restored; None when there was nothing to compare with."""
        return self.loaded.comparison

    @property
    def tables(self) -> int:
        return self.loaded.tables

    @property
    def rows(self) -> int:
        return self.loaded.rows

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        return self.loaded.complaints

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
    loader: Loader = field(init=False)

    def __post_init__(self) -> None:
        item = self.item
        self.loader = Loader(
            self.collaborators, self.server, item.source, item.tools, item.target, self.task, self.jobs
        )

    def __call__(self) -> Restored:
        started = self.collaborators.clock()
        item = self.item
        file = item.source.proven_file(self.spool, item.tools, self.task)
        self.loader.passed(Step.HASHED)
        loaded = self._fill(file) if item.mode is Mode.EXISTING else self._create(file)
        seconds = (self.collaborators.clock() - started).total_seconds()
        return Restored(item.target, item.source.name, item.mode, item.source.size, loaded, seconds)

    def _create(self, file: Path) -> Loaded:
        with loaded_aside(self.loader, file) as (scratch, loaded):
            self.loader.instance.rename_database(scratch.name, self.item.target)
            scratch.is_named = True
            self.loader.passed(Step.RENAMED)
        return loaded

    def _fill(self, file: Path) -> Loaded:
        try:
            return self.loader.load(file, self.item.target, stops_at_first_error=True)
        except BakError as error:
            error.hint = (
                f"{self.item.target} was empty and may now hold a part of the dump; it was not dropped:"
                " drop it yourself and restore again"
            )
            raise
