"""What is known of a bucket's entries beyond their listing: what the board found out, laid out by path.

Of 20,000 dumps that takes half a second, so it is worked out in the thread that has the board, and a folder's
sums are kept: who comes back to a folder does not wait for them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bak_tui.core.standing import Standing, Verdict
from bak_tui.operations.bucket.board import Board, dump_verdicts
from bak_tui.operations.bucket.browse import FolderSummary, folder_summaries
from bak_tui.operations.bucket.entries import BrowseEntry, EntryKind
from bak_tui.operations.bucket.inventory import StoredDump


@dataclass(frozen=True)
class Known:
    """Manifests, standings, folders' sums. Nothing before the board was read."""

    board: Board | None = None
    dumps: Mapping[str, StoredDump] = field(default_factory=dict)
    """By path."""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    folder: str = ""
    """The one whose sub-folders are summed up."""
    sums: dict[str, Mapping[str, FolderSummary]] = field(default_factory=dict)
    """Of every folder that was looked into, by its path; shared by what is known of one board."""

    @classmethod
    def of(cls, board: Board, folder: str) -> Known:
        """Work out what this board tells, for that folder first."""
        inventory = board.inventory
        known = cls(
            board,
            {dump.path: dump for dump in inventory.dumps} if inventory else {},
            dump_verdicts(inventory) if inventory else {},
        )
        return known.in_folder(folder)

    def in_folder(self, folder: str) -> Known:
        """The same, of another folder."""
        if self.board is not None and folder not in self.sums:
            self.sums[folder] = folder_summaries(self.board, folder)
        return replace(self, folder=folder)

    def dumps_of(self, entry: BrowseEntry | None) -> list[StoredDump]:
        """A dump; of a database's folder all of its dumps, newest first."""
        if entry is None:
            return []
        summary = self.summaries.get(entry.path) if entry.kind is EntryKind.FOLDER else None
        if summary is None or len(summary.databases) != 1:
            return [self.dumps[entry.path]] if entry.path in self.dumps else []
        return [dump for path, dump in self.dumps.items() if path.startswith(entry.path)]

    @property
    def shrunk(self) -> dict[str, str]:
        """Why a dump counts as that, by its path."""
        verdicts = self.verdicts.items()
        return {path: verdict.why for path, verdict in verdicts if verdict.standing is Standing.SHRUNK}

    @property
    def summaries(self) -> Mapping[str, FolderSummary]:
        """The sub-folders that hold dumps, by path."""
        return self.sums.get(self.folder, {})
