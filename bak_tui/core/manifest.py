"""The manifest: the JSON object written last, beside a dump. It is the commit point of a backup.

Readers keep fields they do not know; a field not filled yet is null. Anybody may have written to the
bucket, so a manifest is hostile input until `parse_manifest` has taken it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bak_tui.core.databases import Catalog, Counts, ServerIdentity, Table
from bak_tui.core.dump_format import TOC_NAME, DumpFormat
from bak_tui.core.errors import IntegrityError
from bak_tui.core.moments import Moment
from bak_tui.core.parts import MAX_PART_SIZE, MIN_PART_SIZE, PartDigest, PartPlan, StreamDigest
from bak_tui.core.requirements import Requirements

SCHEMA = 1
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
"""A manifest of 10,000 parts and 100,000 tables has about 20 MB; more is not ours."""

Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
Amount = Annotated[int, Field(ge=0, lt=2**63)]
"""Bytes or rows: what a 64-bit server can have of them."""
DumpId = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}$")]
"""An archive's number for one of its entries, a JSON object's key."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class ServerRecord(_Record):
    """Where it was dumped."""

    host: str
    port: int
    version: str
    version_num: int
    system_identifier: str | None = None


class ToolsRecord(_Record):
    """What dumped it."""

    bak_tui: str
    pg_dump: str
    pg_dump_major: int


class PartRecord(_Record):
    """One part as it was sent; sizes in bytes, hashes in lower-case hex."""

    size: Amount
    sha256: str = Sha256
    md5: str = Field(pattern=r"^[0-9a-f]{32}$")


class FileRecord(_Record):
    """One file of a directory-format dump, cut as the manifest's `part_size` says."""

    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.]{0,99}$")
    size: Amount
    sha256: str = Sha256
    parts: list[PartRecord] = Field(min_length=1)

    @property
    def digest(self) -> StreamDigest:
        """Its hashes, as values."""
        return _digest(self.size, self.sha256, self.parts)


class TableRecord(_Record):
    """Exact rows in the dump's own snapshot (null when counting was turned off) and bytes on the server."""

    schema_name: str = Field(alias="schema")
    name: str
    rows: Amount | None
    bytes: Amount
    content_hash: str | None = None
    """`<encoding>/<sum of the rows' hashes>`, on request; comparable within one encoding."""


class LargeObjectsRecord(_Record):
    """How many, and how many bytes; null where the role may not read them."""

    number: Amount
    bytes: Amount | None = None


class GlobalsRecord(_Record):
    """The roles and tablespaces taken in the same run; `path` is below the prefix or the folder."""

    path: str
    size: Amount
    sha256: str = Sha256
    has_passwords: bool


class Manifest(_Record):
    """Schema 1."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    id: str
    run_id: str
    database: str = Field(min_length=1, pattern=r"^[^\x00]*$")
    server: ServerRecord
    tools: ToolsRecord
    format: DumpFormat = DumpFormat.CUSTOM
    compression: str
    options: list[str]
    started: Moment
    finished: Moment
    snapshot_at: Moment
    size: Amount
    """Of a directory: of all its files."""
    sha256: str = Sha256
    """Of the whole; of a directory: of what `sha256sum` prints of its files, in the order of `files`."""
    part_size: int = Field(ge=MIN_PART_SIZE, le=MAX_PART_SIZE)
    parts: list[PartRecord]
    """Of the one object; a directory's files have theirs."""
    files: list[FileRecord] | None = None
    """Every file of a directory, by name; null for a custom-format dump."""
    offsets: dict[DumpId, Amount] | None = None
    """Where each data entry begins, by dump id; null when the archive's format was not known."""
    checked: list[str]
    """What was checked after writing: of `parts`, `size`, `etag`, `manifest`."""
    requirements: Requirements | None = None
    globals: GlobalsRecord | None = None
    tables: list[TableRecord] | None = None
    materialized_views: list[TableRecord] | None = None
    large_objects: LargeObjectsRecord | None = None
    warnings: list[str] = Field(default_factory=list)
    note: str | None = None

    @property
    def rows(self) -> int | None:
        """All rows counted, None when any table's were not."""
        counts = [table.rows for table in self.tables or []]
        if self.tables is None or None in counts:
            return None
        return sum(count for count in counts if count is not None)

    @property
    def data_offsets(self) -> dict[int, int] | None:
        """`offsets`, as numbers."""
        return None if self.offsets is None else {int(number): at for number, at in self.offsets.items()}

    @property
    def has_hashes(self) -> bool:
        """Whether the contents of its tables were hashed."""
        return any(table.content_hash is not None for table in self.tables or [])

    @property
    def digest(self) -> StreamDigest:
        """The dump's hashes, as values."""
        return _digest(self.size, self.sha256, self.parts)

    def to_json(self) -> bytes:
        return self.model_dump_json(by_alias=True, indent=1).encode()


def parse_manifest(raw: bytes, where: str) -> Manifest:
    """Take a manifest found at `where`. Raises IntegrityError naming what is wrong in it."""
    try:
        manifest = Manifest.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise IntegrityError(
            f"{where} is not a manifest this version can read: {place}: {first['msg']}",
            hint="another program wrote it, or it is damaged",
            kind="bad_manifest",
        ) from error
    if not _adds_up(manifest):
        raise IntegrityError(
            f"{where} contradicts itself: its parts do not add up to the whole", kind="bad_manifest"
        )
    return manifest


def _adds_up(manifest: Manifest) -> bool:
    """Whether the parts make up the whole, each but the last as long as the plan says."""
    plan = PartPlan(manifest.part_size)
    if manifest.format is DumpFormat.CUSTOM:
        return manifest.files is None and _is_cut_so(manifest.parts, manifest.size, plan)
    files = manifest.files or []
    names = {file.name for file in files}
    return (
        not manifest.parts
        and TOC_NAME in names
        and len(names) == len(files)
        and all(_is_cut_so(file.parts, file.size, plan) for file in files)
        and sum(file.size for file in files) == manifest.size
        and sha256_of_files(files) == manifest.sha256
    )


def _is_cut_so(parts: Sequence[PartRecord], size: int, plan: PartPlan) -> bool:
    sizes = [part.size for part in parts]
    planned = [plan.size_of(number) for number in range(1, len(sizes) + 1)]
    return sum(sizes) == size and sizes[:-1] == planned[:-1] and sizes[-1:] <= planned[-1:]


def sha256_of_files(files: Sequence[FileRecord]) -> str:
    """Of the lines `sha256sum` prints of them, in that order: one hash for a whole directory."""
    return hashlib.sha256("".join(f"{file.sha256}  {file.name}\n" for file in files).encode()).hexdigest()


def table_records(
    tables: tuple[Table, ...],
    rows: Mapping[tuple[str, str], int],
    hashes: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> list[TableRecord]:
    """One record a counted relation."""
    return [
        TableRecord(
            schema=table.schema,
            name=table.name,
            rows=rows.get((table.schema, table.name)),
            bytes=table.size,
            content_hash=hashes.get((table.schema, table.name)),
        )
        for table in tables
    ]


def counted_fields(catalog: Catalog, counts: Counts) -> dict[str, object]:
    """The manifest's fields that hold counts."""
    objects = counts.large_objects
    return {
        "tables": table_records(catalog.tables, counts.tables, counts.hashes),
        "materialized_views": table_records(catalog.materialized_views, counts.materialized_views),
        "large_objects": LargeObjectsRecord(number=objects.number, bytes=objects.size),
    }


def server_record(identity: ServerIdentity) -> ServerRecord:
    return ServerRecord(
        host=identity.host,
        port=identity.port,
        version=identity.version,
        version_num=identity.version_num,
        system_identifier=identity.system_identifier,
    )


def part_records(digest: StreamDigest) -> list[PartRecord]:
    return [PartRecord(size=part.size, sha256=part.sha256, md5=part.md5) for part in digest.parts]


def file_record(name: str, digest: StreamDigest) -> FileRecord:
    return FileRecord(name=name, size=digest.size, sha256=digest.sha256, parts=part_records(digest))


def _digest(size: int, sha256: str, parts: Sequence[PartRecord]) -> StreamDigest:
    return StreamDigest(size, sha256, tuple(PartDigest(part.size, part.sha256, part.md5) for part in parts))


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
