"""Verify one dump of this machine where it lies: by the manifest beside it, or by decoding it.

Nothing is kept of it but the job's own record: the folder is the user's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bak_tui.core.dump_format import DumpFormat
from bak_tui.core.errors import FileProblem
from bak_tui.core.levels import Level
from bak_tui.core.manifest import Manifest
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.ports import Collaborators
from bak_tui.operations.proof.verifying import NO_MANIFEST, Verified
from bak_tui.operations.restore.local_dumps import LocalSource
from bak_tui.operations.restore.opening import prove_custom, prove_directory
from bak_tui.operations.restore.sources import untrusted
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import ToolSet


@dataclass
class VerifyLocal:
    """One verification. Call it once; raises IntegrityError when something bad was found."""

    collaborators: Collaborators
    level: Level
    spool: FolderPlace
    task: Task
    compared: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)

    def __call__(self, source: LocalSource) -> Verified:
        started = self.collaborators.clock()
        if source.problem:
            raise untrusted(source.name, source.problem)
        if source.manifest is None:
            self._examine_bare(source)
        else:
            self._examine(source, source.manifest)
        return Verified(
            database=source.database,
            path=source.name,
            size=source.size,
            level=self.level,
            has_manifest=source.manifest is not None,
            compared=tuple(self.compared),
            not_compared=tuple(self.not_compared),
            seconds=max(0.0, (self.collaborators.clock() - started).total_seconds()),
        )

    def _examine(self, source: LocalSource, manifest: Manifest) -> None:
        source.sized()
        self.compared += ["manifest", "size"]
        if self.level is Level.MANIFEST:
            return
        # With a manifest every byte is compared, and no tool is asked for anything.
        tools = self._tools(source) if self.level is Level.DECODE else None
        file = source.hashed(self.task)
        self.compared.append("bytes")
        if tools is not None:
            if manifest.format is DumpFormat.DIRECTORY:
                prove_directory(file, tools, self.task)
            else:
                prove_custom(file, tools, self.task)
            self.compared.append("archive")

    def _examine_bare(self, source: LocalSource) -> None:
        """Without a manifest the most that can be known is that it decodes; that is tried from level 2 on."""
        if source.by_hand(""):
            raise FileProblem(
                f"{source.name} is {source.head} without a manifest: nothing can be checked of it",
                hint="of dumps without a manifest pg_dump's archives can be checked: decoded to their end",
                kind="no_dump",
            )
        if self.level >= Level.BYTES:
            source.proven_file(self.spool, self._tools(source), self.task)
            self.compared.append("archive")
        self.not_compared.append("bytes: no manifest tells what was written")
        self.task.warn(NO_MANIFEST)

    def _tools(self, source: LocalSource) -> ToolSet:
        """Those that made it, or can read it: no server is asked."""
        major = source.manifest.tools.pg_dump_major if source.manifest else None
        major = major or source.head.innermost.pg_dump_major or 0
        return source.tools(self.collaborators.tools, major)
