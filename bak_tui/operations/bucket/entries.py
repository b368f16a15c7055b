"""The entries of a folder, packed: a million of them cost some 35 bytes and their name each, not 600.

What must stay true: an entry comes out as it went in, and its number never changes, so that an order of
entries is an order of numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import overload

from bak_tui.core.names import is_template_named, parse_dump_name
from bak_tui.core.objects import StoredObject
from bak_tui.operations.bucket.folded import UNKNOWN_SIZE


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
    """Bytes; None for a folder, and for a directory-format dump: a listing shows only its folder."""
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


GROUPS = tuple(EntryKind)
"""Every order has folders above dumps above other objects."""
_FOLDER, _DUMP, _OBJECT = range(3)
_WITH_MANIFEST = 3
"""Written instead of `_DUMP`."""


class Entries(Sequence[BrowseEntry]):
    """Entries of one folder, numbered as they come; it only ever grows."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        """Relative to the prefix: empty, or ends with `/`."""
        self.folders = 0
        """How many are folders."""
        self.has_dumps = False
        self._names = bytearray()
        self._ends = array("Q")
        self._sizes = array("q")
        self._modified = array("d")
        self._when = array("d")
        self._kinds = bytearray()

    def add_folder(self, name: str) -> None:
        self.folders += 1
        self._add(name, 0, 0.0, 0.0, _FOLDER)

    def add_object(self, name: str, stored: StoredObject, *, is_dump: bool, has_manifest: bool) -> None:
        """An object that is decided about."""
        modified = stored.modified.timestamp()
        taken = parse_dump_name(name).taken if is_dump else None
        kind = _WITH_MANIFEST if has_manifest else _DUMP if is_dump else _OBJECT
        self.has_dumps = self.has_dumps or is_dump
        self._add(name, stored.size, modified, taken.timestamp() if taken else modified, kind)

    def extend(self, others: Entries) -> None:
        """Take over the next ones of the same folder."""
        self.folders += others.folders
        self.has_dumps = self.has_dumps or others.has_dumps
        offset = len(self._names)
        self._names += others._names
        self._ends.extend([offset + end for end in others._ends])
        self._sizes += others._sizes
        self._modified += others._modified
        self._when += others._when
        self._kinds += others._kinds

    @property
    def bytes_held(self) -> int:
        """Of memory, names included."""
        columns = (self._ends, self._sizes, self._modified, self._when)
        return len(self._names) + len(self._kinds) + sum(len(column) * column.itemsize for column in columns)

    def name(self, number: int) -> str:
        begin = self._ends[number - 1] if number else 0
        return self._names[begin : self._ends[number]].decode("utf-8", "surrogatepass")

    def run_together(self, begin: int, end: int) -> str:
        """The names of those numbers as one text, nothing between them."""
        first = self._ends[begin - 1] if begin else 0
        return self._names[first : self._ends[end - 1]].decode("utf-8", "surrogatepass")

    def group(self, number: int) -> int:
        """Where its kind stands in GROUPS."""
        kind = self._kinds[number]
        return _DUMP if kind == _WITH_MANIFEST else kind

    def when(self, number: int) -> float:
        """POSIX seconds: when a dump was taken, an object stored; 0 for a folder."""
        return self._when[number]

    def size(self, number: int) -> int:
        """Bytes; 0 for a folder, and where they are not known."""
        return max(0, self._sizes[number])

    def __len__(self) -> int:
        return len(self._kinds)

    @overload
    def __getitem__(self, number: int) -> BrowseEntry: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[BrowseEntry, ...]: ...
    def __getitem__(self, number: int | slice) -> BrowseEntry | tuple[BrowseEntry, ...]:
        if isinstance(number, slice):
            return tuple(self[index] for index in range(*number.indices(len(self))))
        number = range(len(self))[number]
        name, kind = self.name(number), self._kinds[number]
        path = self.folder + name
        if kind == _FOLDER:
            return BrowseEntry(name, path, None, None, EntryKind.FOLDER)
        modified = datetime.fromtimestamp(self._modified[number], UTC)
        size = None if self._sizes[number] == UNKNOWN_SIZE else self._sizes[number]
        if kind == _OBJECT:
            return BrowseEntry(name, path, size, modified, EntryKind.OBJECT)
        return BrowseEntry(
            name,
            path,
            size,
            modified,
            EntryKind.DUMP,
            database=parse_dump_name(name).database,
            taken=datetime.fromtimestamp(self._when[number], UTC),
            has_manifest=kind == _WITH_MANIFEST,
            is_template_named=is_template_named(name),
        )

    def __iter__(self) -> Iterator[BrowseEntry]:
        return (self[number] for number in range(len(self)))

    def _add(self, name: str, size: int, modified: float, when: float, kind: int) -> None:
        self._names += name.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._names))
        self._sizes.append(size)
        self._modified.append(modified)
        self._when.append(when)
        self._kinds.append(kind)
