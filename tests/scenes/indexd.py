"""What is inside the newest dump of indexd-prod: 212 tables and some of their rows, functions, indexes …"""

from __future__ import annotations

import hashlib
from functools import cache

from bak_tui.core.manifest import TableRecord
from tests.scenes.archive import Others, Sparse, Table, archive

_BEGINS = {
    "public.index_record_hash": 1_204_118_016,
    "public.index_record_url": 2_090_004_480,
    "public.index_record_authz": 3_900_011_520,
    "public.index_record_metadata": 4_702_208_000,
}
"""Bytes; the first two of picture 07."""
_MANY = 120
"""More rows than are looked at."""
_HASHES = ("md5", "sha256", "crc")
_COLUMNS = {
    "index_record": (
        *("did", "baseid", "rev", "form", "size", "created_date", "updated_date", "file_name"),
        *("version", "uploader", "description", "content_created_date", "content_updated_date"),
    ),
    "index_record_hash": ("did", "hash_type", "hash_value"),
    "index_record_url": ("did", "url"),
    "index_record_authz": ("did", "resource"),
    "index_record_ace": ("did", "ace"),
    "alembic_version": ("version_num",),
    "login": ("at", "username", "address"),
}
_KEYS = {"index_record": "did", "index_record_hash": "did, hash_type", "index_record_url": "did, url"}


@cache
def indexd(tables: tuple[tuple[str, str], ...]) -> tuple[Sparse, dict[int, int]]:
    """The archive with these tables (schema and name), in order, and its offsets by dump id."""
    made = [_table(schema, name) for schema, name in tables]
    others = {
        "FUNCTION": [f"stat_{number:02}()" for number in range(14)],
        "INDEX": [f"day_{number:03}_at_idx" for number in range(386)],
        "ACL": [f"TABLE day_{number:03}" for number in range(61)],
    }
    return archive("indexd-prod", made, Others("stats", others), _BEGINS)


def offsets_of(tables: list[TableRecord]) -> dict[str, int]:
    """As a manifest tells them."""
    return {str(number): at for number, at in indexd(names_of(tables))[1].items()}


def names_of(tables: list[TableRecord]) -> tuple[tuple[str, str], ...]:
    return tuple((table.schema_name, table.name) for table in tables)


def _table(schema: str, name: str) -> Table:
    columns = _COLUMNS.get(name, ("at", "value"))
    return Table(
        schema,
        name,
        columns,
        [_row(name, columns, number) for number in range(_rows_of(name))],
        primary_key=_KEYS.get(name, ""),
        indexes=("hash_type_idx",) if name == "index_record_hash" else (),
    )


def _rows_of(name: str) -> int:
    if name == "index_record_ace":
        return 0
    return 1 if "version" in name else _MANY


def _row(name: str, columns: tuple[str, ...], number: int) -> tuple[str | None, ...]:
    record = number // 2 if name == "index_record_hash" else number
    return tuple(_value(column, record, number) for column in columns)


def _value(column: str, record: int, number: int) -> str | None:
    """Of a column that is none of these some letters."""
    digest = hashlib.sha256(f"{column} {record}".encode()).hexdigest()
    is_odd = number == 6
    length = 32 if number % 2 == 0 else 64
    moment = f"2026-11-{1 + record % 22:02} 09:{record % 60:02}:12.{digest[:2]}"
    did = f"0a1f{15_442 + 7 * record:04x}-{digest[:4]}-4{digest[4:7]}"
    values: dict[str, str | None] = {
        "did": did,
        "baseid": did,
        "hash_type": _HASHES[2] if is_odd else _HASHES[number % 2],
        "hash_value": None if is_odd else hashlib.sha256(str(number).encode()).hexdigest()[:length],
        "size": str(int(digest[:8], 16)),
        "created_date": moment,
        "updated_date": moment,
        "at": moment,
        "uploader": None,
        "description": None,
        "version": None,
        "form": "object",
        "url": f"s3://aced-objects/{digest[:8]}/reads.cram",
        "resource": f"/programs/p{record % 7}/projects/{digest[:4]}",
        "username": f"researcher{record % 9}@example.org",
        "address": f"10.0.{record % 4}.{record % 200}",
    }
    return values.get(column, digest[:12])
