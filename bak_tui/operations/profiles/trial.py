"""`profiles test`: both ends of a profile tried out, with what a backup will need of them.

Nothing is raised: all is told. What is written to the bucket is one small object under a key of its own below
the prefix, and it is gone again afterwards; it and the upload that is begun are in the journal meanwhile.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from bak_tui.core.databases import Database
from bak_tui.core.errors import BakError, StoreError
from bak_tui.core.journal import Trace
from bak_tui.core.profile import Profile, Server, Target
from bak_tui.core.wording import plural, size
from bak_tui.operations.doctor.examining import Finding, Findings, weakened
from bak_tui.operations.places import BucketPlace
from bak_tui.operations.ports import Collaborators, Journal, ObjectStore
from bak_tui.operations.profiles.readable import may_read
from bak_tui.services.pgtools import probe_connection

_BODY = b"bak-tui tries whether it may write here; this object may be deleted\n"


def try_profile(collaborators: Collaborators, profile: Profile) -> Findings:
    """Connect as psycopg and as pg_dump, ask what may be read; list, put, get, multipart and delete."""
    findings: list[Finding] = []
    if profile.given_server is not None:
        findings += _server(collaborators, profile.given_server)
    if profile.given_target is not None:
        findings += _target(collaborators, profile.given_target)
    return Findings((), (*findings, *weakened(profile)))


def _server(collaborators: Collaborators, server: Server) -> list[Finding]:
    instance = collaborators.postgres(server, "bak")
    began = time.monotonic()
    try:
        identity = instance.identity()
        took = time.monotonic() - began
        tls = instance.tls_version()
        databases = instance.databases()
    except BakError as error:
        return [Finding("psycopg", str(error), error)]
    known = sum(database.size or 0 for database in databases)
    return [
        Finding(
            "server", f"PostgreSQL {identity.version}, {plural(len(databases), 'database')}, {size(known)}"
        ),
        Finding("psycopg", f"connected in {took * 1000:.0f} ms, {tls or 'not encrypted'}"),
        _pg_dump(collaborators, server, identity.major, databases),
        may_read(instance, databases),
    ]


def _pg_dump(
    collaborators: Collaborators, server: Server, major: int, databases: tuple[Database, ...]
) -> Finding:
    open_ones = [database.name for database in databases if database.accepts_connections]
    first = "postgres" if "postgres" in open_ones else next(iter(open_ones), "postgres")
    try:
        tools = collaborators.tools.for_server(major)
        probe_connection(tools, server, server.maintenance_db or first)
    except BakError as error:
        return Finding("pg_dump", str(error), error)
    return Finding("pg_dump", f"{tools.version} connects ({tools.folder})")


def _target(collaborators: Collaborators, target: Target) -> list[Finding]:
    began = time.monotonic()
    try:
        store = collaborators.store(target)
        where = f"{target} at {store.endpoint_in_use()}, keys from {store.credentials_origin()}"
    except BakError as error:
        return [Finding("bucket", str(error), error)]
    listed = _tried("list", lambda: next(iter(store.pages(target.prefix, delimiter="/")), None))
    if listed.error is not None and listed.error.kind != "access_denied":
        return [listed]
    findings = [Finding("bucket", where), listed, *_written(store, target, collaborators.journal)]
    product = store.product()
    where = f"{product}, {where}" if product else where
    took = (time.monotonic() - began) * 1000
    if not any(finding.error for finding in findings):
        findings[0] = Finding("bucket", f"{where}: {took:.0f} ms in all")
    findings += [Finding("quirk", quirk) for quirk in store.quirks()]
    return findings


def _written(store: ObjectStore, target: Target, journal: Journal) -> list[Finding]:
    place = BucketPlace(store, target)
    path = f".bak-test-{secrets.token_hex(8)}"
    key, parts = target.key(path), target.key(f"{path}.parts")
    with journal.entry(_trial(place, path)) as entry, journal.entry(_trial(place, f"{path}.parts")) as upload:
        put = _tried("put", lambda: store.write(key, _BODY))
        multipart = _tried("multipart", lambda: store.probe_write(parts, upload))
        if put.error is not None:
            return [put, multipart]
        got = _tried("get", lambda: _read_back(store, key))
        # Two names make it a batch; that the other is not there is as good.
        deleted = _tried("delete", lambda: store.delete([key, parts]))
        if deleted.error is not None:
            entry.remains()
            deleted = Finding("delete", f"{deleted.said}; {key} is left there", deleted.error)
    return [put, got, multipart, deleted]


def _trial(place: BucketPlace, path: str) -> Trace:
    return replace(place.trace(path, wants_manifest=False), is_trial=True)


def _read_back(store: ObjectStore, key: str) -> None:
    if store.read(key, limit=len(_BODY)) != _BODY:
        raise StoreError(f"{key} came back as something else than was written", kind="not_s3")


def _tried(what: str, step: Callable[[], object]) -> Finding:
    try:
        step()
    except BakError as error:
        return Finding(what, str(error), error)
    return Finding(what, "works")
