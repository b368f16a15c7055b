"""A dump to restore from, wherever it lies and whatever form it has. All end as a proven file or folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bak_tui.core.errors import FileProblem, IntegrityError
from bak_tui.core.manifest import Manifest
from bak_tui.core.portion import Portion
from bak_tui.core.profile import Server
from bak_tui.operations.places import FolderPlace
from bak_tui.operations.restore.streamed import Streamed
from bak_tui.services.archive import ArchiveHead, TocEntry
from bak_tui.services.jobs import Task
from bak_tui.services.pgtools import Toolbox, ToolSet, psql_command

NO_MANIFEST = "no manifest is beside it"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A local archive in which only what is meant of a dump is there, proven."""

    file: Path
    size: int
    """Bytes that were fetched for it."""


class DumpSource(Protocol):
    """One dump, wherever it lies."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def reference(self) -> str:
        """What is said to `bak restore` to mean it: a file, or a key below the prefix."""

    @property
    def database(self) -> str: ...

    @property
    def taken(self) -> datetime: ...

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def spool_size(self) -> int:
        """Bytes it takes in the spool before it can be restored; 0 when it is read where it lies."""

    @property
    def manifest(self) -> Manifest | None: ...

    @property
    def head(self) -> ArchiveHead | None:
        """Its first bytes, where they were looked at."""

    def begin(self, length: int) -> bytes:
        """The first bytes of the archive, or of its table of contents."""

    def by_hand(self, psql: str) -> str:
        """The shell command that feeds it to `psql`, when it is plain SQL; empty for an archive."""

    def tools(self, toolbox: Toolbox, server_major: int) -> ToolSet:
        """The client programs that can read it. Raises ToolError."""

    def streamed(self) -> Streamed | None:
        """It, where it lies, to be restored without a copy; None where that cannot be proven on the way."""

    def excerpt_size(self, entries: Sequence[TocEntry], ids: Collection[int]) -> int:
        """Bytes an excerpt with the data of those of its `entries` takes in the spool, as `spool_size`."""

    def excerpt(
        self, portion: Portion, spool: FolderPlace, task: Task, *, with_needs: bool
    ) -> Excerpt | None:
        """What `portion` names, and no more of it; None: take all of it.

        `with_needs`: also what that depends on.
        """

    def proven_file(self, spool: FolderPlace, tools: ToolSet, task: Task) -> Path:
        """A local archive (a file, or a folder) whose bytes are the ones written; else IntegrityError.

        With a manifest: every byte is hashed before anything is parsed. Without: read and decoded to its end,
        the most that can be known.
        """


def tools_for(
    toolbox: Toolbox, server_major: int, manifest: Manifest | None, head: ArchiveHead | None
) -> ToolSet:
    """The client programs that can read what a manifest, or its own first bytes, describe."""
    if manifest is not None:
        method = manifest.compression.partition(":")[0]
        return toolbox.for_archive(manifest.tools.pg_dump_major, server_major, compression=method)
    inner = head.innermost if head else None
    major = (inner.pg_dump_major if inner else None) or server_major
    return toolbox.for_archive(major, server_major, compression=(inner and inner.compression) or "")


def dumped_version(source: DumpSource) -> str | None:
    """The version of the server it was taken from: by its manifest, else by its own first bytes."""
    if source.manifest is not None:
        return source.manifest.server.version
    return source.head.innermost.server_version if source.head else None


def untrusted(path: str, problem: str) -> IntegrityError:
    """The refusal of a dump whose manifest does not count."""
    return IntegrityError(
        f"{path} cannot be trusted: {problem}",
        hint="restore an older backup; or move its manifest away, and it is restored as a dump without one",
    )


def refuse_script(source: DumpSource, server: Server, target: str) -> None:
    """Raises FileProblem for plain SQL: nothing here runs psql, whose `\\!` runs commands in any line."""
    command = source.by_hand(psql_command(server, target))
    if command:
        raise FileProblem(
            f"{source.name} is a plain SQL script, which may hold shell commands; nothing here runs it",
            hint=f"read it, create the database {target}, and run: {command}",
            kind="plain_sql",
        )
