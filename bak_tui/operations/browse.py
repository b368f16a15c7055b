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
from enum import StrEnum

from bak_tui.core.names import (
    CHECKS_SUFFIX,
    MANIFEST_SUFFIX,
    is_manifest,
    is_template_named,
    manifest_path,
    parse_dump_name,
)
from bak_tui.core.objects import Page, StoredObject
from bak_tui.core.profile import Target
from bak_tui.core.standing import Standing, Verdict, judge
from bak_tui.operations.board import Board, by_database, fact
from bak_tui.operations.inventory import StoredDump, is_dump_by_name
from bak_tui.operations.ports import Collaborators

_PAGE = 1000
"""Names a page: a store that gives fewer at once is asked several times, so that a short page is the last."""


class EntryKind(StrEnum):
    """What a row is."""

    FOLDER = "folder"
    DUMP = "dump"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class BrowseEntry:
    """One row: a folder, a dump with its manifest folded into it, or another object."""

    name: str
    """Relative to the folder it is in; a folder's ends with `/`. Foreign text."""
    path: str
    """Relative to the target's prefix; `target.key(path)` is its key."""
    size: int | None
    """Bytes; None for a folder."""
    modified: datetime | None
    kind: EntryKind
    database: str = ""
    """A dump's, by its name; its manifest may say another."""
    taken: datetime | None = None
    """A dump's, by its name, else when it was stored."""
    has_manifest: bool = False
    """Whether one lies beside it; whether it is valid is not known here."""
    is_template_named: bool = False
    """Whether database and time, which a row shows instead, are all that its name tells."""


@dataclass(frozen=True, slots=True)
class BrowsePage:
    """The next entries of a folder, about in the store's order."""

    folder: str
    """Relative to the prefix: empty, or ends with `/`."""
    entries: tuple[BrowseEntry, ...]


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
    fold = _Fold(target, folder)
    names, has_begun = 0, False
    for page in collaborators.store(target).pages(target.key(folder), delimiter="/"):
        for found in _in_order(page):
            fold.take(found)
        names += len(page.objects) + len(page.folders)
        if names >= _PAGE:
            yield BrowsePage(folder, fold.settled())
            names, has_begun = 0, True
    fold.end()
    rest = fold.settled()
    if rest or not has_begun:
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


def _in_order(page: Page) -> list[StoredObject | str]:
    """Objects and folders by the bytes of their names, as S3 lists them."""
    found: list[StoredObject | str] = [*page.objects, *page.folders]
    return sorted(found, key=lambda each: _bytes(each if isinstance(each, str) else each.key))


class _Fold:
    """Takes a listing name by name; gives entries once it is known whether a manifest belongs to them."""

    def __init__(self, target: Target, folder: str) -> None:
        self._target = target
        self._here = target.key(folder)
        self._open: dict[str, StoredObject] = {}
        """Objects whose manifest could still come, by key."""
        self._done: list[BrowseEntry] = []

    def take(self, found: StoredObject | str) -> None:
        key = found if isinstance(found, str) else found.key
        self._settle_before(_bytes(key))
        if isinstance(found, str):
            if key.removesuffix(CHECKS_SUFFIX) not in self._open:
                self._done.append(self._folder(key))
        elif is_manifest(key) and key.removesuffix(MANIFEST_SUFFIX) in self._open:
            self._settle(key.removesuffix(MANIFEST_SUFFIX), has_manifest=True)
        elif key != self._here:  # the marker some programs leave for an empty folder is the folder itself
            self._open[key] = found

    def end(self) -> None:
        """Nothing comes any more."""
        for key in list(self._open):
            self._settle(key, has_manifest=False)

    def settled(self) -> tuple[BrowseEntry, ...]:
        """What was decided since the last call."""
        done, self._done = self._done, []
        return tuple(done)

    def _settle_before(self, name: bytes) -> None:
        for key in list(self._open):
            if _bytes(manifest_path(key)) < name:
                self._settle(key, has_manifest=False)

    def _settle(self, key: str, *, has_manifest: bool) -> None:
        stored = self._open.pop(key)
        is_dump = has_manifest or is_dump_by_name(stored)
        named = parse_dump_name(key) if is_dump else None
        self._done.append(
            BrowseEntry(
                name=key.removeprefix(self._here),
                path=self._target.path(key),
                size=stored.size,
                modified=stored.modified,
                kind=EntryKind.DUMP if is_dump else EntryKind.OBJECT,
                database=named.database if named else "",
                taken=(named.taken or stored.modified) if named else None,
                has_manifest=has_manifest,
                is_template_named=is_dump and is_template_named(key),
            )
        )

    def _folder(self, key: str) -> BrowseEntry:
        name = key.removeprefix(self._here)
        return BrowseEntry(name, self._target.path(key), None, None, EntryKind.FOLDER)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
