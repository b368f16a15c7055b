"""A bucket as a file manager shows it: one folder, page by page, in the store's own order.

Nothing is read but the listing. What must stay true: the work per page does not grow with the folder, so
100,000 keys under one prefix cost what is looked at. A dump's manifest comes after it in the listing, maybe
on the next page; an entry is handed out once that is decided and never changes afterwards. What is held back
meanwhile are names that the last name seen begins with: a handful at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bak_tui.core.names import CHECKS_SUFFIX, manifest_path
from bak_tui.core.objects import Page, StoredObject
from bak_tui.core.profile import Target
from bak_tui.core.standing import Standing, Verdict, judge
from bak_tui.operations.board import Board, by_database, fact
from bak_tui.operations.entries import Entries
from bak_tui.operations.inventory import StoredDump, is_dump_by_name
from bak_tui.operations.ports import Collaborators

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


def browse(collaborators: Collaborators, target: Target, folder: str = "") -> Iterator[BrowsePage]:
    """The pages of one folder, each asked for when it is wanted; at least one, even when it is empty."""
    if folder and not folder.endswith("/"):
        folder += "/"
    fold = _Fold(target.key(folder), folder)
    names, wanted = 0, _FIRST
    for page in collaborators.store(target).pages(target.key(folder), delimiter="/", first=_FIRST):
        fold.take(page)
        names += len(page.objects) + len(page.folders)
        if names >= wanted:
            yield BrowsePage(folder, fold.settled())
            names, wanted = 0, _PAGE
    fold.end()
    rest = fold.settled()
    if rest or wanted == _FIRST:
        yield BrowsePage(folder, rest)


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


class _Fold:
    """Takes a listing page by page; gives entries once it is known whether a manifest belongs to them."""

    def __init__(self, here: str, folder: str) -> None:
        self._here = here
        """The folder's key."""
        self._folder = folder
        self._open: dict[str, StoredObject] = {}
        """Objects whose manifest could still come, by key."""
        self._done = Entries(folder)

    def take(self, page: Page) -> None:
        there = self._open | {stored.key: stored for stored in page.objects}
        last = max([_bytes(name) for name in (*there, *page.folders)], default=b"")
        self._open = {}
        for folder in page.folders:
            if folder.removesuffix(CHECKS_SUFFIX) not in there:
                self._done.add_folder(folder.removeprefix(self._here))
        told: set[str] = set()
        """Manifests that are told with their dumps."""
        for key, stored in there.items():
            manifest = manifest_path(key)
            if key in told:
                continue
            if manifest in there:
                told.add(manifest)
                self._settle(stored, has_manifest=True)
            elif _bytes(manifest) > last:
                self._open[key] = stored
            else:
                self._settle(stored, has_manifest=False)

    def end(self) -> None:
        """Nothing comes any more."""
        for stored in self._open.values():
            self._settle(stored, has_manifest=False)

    def settled(self) -> Entries:
        """What was decided since the last call."""
        done, self._done = self._done, Entries(self._folder)
        return done

    def _settle(self, stored: StoredObject, *, has_manifest: bool) -> None:
        if (
            stored.key != self._here
        ):  # the marker some programs leave for an empty folder is the folder itself
            self._done.add_object(
                stored.key.removeprefix(self._here),
                stored,
                is_dump=has_manifest or is_dump_by_name(stored),
                has_manifest=has_manifest,
            )


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
