"""Databases and what is counted in them, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bak_tui.core.marks import Mark

KEPT_WAYS = "bak undo gives it back, bak doctor --drop drops it"
"""What may be done with a kept database."""


@dataclass(frozen=True, slots=True)
class Locale:
    """What `CREATE DATABASE` needs to make an equal one."""

    encoding: str
    provider: str
    """`libc`, `icu` or `builtin`."""
    collate: str
    ctype: str
    locale: str | None = None
    """The ICU or builtin locale's name."""
    rules: str | None = None
    """What an ICU locale was changed by (from 16 on)."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database of a server; never one of the two templates that every server has."""

    name: str
    oid: int
    owner: str
    size: int | None
    """Bytes; None when we may not connect to it and so may not ask."""
    locale: Locale
    accepts_connections: bool = True
    mark: Mark | None = None
    """What its comment says it is of our making: scratch or kept, and nobody's duty to back up."""
    is_template: bool = False
    """Marked as one by somebody: backed up only when it is named."""

    @property
    def is_ours(self) -> bool:
        """By its mark, never by its name."""
        return self.mark is not None

    @property
    def is_scratch(self) -> bool:
        """Being restored into, or left by a run that was killed: nobody's data."""
        return self.mark is not None and not self.mark.is_kept

    @property
    def kept_of(self) -> str:
        """The name it had before a swap put it aside; empty when none did."""
        return self.mark.database if self.mark is not None and self.mark.is_kept else ""

    @property
    def aside(self) -> str:
        """Why it is left out when all are meant, in words; empty when it is not."""
        if self.mark is not None:
            return self.mark.aside
        if self.is_template:
            return "it is a template"
        return "" if self.accepts_connections else "it takes no connections"


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """Which server this is, for the manifest and the header."""

    version: str
    """As the server says it: `15.18 (Debian 15.18-0+deb12u1)`."""
    version_num: int
    """`150018`."""
    system_identifier: str | None
    """Of pg_control; None when we may not read it."""
    host: str
    port: int

    @property
    def major(self) -> int:
        return self.version_num // 10000

    @property
    def address(self) -> str:
        """`host:port`, as the session says."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ServerDisk:
    """The disk that a server's databases lie on."""

    free: int | None
    """Bytes; None when they are not known."""
    why: str = ""
    """In words, why they are not."""


@dataclass(frozen=True, slots=True)
class Table:
    """A relation whose rows are counted."""

    schema: str
    name: str
    size: int
    """Bytes, `pg_table_size`."""
    is_hollow: bool = False
    """An unlogged table as a standby has it: without rows, and nobody may ask for them."""

    @property
    def qualified(self) -> str:
        """`schema.name`, unquoted: what pg_dump's messages and the manifest call it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Catalog:
    """What of a database is counted: its content, apart from what extensions own."""

    tables: tuple[Table, ...]
    """Ordinary, unlogged and partition-leaf tables."""
    materialized_views: tuple[Table, ...] = ()
    wandering: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Partitions, and the table of theirs within which a restore puts a row where its own hash says."""

    @property
    def size(self) -> int:
        return sum(table.size for table in self.tables)

    @property
    def notes(self) -> tuple[str, ...]:
        """What of it no dump of this server can hold, in sentences."""
        return tuple(
            f"{table.qualified} is unlogged: a standby has no rows of it"
            for table in self.tables
            if table.is_hollow
        )


@dataclass(frozen=True, slots=True)
class LargeObjects:
    """Number and bytes; bytes is None when the role may not read them."""

    number: int
    size: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Exact rows by (schema, name)."""

    tables: dict[tuple[str, str], int] = field(default_factory=dict)
    materialized_views: dict[tuple[str, str], int] = field(default_factory=dict)
    large_objects: LargeObjects = LargeObjects(0, 0)
    hashes: dict[tuple[str, str], str] = field(default_factory=dict)
    """Of the tables' contents, where they were asked for."""
    wandering: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """See `Catalog`."""

    @property
    def rows(self) -> int:
        return sum(self.tables.values())
