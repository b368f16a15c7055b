"""Archives in pg_dump's custom format, as pg_dump 16 writes it, made of what a scene says is in them.

Between the pieces there are holes: a dump of 6 GB takes no room. Compressed by gzip, which is read without
pg_restore, whatever the scene's manifest says.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Values = Sequence[str | None]
_NO_STRING = b"\1\1\0\0\0"
_DATA = 1
_PRE, _ROWS, _POST = 2, 3, 4


@dataclass(frozen=True)
class Table:
    """A table of an archive and its rows, or as many as are looked at."""

    schema: str
    name: str
    columns: Sequence[str]
    rows: Sequence[Values]
    primary_key: str = ""
    indexes: Sequence[str] = ()


@dataclass(frozen=True)
class Others:
    """What else is in it: names by pg_dump's name of the kind."""

    schema: str
    names: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Sparse:
    """Bytes with holes, by where they begin."""

    pieces: Mapping[int, bytes]

    def read(self, start: int, end: int) -> bytes:
        """Holes read as zeros."""
        content = bytearray(end - start)
        for at, piece in self.pieces.items():
            begin, stop = max(start, at), min(end, at + len(piece))
            if begin < stop:
                content[begin - start : stop - start] = piece[begin - at : stop - at]
        return bytes(content)


def archive(
    database: str, tables: Sequence[Table], others: Others, begins: Mapping[str, int] | None = None
) -> tuple[Sparse, dict[int, int]]:
    """The archive, and where the data of each dump id begins.

    `begins`: where the rows of tables begin, by `schema.name`; others follow the one before.
    """
    contents = _contents(database, tables, others)
    offsets: dict[int, int] = {}
    pieces = {0: contents}
    at = len(contents)
    for number, table in enumerate(tables):
        block = _block(_data_id(number), table)
        at = max(at, (begins or {}).get(f"{table.schema}.{table.name}", at))
        offsets[_data_id(number)] = at
        pieces[at] = block
        at += len(block)
    return Sparse(pieces), offsets


def _data_id(number: int) -> int:
    return 100_000 + number


def _contents(database: str, tables: Sequence[Table], others: Others) -> bytes:
    entries = []
    for number, table in enumerate(tables):
        table_id, full = 1_000 + number, f"{_quoted(table.schema)}.{_quoted(table.name)}"
        about = (table.name, table.schema)
        entries.append(_entry(table_id, "TABLE", *about, _PRE, definition=f"CREATE TABLE {full} ();\n"))
        columns = ", ".join(map(_quoted, table.columns))
        copy = f"COPY {full} ({columns}) FROM stdin;\n"
        entries.append(_entry(_data_id(number), "TABLE DATA", *about, _ROWS, copy=copy, needs=(table_id,)))
        if table.primary_key:
            named = f"ALTER TABLE ONLY {full}\n    ADD CONSTRAINT pkey PRIMARY KEY ({table.primary_key});\n"
            key = (f"{table.name} pkey", table.schema, _POST)
            entries.append(_entry(300_000 + number, "CONSTRAINT", *key, definition=named, needs=(table_id,)))
        for index, name in enumerate(table.indexes):
            number_of_it = 400_000 + 1_000 * number + index
            entries.append(_entry(number_of_it, "INDEX", name, table.schema, _POST, needs=(table_id,)))
    kinds = [(kind, name) for kind, names in others.names.items() for name in names]
    for number, (kind, name) in enumerate(kinds):
        entries.append(_entry(700_000 + number, kind, name, others.schema, _POST))
    entries.append(_entry(1, "ENCODING", "ENCODING", "", _PRE, definition="SET client_encoding = 'UTF8';\n"))
    head = b"PGDMP" + bytes([1, 15, 0, 4, 8, 1, 1])
    times = b"".join(map(_integer, (4, 0, 12, 23, 10, 126, 0)))
    versions = b"".join(map(_string, (database, "16.4 (Debian 16.4-1.pgdg120+1)", "16.9")))
    return head + times + versions + _integer(len(entries)) + b"".join(entries)


def _entry(
    number: int,
    kind: str,
    name: str,
    schema: str,
    section: int,
    *,
    definition: str = "",
    copy: str = "",
    needs: Sequence[int] = (),
) -> bytes:
    has_data = bool(copy)
    return b"".join(
        (
            _integer(number),
            _integer(has_data),
            _string("0"),
            _string("0"),
            _string(name),
            _string(kind),
            _integer(section),
            _string(definition),
            _string(""),
            _string(copy) if copy else _NO_STRING,
            _string(schema) if schema else _NO_STRING,
            _NO_STRING,
            _NO_STRING,
            _string("indexd"),
            _string("false"),
            *(_string(str(need)) for need in needs),
            _NO_STRING,
            bytes([1 if has_data else 3]),
            bytes(8),
        )
    )


def _block(number: int, table: Table) -> bytes:
    text = "".join("\t".join(map(_value, row)) + "\n" for row in table.rows) + "\\.\n\n\n"
    stream = zlib.compress(text.encode("utf-8", "surrogateescape"))
    return bytes([_DATA]) + _integer(number) + _integer(len(stream)) + stream + _integer(0)


def _value(value: str | None) -> str:
    if value is None:
        return "\\N"
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _integer(value: int) -> bytes:
    return b"\0" + int(value).to_bytes(4, "little")


def _string(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return _integer(len(raw)) + raw
