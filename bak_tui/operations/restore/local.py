"""What dumps on this machine have in common, whatever form they have: they are read where they lie."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bak_tui.core.manifest import Manifest
from bak_tui.core.names import parse_dump_name
from bak_tui.core.portion import Portion
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.restore.sources import tools_for
from bak_tui.services.archive import ArchiveHead, TocEntry
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Toolbox, ToolSet


@dataclass(frozen=True, kw_only=True)
class Local:
    """A dump that is here: the user's, never written to, and nothing of it need be fetched."""

    name: str
    size: int
    modified: float
    manifest: Manifest | None
    head: ArchiveHead
    problem: str
    """Why the manifest beside it does not count; such a dump is not restored."""

    @property
    def database(self) -> str:
        return self.manifest.database if self.manifest else parse_dump_name(self.name).database

    @property
    def taken(self) -> datetime:
        if self.manifest:
            return self.manifest.snapshot_at
        return parse_dump_name(self.name).taken or datetime.fromtimestamp(self.modified, UTC)

    @property
    def spool_size(self) -> int:
        return 0

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        return tools_for(toolbox, server_major, self.manifest, self.head)

    def streamed(self) -> None:
        return None

    def excerpt_size(self, entries: Sequence[TocEntry], ids: Collection[int]) -> int:
        del entries, ids  # it is here
        return self.spool_size

    def excerpt(self, portion: Portion, spool: FolderPlace, task: Task, *, with_needs: bool) -> None:
        del portion, spool, task, with_needs  # it is here
