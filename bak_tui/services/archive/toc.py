"""The table of contents: what an archive holds, entry by entry, in the order it will be restored.

Read as pg_backup_archiver.c's ReadToc does, for the format versions of pg_dump 9.0 to 18: 1.14 added the
table access method, 1.16 the relation's kind. Kept is what tells entries apart; what would be sent for them
only when it is asked for, else it is stepped over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bak_tui.services.archive.fields import Fields, Malformed, Short, text_of
from bak_tui.services.archive.header import ArchiveHead, Kind

OLDEST_VERSION = (1, 12)
NEWEST_VERSION = (1, 16)
"""What is known: `pg_dump` 9.0, and 17 and 18. Other versions are never guessed at."""

MOST_ENTRIES = 5_000_000
LONGEST_ENTRY = 64 * 1024 * 1024
"""Bytes of one entry, its definition included, that are held at once."""
MOST_DEPENDENCIES = 100_000

POSITION_NOT_SET, POSITION_SET, NO_DATA = 1, 2, 3


@dataclass(frozen=True, slots=True)
class TocEntry:
    """One entry. Oids are those of the server it was dumped from."""

    dump_id: int
    catalog_oid: int
    oid: int
    tag: str
    desc: str
    """`TABLE DATA`, `BLOBS`, `FK CONSTRAINT` …"""
    section: int
    namespace: str
    """Empty where it has none; so are tablespace, access method and owner."""
    tablespace: str
    tableam: str
    relkind: str
    """Empty before format 1.16."""
    owner: str
    dependencies: tuple[int, ...]
    is_copied: bool
    """Its data is read by COPY, and so ends with a line of its own."""
    has_data: bool
    offset: int | None
    """Custom format: where its data begins, as the entry says; None when it does not."""
    file: str
    """Directory and tar: the name of its data's file, without a suffix for its compression."""
    offset_at: int
    """Where it is written where its data lies; in custom format that is the offset, its state byte first."""
    begins_at: int
    """Where the entry itself begins; it ends at `ends_at`."""
    ends_at: int
    statements: tuple[str, str, str] | None = None
    """Its definition, how it is dropped, and what its rows follow; None unless that was asked for."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"{self.namespace}.{self.tag}" if self.namespace else self.tag


class TocReader:
    """Takes the bytes after the header as they come; `entries` gives those that are whole by then.

    `has_ended` says that all have been given; `rest` is then what followed them. Raises Malformed.
    """

    def __init__(self, head: ArchiveHead, *, keeps_statements: bool = False) -> None:
        self._head = head
        self._keeps_statements = keeps_statements
        self._buffer = bytearray()
        self._at = head.length
        self._missing: int | None = None

    @property
    def has_ended(self) -> bool:
        return self._missing == 0

    @property
    def rest(self) -> bytes:
        return bytes(self._buffer)

    @property
    def position(self) -> int:
        """Where in the archive `rest` begins."""
        return self._at

    @property
    def is_too_long(self) -> bool:
        """Whether what is held at once, or the number of entries, is beyond what is followed."""
        return len(self._buffer) > LONGEST_ENTRY or (self._missing or 0) > MOST_ENTRIES

    def entries(self, data: bytes) -> Iterator[TocEntry]:
        self._buffer += data
        fields = Fields(self._buffer, offset_size=self._head.offset_size)
        done = 0
        try:
            if self._missing is None:
                self._missing = fields.integer()
                done = fields.position
                if self._missing < 0:
                    raise Malformed("a negative number of entries")
            while self._missing and not self.is_too_long:
                entry = self._entry(fields)
                done = fields.position
                self._missing -= 1
                yield entry
        except Short:
            pass
        finally:
            del self._buffer[:done]
            self._at += done

    def _entry(self, fields: Fields) -> TocEntry:
        version = self._head.format_version or (0, 0, 0)
        begins_at = self._at + fields.position
        dump_id = fields.integer()
        if dump_id <= 0:
            raise Malformed(f"an entry with the number {dump_id}")
        had_dumper = fields.integer() != 0
        catalog_oid, oid = fields.number(), fields.number()
        tag, desc, section = fields.text(), fields.text(), fields.integer()
        definition, drop, copy = fields.raw(), fields.raw(), fields.raw()
        namespace, tablespace = fields.text(), fields.text()
        tableam = fields.text() if version >= (1, 14) else ""
        relkind = _kind(fields.integer()) if version >= (1, 16) else ""
        owner = fields.text()
        fields.raw()  # "false": was made WITH OIDS
        dependencies = _dependencies(fields)
        offset_at = self._at + fields.position
        offset, file, has_data = self._data(fields)
        if has_data != had_dumper:
            raise Malformed(f"{desc} {tag} both with data and without")
        # In the order of the fields, which is the archive's.
        named = (
            dump_id,
            catalog_oid,
            oid,
            tag,
            desc,
            section,
            namespace,
            tablespace,
            tableam,
            relkind,
            owner,
        )
        kept = (text_of(definition), text_of(drop), text_of(copy)) if self._keeps_statements else None
        ends_at = self._at + fields.position
        data = (bool(copy), has_data, offset, file)
        return TocEntry(*named, dependencies, *data, offset_at, begins_at, ends_at, kept)

    def _data(self, fields: Fields) -> tuple[int | None, str, bool]:
        """Where its data is: offset, file, and whether there is any."""
        if self._head.kind is not Kind.CUSTOM:
            file = fields.text()
            return None, file, bool(file)
        state, position = fields.offset()
        if state not in {POSITION_NOT_SET, POSITION_SET, NO_DATA}:
            raise Malformed(f"an entry with the data state {state}")
        return (position if state == POSITION_SET else None), "", state != NO_DATA


def unknown_layout(head: ArchiveHead) -> str:
    """Why an archive with this header cannot be followed; empty when it can."""
    version = head.format_version or (0, 0, 0)
    if not OLDEST_VERSION <= version[:2] <= NEWEST_VERSION:
        return f"its format version {version[0]}.{version[1]} is not known here"
    if head.integer_size != 4 or head.offset_size not in {4, 8}:
        return "its integers have a size that is not known here"
    return ""


def _kind(number: int) -> str:
    if not 0 <= number < 128:
        raise Malformed(f"a relation of the kind {number}")
    return chr(number) if number else ""


def _dependencies(fields: Fields) -> tuple[int, ...]:
    numbers: list[int] = []
    while (raw := fields.raw()) is not None:
        if len(raw) > 20 or not raw.isdigit() or len(numbers) == MOST_DEPENDENCIES:
            raise Malformed("dependencies that are none")
        numbers.append(int(raw))
    return tuple(numbers)
