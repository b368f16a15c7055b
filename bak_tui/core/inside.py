"""What is inside a dump, by its table of contents: schemas with their tables, everything else by its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from bak_tui.core.manifest import Manifest
from bak_tui.core.parts import Span

_PARTS = frozenset(
    {
        *("TABLE DATA", "TABLE ATTACH", "INDEX ATTACH", "SEQUENCE SET", "SEQUENCE OWNED BY"),
        *("MATERIALIZED VIEW DATA", "STATISTICS DATA", "BLOBS", "SCHEMA", "TABLE"),
        *("ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES"),
    }
)
"""What is told with something else, or is a setting."""
_KINDS = {
    "ACL": "grants",
    "DEFAULT ACL": "grants",
    "FUNCTION": "functions",
    "PROCEDURE": "functions",
    "AGGREGATE": "functions",
    "INDEX": "indexes",
    "CONSTRAINT": "constraints",
    "CHECK CONSTRAINT": "constraints",
    "FK CONSTRAINT": "foreign keys",
    "DOMAIN": "types",
    "SHELL TYPE": "types",
    "POLICY": "policies",
    "ROW SECURITY": "policies",
    "OPERATOR FAMILY": "operator families",
    "OPERATOR CLASS": "operator classes",
    "PROCEDURAL LANGUAGE": "languages",
    "STATISTICS": "statistics",
    "BLOB": "large objects",
    "BLOB METADATA": "large objects",
    "SECURITY LABEL": "security labels",
}
"""pg_dump's names of kinds in the words people use; of the others the plural."""
_OF_OTHERS = frozenset({"ACL", "COMMENT", "SECURITY LABEL"})
_FIRST = ("functions", "indexes", "grants")


class Entry(Protocol):
    """An entry of an archive's table of contents."""

    @property
    def dump_id(self) -> int: ...
    @property
    def desc(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def has_data(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class TableInside:
    """A table of the dump. What nobody has told is None."""

    schema: str
    name: str
    rows: int | None = None
    size: int | None = None
    """Bytes: see `Inside.sizes`."""
    data_id: int | None = None
    """The dump id of its rows; None where the dump has none of them."""

    @property
    def full_name(self) -> str:
        """As `--table` takes it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class SchemaInside:
    """A schema and its tables, by name."""

    name: str
    tables: tuple[TableInside, ...]

    @property
    def size(self) -> int | None:
        """Of all its tables; None where not every one's is known."""
        sizes = [table.size for table in self.tables]
        return None if None in sizes or not sizes else sum(each or 0 for each in sizes)


@dataclass(frozen=True, slots=True)
class KindInside:
    """Everything of one kind, by name."""

    name: str
    """In the plural: `functions`."""
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """Schemas, `public` first, and then what else there is."""

    schemas: tuple[SchemaInside, ...]
    kinds: tuple[KindInside, ...]
    sizes: str = ""
    """Of what the sizes are: `on the server`, `in the dump`; empty where none is known."""


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The first rows of a table, in the dump's order, and what else its table of contents tells of it."""

    table: TableInside
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    """None is NULL."""
    is_all: bool = False
    """Whether it has no more."""
    remark: str = ""
    """Why there are none; empty when there are, or the table is empty."""
    primary_key: str = ""
    """Its columns, as the dump writes them."""
    indexes: int = 0
    lies: str = ""
    """Where in the dump its rows are; empty where that is not known."""


@dataclass
class _Found:
    """What was met of one schema."""

    tables: dict[str, int | None] = field(default_factory=dict)
    """The dump id of each one's rows, by its name."""


_NOWHERE: Mapping[int, Span] = MappingProxyType({})


def inside(
    entries: Iterable[Entry], manifest: Manifest | None = None, spans: Mapping[int, Span] = _NOWHERE
) -> Inside:
    """By an archive's entries. Rows and sizes are the manifest's; without one sizes are those of `spans`.

    `spans`: where the data of each entry lies, in bytes, by dump id.
    """
    found: dict[str, _Found] = {}
    kinds: dict[str, list[str]] = {}
    for entry in entries:
        if entry.desc == "SCHEMA":
            found.setdefault(entry.tag, _Found())
        elif entry.desc in {"TABLE", "TABLE DATA"}:
            tables = found.setdefault(entry.namespace, _Found()).tables
            tables.setdefault(entry.tag, None)
            if entry.has_data:
                tables[entry.tag] = entry.dump_id
        elif entry.desc not in _PARTS:
            kinds.setdefault(_kind(entry.desc), []).append(_name(entry))
    told = {(each.schema_name, each.name): each for each in (manifest.tables or [] if manifest else [])}

    def table(schema: str, name: str, data_id: int | None) -> TableInside:
        record = told.get((schema, name))
        if record is not None:
            return TableInside(schema, name, record.rows, record.bytes, data_id)
        span = None if told or data_id is None else spans.get(data_id)
        return TableInside(schema, name, None, max(0, span[1] - span[0]) if span else None, data_id)

    schemas = [
        SchemaInside(name, tuple(table(name, each, of.tables[each]) for each in sorted(of.tables)))
        for name, of in sorted(found.items(), key=lambda item: (item[0] != "public", item[0]))
    ]
    sizes = "on the server" if told else "in the dump" if spans else ""
    ordered = [*(name for name in _FIRST if name in kinds), *sorted(kinds.keys() - set(_FIRST))]
    return Inside(
        tuple(schemas), tuple(KindInside(name, tuple(sorted(kinds[name]))) for name in ordered), sizes
    )


def _name(entry: Entry) -> str:
    """What a person calls it. The tags of grants and comments say of what kind of thing they are."""
    if not entry.namespace:
        return entry.tag
    if entry.desc in _OF_OTHERS:
        return f"{entry.tag} in {entry.namespace}"
    return f"{entry.namespace}.{entry.tag}"


def _kind(desc: str) -> str:
    return _KINDS.get(desc) or f"{desc.lower()}s"
