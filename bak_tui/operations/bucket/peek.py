"""Peek: what is inside a dump, and the first rows of a table, by ranged reads where it lies.

    table of contents ─► schemas, tables, kinds       a table's offset, or file ─► a little of it ─► rows

Nothing is kept on this machine and nothing is hashed: of what was not read nothing is known, and that what
was read is what was written is for `verify` to say. Every byte is hostile; all that is taken is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from bak_tui.core.cancellation import Cancellation
from bak_tui.core.errors import IntegrityError, UsageError
from bak_tui.core.inside import FirstRows, Inside, TableInside, inside
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import Span, spans_between
from bak_tui.core.wording import size
from bak_tui.operations.bucket.directories import directory_files, toc_key
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.bucket.ranged import Beginning, RangedReads
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.archive import (
    HEAD_BYTES,
    METHODS,
    ArchiveHead,
    Contents,
    Kind,
    Row,
    TableOfContents,
    TocEntry,
    begun_in,
    columns_of,
    inflated,
    is_data_file,
    lines_of,
    read_contents,
    recognise,
    rows_of,
    unchunked,
)
from bak_tui.services.pgtools import Toolbox, sampled

MOST_ROWS = 100
LARGEST_CONTENTS = 64 * 1024 * 1024
"""Bytes of a table of contents that is fetched for a look; a hundred thousand tables have about so much."""
_STEPS = (64 * 1024, 256 * 1024)
"""Bytes of a table's data: the first where that has rows enough, never more than the last."""
_MOST_TEXT = 4 * 1024 * 1024
"""Bytes of rows; what a few hundred kilobytes decompress to has no bound of its own."""
_LONGEST_COPY = 1024 * 1024
"""Bytes of the statement that names a table's columns; 1,600 of them have about a tenth of it."""
_KEY = re.compile(r" (?:PRIMARY KEY|UNIQUE|EXCLUDE)\b")
"""Constraints that are indexes, too."""
_LONGEST_KEY = 4000
"""Characters of a primary key's columns."""
_NOT_TOLD = (
    "where its rows begin is written nowhere: pg_dump wrote this dump into a pipe, and it has no manifest;"
    " a restore of the table reads the dump to find them"
)


class _Place(NamedTuple):
    """Where a table's data is."""

    stored: StoredObject
    span: Span
    method: str
    told: str


class _First(NamedTuple):
    """The first rows."""

    rows: tuple[Row, ...]
    is_all: bool
    remark: str = ""


@dataclass(frozen=True)
class _Looked:
    """A table of contents, and where the data of its entries lies."""

    contents: Contents
    words: TableOfContents
    spans: Mapping[int, Span]
    """In custom format, by dump id; of those that nobody has written down, not."""
    is_mapped: bool
    """Whether that is all of them, and so where each ends, too."""
    files: Mapping[str, StoredObject]
    """In directory format, by name."""

    def entry(self, number: int | None) -> TocEntry | None:
        return next((entry for entry in self.contents.entries if entry.dump_id == number), None)


class Peek:
    """One dump of a bucket, looked into. A question blocks; it is given up by its `cancellation`."""

    def __init__(self, store: ObjectStore, dump: StoredDump, tools: Toolbox) -> None:
        self._store = store
        self._tools = tools
        self._reads = RangedReads(store)
        self._looked: _Looked | None = None
        self.dump = dump

    @property
    def taken(self) -> int:
        """Bytes that were read of it so far."""
        return self._reads.taken

    @property
    def requests(self) -> int:
        """By so many requests."""
        return self._reads.requests

    @property
    def head(self) -> ArchiveHead | None:
        """What its first bytes say, once they were read."""
        return self._looked.contents.head if self._looked else self.dump.head

    def inside(self, cancellation: Cancellation) -> Inside:
        """Its schemas, tables and what else there is.

        Raises UsageError for what has no table of contents, IntegrityError for what is cut or damaged,
        StoreError (kind `changed` when it was replaced since it was listed), Cancelled.
        """
        self._looked = self._look(cancellation)
        return inside(self._looked.contents.entries, self.dump.manifest, self._lengths(self._looked))

    def rows(self, table: TableInside, cancellation: Cancellation) -> FirstRows:
        """The first rows of a table that `inside` has told. Raises as that does, and ToolError."""
        read = self._looked
        if read is None:
            raise ValueError("inside() comes first")
        about = _about(read, table)
        entry = read.entry(table.data_id)
        if entry is None:
            return replace(about, remark="the dump has no rows of it")
        place = self._place(read, entry)
        if place is None:
            is_lost = self.dump.is_directory
            return replace(about, remark=f"its file {entry.file} is missing" if is_lost else _NOT_TOLD)
        _, _, copy = read.words.statements(entry)
        if len(copy) > _LONGEST_COPY:
            raise IntegrityError(f"the columns of {table.full_name} make no sense", kind="bad_archive")
        first = self._first(read, entry, place, copy, cancellation)
        columns = columns_of(copy) if copy else ("statement",)
        return replace(
            about, columns=columns, rows=first.rows, is_all=first.is_all, remark=first.remark, lies=place.told
        )

    # -- the table of contents -----------------------------------------------------------------------

    def _look(self, cancellation: Cancellation) -> _Looked:
        dump, files = self.dump, {}
        stored, name = dump.stored, dump.path
        if dump.is_directory:
            files = self._files()
            if toc_key(stored.key) not in {each.key for each in files.values()}:
                raise IntegrityError(f"{toc_key(dump.path)} is missing", kind="cut")
            stored = next(each for each in files.values() if each.key == toc_key(stored.key))
            name = toc_key(name)
        offsets = (dump.manifest and dump.manifest.data_offsets) or {}
        begins = min(offsets.values(), default=None)
        beginning = Beginning(self._reads, stored, cancellation, begins)
        _require_archive(recognise(beginning.head(HEAD_BYTES)), name, is_directory=dump.is_directory)
        contents = read_contents(beginning, name, cancellation.check, largest=LARGEST_CONTENTS)
        words = TableOfContents(contents.head, bytes(beginning.raw[: contents.length]))
        found: Mapping[int, int] = {}
        if not dump.is_directory:
            found = offsets or _written(contents)
            if not found:
                beginning.reach(contents.length + _STEPS[-1])
                found = begun_in(bytes(beginning.raw[contents.length :]), contents.length)
        is_mapped = len(found) == sum(entry.has_data for entry in contents.entries)
        return _Looked(contents, words, spans_between(found, stored.size), is_mapped, files)

    def _files(self) -> dict[str, StoredObject]:
        key = self.dump.stored.key
        files = directory_files(self._store, key)
        self._reads.requests += 1 + len(files) // 1000
        return {each.key.removeprefix(f"{key}/"): each for each in files}

    def _lengths(self, read: _Looked) -> Mapping[int, Span]:
        """How long the data of each entry is in the dump, as spans."""
        if not self.dump.is_directory:
            return read.spans if read.is_mapped else {}
        with_data = (entry for entry in read.contents.entries if entry.has_data)
        places = {entry.dump_id: self._place(read, entry) for entry in with_data}
        return {number: place.span for number, place in places.items() if place}

    # -- a table's rows ------------------------------------------------------------------------------

    def _place(self, read: _Looked, entry: TocEntry) -> _Place | None:
        if not self.dump.is_directory:
            span = read.spans.get(entry.dump_id)
            if span is None:
                return None
            told = f"bytes {span[0]:,} to {span[1]:,}" if read.is_mapped else f"from byte {span[0]:,} on"
            return _Place(self.dump.stored, span, read.contents.head.compression or "", told)
        for suffix, method in METHODS.items():
            name = entry.file + suffix
            if is_data_file(name) and name in read.files:
                stored = read.files[name]
                return _Place(stored, (0, stored.size), method, f"{name}, {size(stored.size)}")
        return None

    def _first(
        self, read: _Looked, entry: TocEntry, place: _Place, copy: str, cancellation: Cancellation
    ) -> _First:
        """Of a little of its data, and where that has too few rows of a little more."""
        begin, end = place.span
        raw = text = b""
        rows: tuple[Row, ...] = ()
        for step in _STEPS:
            until = min(begin + step, end)
            raw += self._reads.read(place.stored, begin + len(raw), until, cancellation)
            if not raw:
                raise IntegrityError(
                    f"the data of {entry.name} is not there: the dump ends before it", kind="cut"
                )
            stream, is_whole = raw, until == end
            if not self.dump.is_directory:
                stream, is_whole = unchunked(raw, entry)
            text = self._text(read, entry, place, stream, copy)
            is_whole = is_whole and len(text) < _MOST_TEXT
            take = rows_of if copy else lines_of
            rows, is_all = take(text, MOST_ROWS, is_whole=is_whole)
            if is_all or is_whole or len(rows) == MOST_ROWS or until == end:
                break
        if rows or is_all:
            return _First(rows, is_all)
        begun, _ = rows_of(text, 1, is_whole=True)
        return _First(
            begun, is_all=False, remark=f"its first row is longer than {size(len(raw))}: its beginning"
        )

    def _text(self, read: _Looked, entry: TocEntry, place: _Place, stream: bytes, copy: str) -> bytes:
        if not place.method:
            raise IntegrityError(
                f"{self.dump.path} is compressed in a way not known here", kind="bad_archive"
            )
        text = inflated(stream, place.method, _MOST_TEXT, entry.name)
        if text is not None:
            return text
        major = read.contents.head.pg_dump_major or 0
        tools = self._tools.for_archive(major, major, compression=place.method)
        archive = read.words.archive_of(entry, place.method, stream)
        return sampled(tools, archive, entry.name, copy.encode("utf-8", "surrogateescape"), _MOST_TEXT)


def _require_archive(head: ArchiveHead, name: str, *, is_directory: bool) -> None:
    """What is cut or foreign within is for `read_contents` to refuse."""
    if head.kind in {Kind.DIRECTORY if is_directory else Kind.CUSTOM, Kind.EMPTY, Kind.CUT}:
        return
    why = "it has no table of contents, so only reading all of it tells what is inside"
    if head.is_archive or head.kind is Kind.DIRECTORY:
        why = "only a custom-format archive, or a folder with all its files, is looked into where it lies"
    raise UsageError(f"{name} is {head}: {why}", hint="download it to look into it")


def _written(contents: Contents) -> dict[int, int]:
    """Where data begins as the archive itself says; all or nothing."""
    with_data = [entry for entry in contents.entries if entry.has_data]
    said = {entry.dump_id: entry.offset for entry in with_data if entry.offset is not None}
    return said if len(said) == len(with_data) else {}


def _about(read: _Looked, table: TableInside) -> FirstRows:
    """Its primary key and how many indexes it has, by the entries that depend on it."""
    name, entries = (table.schema, table.name), read.contents.entries
    is_it = (each.dump_id for each in entries if each.desc == "TABLE" and (each.namespace, each.tag) == name)
    number = next(is_it, None)
    mine = [each for each in entries if number in each.dependencies]
    definitions = [read.words.statements(each)[0] for each in mine if each.desc == "CONSTRAINT"]
    keys = [each for each in definitions if _KEY.search(each)]
    primary_key = next(filter(None, map(key_columns, keys)), "")
    indexes = len(keys) + sum(each.desc == "INDEX" for each in mine)
    return FirstRows(table, primary_key=primary_key, indexes=indexes)


def key_columns(definition: str) -> str:
    """The columns of the primary key that a constraint's definition makes; empty where it makes none.

    A definition is hostile and may be as long as the table of contents: it is gone through once.
    """
    columns, ends, _ = definition.partition(" PRIMARY KEY (")[2].partition(")")
    return columns if ends and len(columns) <= _LONGEST_KEY else ""
