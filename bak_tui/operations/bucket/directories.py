"""Directory-format archives in a bucket: one object a file, told as the one dump that they are.

A folder is one when it has a table of contents; whether that is pg_dump's is for its bytes to say. Files come
before it in a listing, so nothing is decided about them until the listing has left their folder.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from bak_tui.core.names import looks_like_dump, manifest_path
from bak_tui.core.objects import StoredObject
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.archive import TOC_NAME, is_data_file


@dataclass
class _Folder:
    """What a listing has shown of one folder: files that may be a directory's."""

    whole: StoredObject
    """The directory as one object: all its bytes, the time of its newest file."""
    has_toc: bool = False
    has_manifest: bool = False
    number: int = 0
    files: list[StoredObject] = field(default_factory=list)

    def add(self, stored: StoredObject, *, keeps: bool) -> None:
        newest = max(self.whole.modified, stored.modified)
        self.whole = replace(self.whole, size=self.whole.size + stored.size, modified=newest)
        self.number += 1
        if keeps:
            self.files.append(stored)

    @property
    def looks_like_dump(self) -> bool:
        return self.has_manifest or (self.has_toc and (self.number > 1 or looks_like_dump(self.whole.key)))


class Directories:
    """Takes the objects of one listing. `keeps_strays`: data files without a table of contents are kept."""

    def __init__(self, *, keeps_strays: bool) -> None:
        self._keeps = keeps_strays
        self._folders: dict[str, _Folder] = {}

    def take(self, stored: StoredObject) -> bool:
        """Whether it may be one of a directory's files; it is then accounted for here."""
        folder, slash, name = stored.key.rpartition("/")
        if not (slash and folder and _is_file(name)):
            return False
        seen = self._folders.setdefault(folder, _Folder(StoredObject(folder, 0, stored.modified)))
        seen.add(stored, keeps=self._keeps and not seen.has_toc)
        if name == TOC_NAME:
            seen.has_toc = True
            seen.files.clear()
        return True

    def claim(self, folders: Collection[str]) -> None:
        """Those have a manifest: they are dumps, even when their table of contents has gone."""
        for key in self._folders.keys() & folders:
            self._folders[key].has_manifest = True
            self._folders[key].files.clear()

    @property
    def found(self) -> list[StoredObject]:
        """Each directory as one object: the key without a `/` at its end, the size of all its files."""
        return [folder.whole for folder in self._folders.values() if folder.looks_like_dump]

    @property
    def strays(self) -> list[StoredObject]:
        """Files that belong to none, where they were to be kept."""
        return [stored for folder in self._folders.values() for stored in folder.files]

    @property
    def others(self) -> int:
        """How many objects are no directory's and are not among the strays."""
        return sum(
            folder.number - len(folder.files)
            for folder in self._folders.values()
            if not folder.looks_like_dump
        )


def directory_files(store: ObjectStore, key: str) -> tuple[StoredObject, ...]:
    """The objects of the directory at `key`, as pg_dump calls them; its table of contents is the last."""
    found = [
        stored
        for page in store.pages(f"{key}/", delimiter="/")
        for stored in page.objects
        if _is_file(stored.key.removeprefix(f"{key}/"))
    ]
    return tuple(sorted(found, key=lambda stored: stored.key == toc_key(key)))


def directory_at(store: ObjectStore, key: str) -> StoredObject | None:
    """The directory at `key` as one object; None where no table of contents and no manifest tells of one."""
    if store.head(toc_key(key)) is None and store.head(manifest_path(key)) is None:
        return None
    files = directory_files(store, key)
    if not files:
        return None
    return StoredObject(key, sum(file.size for file in files), max(file.modified for file in files))


def toc_key(key: str) -> str:
    """Where the table of contents of the directory at `key` lies."""
    return f"{key}/{TOC_NAME}"


def _is_file(name: str) -> bool:
    return name == TOC_NAME or is_data_file(name)
