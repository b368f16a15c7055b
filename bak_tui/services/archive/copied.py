"""Rows as COPY writes them: columns between tabs, a row a line, `\\N` for NULL, a line `\\.` behind the last.

The format is PostgreSQL's text format (COPY, "File Formats"). The bytes are anybody's: what is no such text
comes out as the text that it is.
"""

from __future__ import annotations

import re

from bak_tui.services.archive.fields import text_of

Row = tuple[str | None, ...]
"""None is NULL."""

LONGEST_VALUE = 1024
"""Bytes of a value that are looked at; the rest is told by `…`."""
MOST_COLUMNS = 1664
"""PostgreSQL's MaxTupleAttributeNumber; a table has at most 1600."""
_CUT = "…"
_PART = re.compile(r'"(?:[^"]|"")*"|[^\s"(),;.]+|[(),;.]')
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)
_NAMED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def columns_of(copy: str) -> tuple[str, ...]:
    """The columns that a `COPY schema.table (a, "b c") FROM stdin;` names."""
    parts = (match[0] for match in _PART.finditer(copy))
    names: list[str] = []
    is_inside = False
    for part in parts:
        if part == "(":
            is_inside = True
        elif part == ")" or len(names) == MOST_COLUMNS:
            break
        elif is_inside and part not in {",", ";", "."}:
            names.append(_unquoted(part))
    return tuple(names)


def rows_of(text: bytes, most: int, *, is_whole: bool) -> tuple[tuple[Row, ...], bool]:
    """The first rows, `most` at most, and whether the table has no more.

    A row that is cut off is left out, unless `is_whole` says that nothing follows `text`.
    """
    rows: list[Row] = []
    at = 0
    while len(rows) < most:
        end = text.find(b"\n", at)
        if text[at : at + 2] == b"\\." and (end < 0 or end == at + 2):
            return tuple(rows), True
        if end < 0:
            if is_whole and at < len(text):
                rows.append(_row(text[at:]))
            return tuple(rows), is_whole
        rows.append(_row(text[at:end]))
        at = end + 1
    return tuple(rows), text[at : at + 2] == b"\\."


def lines_of(text: bytes, most: int, *, is_whole: bool) -> tuple[tuple[Row, ...], bool]:
    """As `rows_of`, of rows that are statements, one a line, as `pg_dump --inserts` writes them.

    Empty lines are none; what is behind some kilobytes a row is not looked at.
    """
    looked_at = text[: most * (LONGEST_VALUE + 1) * 4]
    is_whole = is_whole and len(looked_at) == len(text)
    lines = looked_at.split(b"\n")
    if not is_whole:
        lines.pop()
    told = [line for line in lines if line.strip()]
    return tuple((_shown(line),) for line in told[:most]), is_whole and len(told) <= most


def _row(line: bytes) -> Row:
    return tuple(_value(value) for value in line.split(b"\t", MOST_COLUMNS)[:MOST_COLUMNS])


def _value(raw: bytes) -> str | None:
    if raw == b"\\N":
        return None
    return _shown(raw, is_escaped=True)


def _shown(raw: bytes, *, is_escaped: bool = False) -> str:
    short = raw[:LONGEST_VALUE]
    text = text_of(_ESCAPE.sub(_meant, short) if is_escaped else short)
    return text + _CUT if len(raw) > LONGEST_VALUE else text


def _meant(match: re.Match[bytes]) -> bytes:
    said: bytes = match[1]
    if said in _NAMED:
        return _NAMED[said]
    if said.isdigit():
        return bytes([int(said, 8) & 0xFF]) if said[:1] in b"01234567" else said
    if said[:1] == b"x" and len(said) > 1:
        return bytes([int(said[1:], 16)])
    return said


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
