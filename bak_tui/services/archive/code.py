"""What code an archive brings along, by its table of contents: told before anything of it runs.

Everything is code that is not known to be harmless: see `statements`. Kinds that are code whatever they say
(functions, triggers, extensions, servers elsewhere …) are so because no statement that makes one is known.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bak_tui.services.archive.fields import Malformed
from bak_tui.services.archive.header import GZIP_WBITS, TAR_BLOCK, Kind, recognise
from bak_tui.services.archive.statements import harm_of
from bak_tui.services.archive.toc import TocEntry, TocReader, unknown_layout

LOOKED_AT = 1024 * 1024
"""Bytes from the beginning; a thousand tables have about half as much."""

_NEVER_SENT = frozenset({"ENCODING", "STDSTRINGS", "DATABASE", "DATABASE PROPERTIES"})
"""pg_restore reads a setting out of the first two, and makes databases with --create only: never here."""
_LARGE_OBJECTS = "BLOBS"
"""Its data are bytes; that of all others without a COPY is SQL."""
_LIST_OF_LARGE_OBJECTS = "BLOB METADATA"
"""Since pg_dump 17; its definition is their numbers, around each of which pg_restore puts a statement."""
_NO_DROP = "-- dummy"
_NUMBERS = re.compile(r"[0-9\n]*")
_CODE = {
    "FUNCTION": "function",
    "PROCEDURE": "procedure",
    "AGGREGATE": "aggregate",
    "TRIGGER": "trigger",
    "EVENT TRIGGER": "event trigger",
    "RULE": "rule",
    "PROCEDURAL LANGUAGE": "language",
    "EXTENSION": "extension",
    "OPERATOR": "operator",
    "CAST": "cast",
    "TRANSFORM": "transform",
    "FOREIGN DATA WRAPPER": "foreign data wrapper",
    "SERVER": "foreign server",
    "FOREIGN TABLE": "foreign table",
    "SUBSCRIPTION": "subscription",
}
"""What needs no reason to be given: what it is says it."""
_ROUTINES = frozenset({"FUNCTION", "PROCEDURE", "AGGREGATE"})


@dataclass(frozen=True, slots=True)
class CodeItem:
    """One thing that runs, or lets something run."""

    kind: str
    """In the singular: `function`, `event trigger`; `statement` where nothing but the reason tells it."""
    name: str
    """`public.fine(integer)`; of a statement what it is for, and why: `table public.t (calls lo_export)`."""


@dataclass(frozen=True, slots=True)
class Code:
    """All that was found, in the archive's order."""

    items: tuple[CodeItem, ...]
    is_whole: bool
    """Whether the whole table of contents was looked at."""
    seal: str = ""
    """SHA-256 of every statement that was looked at: who agrees to this agrees to no other."""


def code_in(begin: bytes) -> Code | None:
    """By the first `LOOKED_AT` bytes of a file; None of what is no archive, or of an unknown version."""
    begin = _unwrapped(begin)
    head = recognise(begin)
    if head.kind not in {Kind.CUSTOM, Kind.DIRECTORY} or unknown_layout(head):
        return None
    reader = TocReader(head, keeps_statements=True)
    entries = tuple(_readable(reader, begin[head.length :]))
    found = [(entry, harm) for entry in entries if (harm := _harm(entry))]
    routines = {entry.name.partition("(")[0] for entry, _ in found if entry.desc in _ROUTINES}
    items = tuple(_item(entry, harm) for entry, harm in found if not _is_told(harm, routines))
    return Code(items, reader.has_ended, _seal(entries))


def _seal(entries: tuple[TocEntry, ...]) -> str:
    """Where data lies does not belong to it: in a copy of ours that is filled in."""
    sha256 = hashlib.sha256()
    for entry in entries:
        sent = (entry.desc, entry.namespace, entry.tag, entry.owner, entry.has_data, entry.statements)
        sha256.update(repr(sent).encode("utf-8", "surrogateescape"))
    return sha256.hexdigest()


def _harm(entry: TocEntry) -> str:
    """Why it is code; empty when it is known to be none."""
    if entry.desc in _NEVER_SENT:
        return ""
    if entry.desc in _CODE:
        return entry.desc
    definition, drop, copy = entry.statements or ("", "", "")
    if entry.desc == _LIST_OF_LARGE_OBJECTS:
        definition = "" if _NUMBERS.fullmatch(definition) else definition
        drop = "" if drop == _NO_DROP else drop
    if entry.has_data and not copy.strip() and entry.desc != _LARGE_OBJECTS:
        return "its rows are statements"
    return harm_of(definition) or harm_of(drop) or harm_of(copy, is_copy=True)


def _is_told(harm: str, routines: set[str]) -> bool:
    """Whether all it does is to call what is in the list itself."""
    return harm.removeprefix("calls ").replace('"', "") in routines


def _item(entry: TocEntry, harm: str) -> CodeItem:
    if entry.desc in _CODE:
        return CodeItem(_CODE[entry.desc], entry.name)
    return CodeItem("statement", f"{entry.desc.lower()} {entry.name} ({harm})")


def _readable(reader: TocReader, data: bytes) -> Iterator[TocEntry]:
    """Up to where it makes no sense any more: a restore refuses that itself, in its own words."""
    try:
        yield from reader.entries(data)
    except Malformed:
        return


def _unwrapped(begin: bytes) -> bytes:
    """As far as it is an archive in a gzip file, or pg_dump's own tar file."""
    head = recognise(begin)
    if head.kind is Kind.GZIP and head.inside:
        try:
            return _unwrapped(zlib.decompressobj(wbits=GZIP_WBITS).decompress(begin, LOOKED_AT))
        except zlib.error:
            return b""
    if head.kind is Kind.TAR and head.inside:
        return begin[TAR_BLOCK:]
    return begin
