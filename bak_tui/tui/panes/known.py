"""What is known of a bucket's entries beyond their listing: what the board found out, laid out by path.

Of 20,000 dumps that takes half a second, so it is worked out in the thread that has the board, and a folder's
sums are kept: who comes back to a folder does not wait for them again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bak_tui.core.names import is_template_named
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
    shared_minutes: frozenset[str] = frozenset()
    """Of which a folder has several dumps: their rows would read alike without the seconds."""
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
            _shared_minutes(inventory.dumps) if inventory else frozenset(),
        )
        return known.in_folder(folder)

    def in_folder(self, folder: str) -> Known:
        """The same, of another folder."""
        if self.board is not None and folder not in self.sums:
            self.sums[folder] = folder_summaries(self.board, folder)
        return replace(self, folder=folder)

    def has_twin(self, path: str) -> bool:
        """Whether another dump of its folder was taken in the same minute."""
        return _minute(path) in self.shared_minutes

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


def _shared_minutes(dumps: Iterable[StoredDump]) -> frozenset[str]:
    minutes = Counter(_minute(dump.path) for dump in dumps if is_template_named(dump.path))
    return frozenset(minute for minute, number in minutes.items() if number > 1)


def _minute(path: str) -> str:
    """`fence/-20261123T1200` of a name made by our template: the folder, and what a row shows of the time."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name[name.rfind('-') :][: len('-20261123T1200')]}"
