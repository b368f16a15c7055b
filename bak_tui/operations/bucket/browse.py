"""A bucket as a file manager shows it: one folder, page by page, in the store's own order.

Nothing is read but the listing. What must stay true: the work per page does not grow with the folder, so
100,000 keys under one prefix cost what is looked at, and an entry that was handed out never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bak_tui.core.names import CHECKS_SUFFIX, manifest_path
from bak_tui.core.objects import StoredObject
from bak_tui.core.profile import Target
from bak_tui.core.standing import Standing, Verdict, judge
from bak_tui.operations.bucket.board import Board, by_database, fact
from bak_tui.operations.bucket.entries import Entries
from bak_tui.operations.bucket.folded import FoldedDirectories
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.bucket.pairing import Pair, Pairing
from bak_tui.operations.bucket.sighting import is_dump_by_name
from bak_tui.operations.ports import ObjectStore

_FIRST = 200
"""Names on the first page: more than a screen shows, and there in a moment."""
_PAGE = 1000
"""Names a page: a store that gives fewer at once is asked several times, so that a short page is the last."""


@dataclass(frozen=True, slots=True)
class BrowsePage:
    """The next entries of a folder, about in the store's order."""

    folder: str
    """Relative to the prefix: empty, or ends with `/`."""
    entries: Entries


@dataclass(frozen=True, slots=True)
class FolderSummary:
    """Everything below one folder, sub-folders too."""

    dumps: int
    size: int
    """Bytes of the dumps."""
    newest: datetime
    oldest: datetime
    verdict: Verdict
    """The worst of its databases', by the dumps in this folder alone."""
    databases: tuple[str, ...]
    """Whose dumps these are, by name."""

    @property
    def standing(self) -> Standing:
        return self.verdict.standing


class FolderReading:
    """One folder, or what is in it from a name on. Where reading breaks off it goes on from there."""

    def __init__(self, target: Target, folder: str = "", start: str = "") -> None:
        if folder and not folder.endswith("/"):
            folder += "/"
        self._folder = folder
        self._here = target.key(folder)
        self._start = start
        self._after = self._here + just_before(start) if start else ""
        """The last name that was listed."""
        self._pairing = Pairing()
        self._directories = FoldedDirectories()
        self._entries = Entries(folder)
        """Those that were not handed out yet."""
        self._names, self._wanted = 0, _FIRST

    def pages(self, store: ObjectStore) -> Iterator[BrowsePage]:
        """The pages that are left, each asked for when it is wanted; at least one, even when it is empty.

        Raises StoreError; when it is called after that, also with another client, what is left is no more
        than what was not listed then.
        """
        here, pairing, directories = self._here, self._pairing, self._directories
        for page in store.pages(here, delimiter="/", start_after=self._after, first=_FIRST):
            self._add(pairing.take(page))
            for below in page.folders:
                checked = below.removesuffix(CHECKS_SUFFIX)
                is_folded = pairing.is_near(checked) or pairing.is_near(manifest_path(checked))
                if below >= here + self._start and not is_folded:
                    self._add_folder(below)
            self._after = max([self._after, *page.folders, *(stored.key for stored in page.objects)])
            self._add_objects(directories.released(self._after))
            self._names += len(page.objects) + len(page.folders)
            if self._names >= self._wanted:
                yield self._handed_out()
        self._add(pairing.end())
        self._add_objects(directories.released())
        if self._entries or self._wanted == _FIRST:
            yield self._handed_out()

    def _handed_out(self) -> BrowsePage:
        page = BrowsePage(self._folder, self._entries)
        self._entries = Entries(self._folder)
        self._names, self._wanted = 0, _PAGE
        return page

    def _add_folder(self, below: str) -> None:
        dump = self._directories.dump_at(below)
        if dump is None:
            self._entries.add_folder(below.removeprefix(self._here))
            return
        stored, has_manifest = dump
        name = stored.key.removeprefix(self._here)
        self._entries.add_object(name, stored, is_dump=True, has_manifest=has_manifest)

    def _add_objects(self, objects: Iterable[StoredObject]) -> None:
        for stored in objects:
            name = stored.key.removeprefix(self._here)
            self._entries.add_object(name, stored, is_dump=is_dump_by_name(stored), has_manifest=False)

    def _add(self, pairs: Iterable[Pair]) -> None:
        for stored, manifest in pairs:
            # The marker some programs leave for an empty folder is the folder itself.
            if stored.key == self._here or stored.key < self._here + self._start:
                continue
            if manifest is None and self._directories.holds(stored):
                continue
            is_dump = manifest is not None or is_dump_by_name(stored)
            name = stored.key.removeprefix(self._here)
            self._entries.add_object(name, stored, is_dump=is_dump, has_manifest=manifest is not None)


def just_before(name: str) -> str:
    """A name below this one with little between: S3 lists what comes after a name, without it."""
    last = ord(name[-1])
    if last == 0:
        return name[:-1]
    return name[:-1] + chr(0xD7FF if last == 0xE000 else last - 1) + "\U0010ffff"


def folder_summaries(board: Board, folder: str = "") -> Mapping[str, FolderSummary]:
    """The sub-folders of `folder` that hold dumps, by path; none when the bucket was not seen."""
    if board.inventory is None:
        return {}
    inside: dict[str, list[StoredDump]] = {}
    for dump in board.inventory.dumps:
        name, slash, _ = dump.path.removeprefix(folder).partition("/")
        if slash and dump.path.startswith(folder):
            inside.setdefault(folder + name + slash, []).append(dump)
    gone = {row.database for row in board.rows if row.is_on_server is False}
    return {name: _summary(board, dumps, gone) for name, dumps in inside.items()}


def _summary(board: Board, dumps: list[StoredDump], gone: set[str]) -> FolderSummary:
    grouped = by_database(dumps)
    verdicts = [
        judge(
            [fact(dump) for dump in theirs],
            now=board.looked_at,
            limit=None if name in gone else board.limit,
        )
        for name, theirs in grouped.items()
    ]
    return FolderSummary(
        dumps=len(dumps),
        size=sum(dump.stored.size for dump in dumps),
        newest=max(dump.taken for dump in dumps),
        oldest=min(dump.taken for dump in dumps),
        verdict=min(verdicts, key=lambda verdict: verdict.standing.rank),
        databases=tuple(sorted(grouped)),
    )
