"""gen3-prod as the mock-ups tell it: twelve databases, their dumps, and one that only lives in the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bak_tui.core.checks import Check, CheckedBy, CheckKind, CheckResult
from bak_tui.core.databases import Database, Locale, ServerIdentity
from bak_tui.core.levels import Level
from bak_tui.core.manifest import (
    Manifest,
    PartRecord,
    ServerRecord,
    TableRecord,
    ToolsRecord,
)
from bak_tui.core.names import check_path, dump_path, manifest_path
from bak_tui.core.objects import StoredObject
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.requirements import ExtensionRecord, Requirements
from bak_tui.core.stored_complaints import parse_profile
from tests.scenes.archive import Sparse
from tests.scenes.indexd import indexd, names_of, offsets_of

NOW = datetime(2026, 11, 23, 14, 6, 12, tzinfo=UTC)
PROFILE = Profile(
    "gen3-prod",
    Server(host="db.gen3.internal", port="5432", user="backup", extra={"sslmode": "verify-full"}),
    Target(bucket="aced-backups", prefix="gen3/", endpoint="https://rgw.gen3.internal"),
    environment="PROD",
)
STORED = parse_profile(
    "gen3-prod",
    {
        "environment": "PROD",
        "server": {"host": "db.gen3.internal", "port": 5432, "user": "backup", "sslmode": "verify-full"},
        "target": {
            "bucket": "aced-backups",
            "prefix": "gen3/",
            "endpoint": "https://rgw.gen3.internal",
            "addressing": "path",
            "ca_bundle": "/etc/ssl/aced-ca.pem",
            "keys": {"from": "profile", "name": "ceph-backup"},
        },
    },
)
SERVER_TRIED = (
    ("server", "PostgreSQL 16.4, 12 databases, 88.2 GB"),
    ("psycopg", "connected in 41 ms, TLS 1.3"),
    ("pg_dump", "16.9 connects (/usr/lib/postgresql/16/bin)"),
    ("may read", "gecko-prod: this role may not read public.gecko_audit; grant it SELECT there"),
)
TARGET_TRIED = (
    (
        "bucket",
        "Ceph RGW, s3://aced-backups/gen3/ at https://rgw.gen3.internal, keys from ~/.aws: 212 ms",
    ),
    *((step, "works") for step in ("list", "put", "get", "multipart", "delete")),
    ("quirk", "no batch delete: objects are deleted one by one"),
)
"""What a test of both ends finds."""
IDENTITY = ServerIdentity(
    "16.4 (Debian 16.4-1.pgdg120+1)", 160004, "7301884225571632411", "db.gen3.internal", 5432
)
FOLDER = Path("/var/backups/gen3")
FOLDERS = ("2026-10", "2026-11", "handover", "keys")
"""Of this machine: where a dump may go."""
KB, MB, GB = 10**3, 10**6, 10**9
_LOCALE = Locale("UTF8", "libc", "en_US.utf8", "en_US.utf8")
_NOON = datetime(2026, 11, 23, 12, 0, 4, tzinfo=UTC)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Dump:
    """One dump in the bucket."""

    database: str
    taken: datetime
    size: int
    tables: int = 0
    rows: int = 0
    has_manifest: bool = True
    minutes: float = 1.0
    requirements: Requirements | None = None
    offsets: dict[str, int] | None = None

    @property
    def path(self) -> str:
        """Named by when its run began."""
        return dump_path(self.database, self.taken.replace(second=0))

    def stored(self) -> StoredObject:
        ended = self.taken + timedelta(minutes=self.minutes)
        return StoredObject(PROFILE.target.key(self.path), self.size, ended, "0" * 32)

    def manifest(self) -> bytes:
        part = max(65 * MB, self.size // 200)
        sizes = [part] * (self.size // part) + ([self.size % part] if self.size % part else [])
        manifest = Manifest(
            id="0" * 32,
            run_id="0" * 32,
            database=self.database,
            server=ServerRecord(host=IDENTITY.host, port=5432, version="16.4", version_num=160004),
            tools=ToolsRecord(bak_tui="0.1.0", pg_dump="16.9", pg_dump_major=16),
            compression="zstd:1",
            options=["--format=custom"],
            started=self.taken,
            finished=self.taken + timedelta(minutes=self.minutes),
            snapshot_at=self.taken,
            size=self.size,
            sha256="0" * 64,
            part_size=part,
            parts=[PartRecord(size=size, sha256="0" * 64, md5="0" * 32) for size in sizes],
            checked=["parts", "size", "etag", "manifest"],
            requirements=self.requirements,
            offsets=self.offsets,
            tables=indexd_tables() if self.database == "indexd-prod" else self._tables(),
        )
        return manifest.to_json()

    def _tables(self) -> list[TableRecord]:
        return [
            TableRecord(schema="public", name=f"t{number}", rows=0 if number else self.rows, bytes=8192)
            for number in range(self.tables)
        ]


_INDEXD_TABLES = (
    ("public", "index_record", 61_204_331, 9_800 * MB),
    ("public", "index_record_hash", 61_204_331, 7_100 * MB),
    ("public", "index_record_url", 72_810_446, 11_200 * MB),
    ("public", "index_record_authz", 61_198_002, 6_000 * MB),
    ("public", "index_record_metadata", 18_334, 4_100 * KB),
    ("public", "index_record_ace", 0, 0),
    ("public", "base_version", 1, 8_192),
    ("public", "alembic_version", 1, 8_192),
    ("public", "drs_bundle_record", 2_207, 1_900 * KB),
    ("public", "index_schema_version", 1, 8_192),
    ("audit", "index_change", 3_881_902, 612 * MB),
    ("audit", "login", 90_114, 11_800 * KB),
)


def indexd_tables() -> list[TableRecord]:
    """212 tables in three schemas: the twelve of the mock-ups and 200 small ones; 260,613,788 rows."""
    named = [TableRecord(schema=s, name=n, rows=rows, bytes=size) for s, n, rows, size in _INDEXD_TABLES]
    others = [
        TableRecord(schema="stats", name=f"day_{n:03}", rows=1_020 + (118 if n == 0 else 0), bytes=66 * MB)
        for n in range(200)
    ]
    return [*named, *others]


@dataclass(frozen=True)
class Kept:
    """A database and how it was backed up: one dump a day, `-` none, `o` one without manifest, `s` shrunk."""

    name: str
    size: int | None
    """On the server; None when it is not there."""
    last_14_days: str
    older: int
    """How many dumps there are from before, one a week."""
    dump_size: int
    tables: int = 20
    rows: int = 100_000
    last_older: datetime = _NOON - 14 * _DAY
    at: datetime = _NOON

    def dumps(self) -> list[Dump]:
        made = [
            Dump(
                self.name,
                self.at - (13 - place) * _DAY,
                self.dump_size // 30
                if cell == "s"
                else self.dump_size - (13 - place) * (self.dump_size // 900),
                self.tables,
                self.rows,
                has_manifest=cell != "o",
            )
            for place, cell in enumerate(self.last_14_days)
            if cell != "-"
        ]
        made += [
            Dump(
                self.name, self.last_older - 7 * week * _DAY, self.dump_size * 9 // 10, self.tables, self.rows
            )
            for week in range(self.older)
        ]
        return made


_EVERY_DAY = "+" * 14
KEPT = (
    Kept("gecko-prod", 412_700 * KB, "-" * 14, 0, 0),
    Kept("peregrine-prod", 7_400 * MB, "+" * 13 + "s", 12, 900 * MB),
    Kept("dashboard-prod", 4_200 * KB, "+" * 5 + "-" * 9, 12, 800 * KB),
    Kept(
        "fence-prod",
        3_100 * MB,
        "+" * 13 + "-",
        1,
        604_772 * KB,
        tables=84,
        rows=1_204_331,
        last_older=datetime(2026, 9, 6, 0, 3, 11, tzinfo=UTC),
        at=datetime(2026, 11, 23, 0, 3, 11, tzinfo=UTC),
    ),
    Kept("sheepdog-prod", 22_800 * MB, "+" * 10 + "o" * 4, 12, 3_900 * MB),
    Kept("arborist-prod", 18_600 * KB, _EVERY_DAY, 12, 4_100 * KB),
    Kept("audit-prod", 6_400 * MB, _EVERY_DAY, 12, 1_100 * MB),
    Kept("manifestservice-prod", 88_200 * KB, "++++-+++++++++", 12, 17_300 * KB),
    Kept("metadata-prod", 1_900 * MB, _EVERY_DAY, 12, 412 * MB),
    Kept("requestor-prod", 31 * MB, "-" * 7 + "+" * 7, 0, 6_200 * KB),
    Kept("wts-prod", 9_800 * KB, _EVERY_DAY, 12, 2_100 * KB),
    Kept("arranger-prod", None, "-" * 14, 9, 71 * MB, last_older=datetime(2026, 10, 13, 12, tzinfo=UTC)),
)

_INDEXD_NEEDS = Requirements(
    roles=["indexd", "indexd_ro"],
    extensions=[
        ExtensionRecord(name="pgcrypto", version="1.3", schema="public"),
        ExtensionRecord(name="pg_trgm", version="1.6", schema="public"),
    ],
)


def _indexd(month: int, day: int, gigabytes: float, offsets: dict[str, int] | None = None) -> Dump:
    taken = datetime(2026, month, day, 12, 0, 4, tzinfo=UTC)
    rows = 260_613_788
    return Dump(
        "indexd-prod",
        taken,
        int(gigabytes * GB),
        212,
        rows,
        minutes=9.79,
        requirements=_INDEXD_NEEDS,
        offsets=offsets,
    )


INDEXD = (
    _indexd(11, 23, 6.1, offsets_of(indexd_tables())),
    _indexd(11, 22, 6.09),
    _indexd(11, 21, 6.04),
    _indexd(11, 20, 0.2126),
    _indexd(11, 19, 6.03),
    _indexd(11, 18, 6.01),
    _indexd(11, 17, 5.94),
    _indexd(11, 16, 5.93),
    _indexd(11, 15, 5.92),
    Dump("indexd-prod", datetime(2026, 11, 14, 9, 30, tzinfo=UTC), int(5.91 * GB), has_manifest=False),
    _indexd(11, 13, 5.9),
    _indexd(11, 1, 5.8),
    _indexd(10, 1, 5.6),
    _indexd(9, 1, 5.4),
)


def _verified(at: datetime) -> Check:
    return Check(
        kind=CheckKind.VERIFY,
        level=Level.BYTES,
        backup="0" * 32,
        started=at,
        seconds=108,
        result=CheckResult.OK,
        compared=["manifest", "size", "etag", "bytes"],
        said="every byte is the one written",
        by=CheckedBy(bak_tui="0.1.0", host="scene"),
    )


def databases() -> tuple[Database, ...]:
    """What the server has."""
    there = [(kept.name, kept.size) for kept in KEPT if kept.size is not None]
    there.append(("indexd-prod", 48 * GB))
    return tuple(
        Database(name, 16_400 + number, name.removesuffix("-prod"), size, _LOCALE)
        for number, (name, size) in enumerate(sorted(there))
    )


def objects() -> dict[str, tuple[StoredObject, bytes]]:
    """What the bucket has, by key; the bytes only where somebody reads them."""
    stored: dict[str, tuple[StoredObject, bytes]] = {}
    for dump in [*INDEXD, *(dump for kept in KEPT for dump in kept.dumps())]:
        lies = dump.stored()
        stored[lies.key] = (lies, b"")
        if dump.has_manifest:
            key, body = manifest_path(lies.key), dump.manifest()
            stored[key] = (StoredObject(key, len(body), lies.modified), body)
    for dump, at in ((INDEXD[0], 41), (KEPT[3].dumps()[-2], 30)):
        check = _verified(NOW.replace(hour=12, minute=at, second=9))
        key = check_path(dump.stored().key, check.started)
        stored[key] = (StoredObject(key, len(check.to_json()), check.started), check.to_json())
    for path, size, modified in (
        ("README.txt", 1_204, datetime(2026, 10, 1, 8, tzinfo=UTC)),
        ("indexd-prod/restore-notes-2026-09.txt", 2_100, datetime(2026, 9, 14, 8, tzinfo=UTC)),
    ):
        key = PROFILE.target.key(path)
        stored[key] = (StoredObject(key, size, modified), b"")
    return stored


def sparse() -> dict[str, Sparse]:
    """What is looked into, by key: the newest dump, and one that is a script."""
    script = next(dump for dump in INDEXD if not dump.has_manifest)
    return {
        INDEXD[0].stored().key: indexd(names_of(indexd_tables()))[0],
        script.stored().key: Sparse({0: b"--\n-- PostgreSQL database dump\n--\n"}),
    }
