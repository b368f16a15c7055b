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


def browse(store: ObjectStore, target: Target, folder: str = "", start: str = "") -> Iterator[BrowsePage]:
    """The pages of one folder, each asked for when it is wanted; at least one, even when it is empty.

    With `start` only names from there on; what is before them is not read.
    """
    if folder and not folder.endswith("/"):
        folder += "/"
    here = target.key(folder)
    pairing, entries, directories = Pairing(), Entries(folder), FoldedDirectories()
    names, wanted = 0, _FIRST
    after = here + just_before(start) if start else ""
    for page in store.pages(here, delimiter="/", start_after=after, first=_FIRST):
        _add(entries, here, pairing.take(page), start, directories)
        for below in page.folders:
            checked = below.removesuffix(CHECKS_SUFFIX)
            is_folded = pairing.is_near(checked) or pairing.is_near(manifest_path(checked))
            if below >= here + start and not is_folded:
                _add_folder(entries, here, below, directories)
        last = max([*page.folders, *(stored.key for stored in page.objects)], default="")
        _add_objects(entries, here, directories.released(last))
        names += len(page.objects) + len(page.folders)
        if names >= wanted:
            yield BrowsePage(folder, entries)
            entries = Entries(folder)
            names, wanted = 0, _PAGE
    _add(entries, here, pairing.end(), start, directories)
    _add_objects(entries, here, directories.released())
    if entries or wanted == _FIRST:
        yield BrowsePage(folder, entries)


def just_before(name: str) -> str:
    """A name below this one with little between: S3 lists what comes after a name, without it."""
    last = ord(name[-1])
    if last == 0:
        return name[:-1]
    return name[:-1] + chr(0xD7FF if last == 0xE000 else last - 1) + "\U0010ffff"


def _add_folder(entries: Entries, here: str, below: str, directories: FoldedDirectories) -> None:
    dump = directories.dump_at(below)
    if dump is None:
        entries.add_folder(below.removeprefix(here))
        return
    stored, has_manifest = dump
    entries.add_object(stored.key.removeprefix(here), stored, is_dump=True, has_manifest=has_manifest)


def _add_objects(entries: Entries, here: str, objects: Iterable[StoredObject]) -> None:
    for stored in objects:
        name = stored.key.removeprefix(here)
        entries.add_object(name, stored, is_dump=is_dump_by_name(stored), has_manifest=False)


def _add(
    entries: Entries, here: str, pairs: Iterable[Pair], start: str, directories: FoldedDirectories
) -> None:
    for stored, manifest in pairs:
        # The marker some programs leave for an empty folder is the folder itself.
        if stored.key == here or stored.key < here + start:
            continue
        if manifest is None and directories.holds(stored):
            continue
        is_dump = manifest is not None or is_dump_by_name(stored)
        name = stored.key.removeprefix(here)
        entries.add_object(name, stored, is_dump=is_dump, has_manifest=manifest is not None)


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
