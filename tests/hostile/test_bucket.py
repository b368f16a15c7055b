"""Whatever lies in a bucket: read, listed, judged and shown; or refused in one sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.checks import parse_check
from bak_tui.core.manifest import Manifest, parse_manifest
from bak_tui.core.marks import mark_of, parse_mark
from bak_tui.core.names import check_path, local_path, manifest_path
from bak_tui.core.objects import StoredObject
from bak_tui.operations.bucket.board import fact, read_board
from bak_tui.operations.bucket.browse import FolderReading, folder_summaries
from bak_tui.operations.bucket.inventory import StoredDump
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.folder import Folder
from bak_tui.tui.panes.dump_facts import dump_facts
from tests.documents import document
from tests.hostile.holding import refusals, shown
from tests.hostile.strategies import HOSTILE, changed, documents, hostile_text, keys, utf8_text
from tests.scenes.databases import NOW, PROFILE
from tests.scenes.scene_bak import SceneBak, SceneStore

MANIFEST = document(
    format="custom",
    offsets={"3": 7},
    requirements={
        "locale": {"encoding": "UTF8", "provider": "libc", "collate": "C", "ctype": "C"},
        "roles": ["app"],
        "extensions": [{"name": "pg_trgm", "version": "1.6", "schema": "public"}],
        "settings": [{"name": "work_mem", "value": "4MB", "role": None}],
        "acl": [{"grantee": "app", "privilege": "CONNECT", "is_grantable": False}],
        "owner": "app",
    },
    tables=[{"schema": "public", "name": "t", "rows": 3, "bytes": 8192}],
    materialized_views=[],
    large_objects={"number": 1, "bytes": None},
    warnings=["w"],
)
CHECK: dict[str, Any] = {
    "schema": 1,
    "kind": "verify",
    "level": 2,
    "backup": "0001",
    "started": "2026-11-23T13:00:00Z",
    "seconds": 1.5,
    "result": "failed",
    "compared": ["bytes"],
    "bad_parts": [1],
    "said": "part 1 differs",
    "by": {"bak_tui": "0.1.0", "host": "h", "pg_restore": "18.6"},
}
DUMP = "fence/fence-20261123T120000Z.sql"


def used(manifest: Manifest) -> None:
    """Everything that is made of a manifest."""
    told(manifest.to_json())
    assert parse_manifest(manifest.to_json(), "again").to_json() == manifest.to_json()
    assert manifest.digest.size == manifest.size
    assert manifest.rows is None or manifest.rows >= 0
    assert manifest.data_offsets is None or min(manifest.data_offsets, default=1) > 0


def told(document: bytes) -> None:
    """What `--json` prints is JSON, which knows no NaN."""
    json.loads(document, parse_constant=pytest.fail)


@given(documents(MANIFEST))
@HOSTILE
def test_a_manifest_is_taken_whole_or_refused(raw: bytes) -> None:
    with refusals():
        used(parse_manifest(raw, "s3://b/x.manifest.json"))


FILE: dict[str, Any] = {
    "name": "toc.dat",
    "size": 10,
    "sha256": "a" * 64,
    "parts": [{"size": 10, "sha256": "a" * 64, "md5": "b" * 32}],
}


@given(changed({**MANIFEST, "format": "directory", "parts": [], "offsets": None, "files": [FILE]}), keys)
@HOSTILE
def test_a_directorys_manifest_names_no_file_outside_it(document: dict[str, Any], name: str) -> None:
    files = document.get("files")
    if isinstance(files, list) and files and isinstance(files[0], dict):
        files[0]["name"] = name
    with refusals():
        manifest = parse_manifest(json.dumps(document).encode(), "s3://b/x.manifest.json")
        used(manifest)
        for file in manifest.files or []:
            assert "/" not in file.name
            assert not file.name.startswith(".")


@given(documents(CHECK))
@HOSTILE
def test_a_check_is_taken_whole_or_refused(raw: bytes) -> None:
    with refusals():
        check = parse_check(raw, "s3://b/x.checks/1.json")
        told(check.to_json())
        assert parse_check(check.to_json(), "again").to_json() == check.to_json()
        assert check.depth >= 0


@given(documents(MANIFEST), documents(CHECK), st.lists(keys, max_size=4), st.integers(0, 2**63 - 1))
@HOSTILE
def test_a_bucket_of_such_documents_and_keys_is_listed_judged_and_shown(
    manifest: bytes, check: bytes, others: list[str], size: int
) -> None:
    held: dict[str, tuple[StoredObject, bytes]] = {}

    def put(path: str, body: bytes, size: int) -> None:
        key = PROFILE.target.key(path)
        held[key] = (StoredObject(key, size, NOW, "etag"), body)

    put(DUMP, b"PGDMP", 10)
    put(manifest_path(DUMP), manifest, len(manifest))
    put(check_path(DUMP, NOW), check, len(check))
    for path in others:
        put(path, manifest, size)
        put(manifest_path(path), manifest, len(manifest))
    dumps = looked_over(held)
    assert DUMP in {dump.path for dump in dumps}


def looked_over(held: dict[str, tuple[StoredObject, bytes]]) -> tuple[StoredDump, ...]:
    """All that a front end asks of a bucket before anything is done, and draws of it."""
    bak = SceneBak(held=held)
    board = read_board(bak._with, PROFILE)
    assert board.store_error is None
    assert board.inventory is not None
    for dump in board.inventory.dumps:
        for label, line in dump_facts(dump, NOW, 51):
            shown(label, *(text for text, _ in line))
        fact(dump)
    for row in board.rows:
        shown(row.verdict.why if row.verdict else "")
    for page in FolderReading(PROFILE.target).pages(cast("ObjectStore", SceneStore(held))):
        assert len(page.entries) <= len(held)
    folder_summaries(board)
    return board.inventory.dumps


@given(hostile_text)
@HOSTILE
def test_no_file_made_of_a_key_lies_outside_its_folder(
    tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    tmp_path = tmp_path_factory.mktemp("room")
    folder = Folder(tmp_path / "dir")
    folder.root.mkdir()
    local = local_path(path)
    shown(local)
    folder.write(local, b"x")
    assert (folder.root / local).resolve().is_relative_to(folder.root.resolve())
    assert {each.name for each in tmp_path.iterdir()} == {"dir"}


@given(keys)
@HOSTILE
def test_no_path_that_is_asked_for_leads_outside(tmp_path: Path, path: str) -> None:
    folder = Folder(tmp_path / "dir")
    with refusals():
        assert folder.place(path.replace("\0", "0")).absolute().is_relative_to(folder.root)


MARK = {"database": "fence", "job": "bak-1f00c2aa", "at": "2026-11-23T12:00:00Z", "comment": None}


@given(st.one_of(changed(MARK).map(json.dumps), utf8_text), st.sampled_from(["scratch", "kept", "x"]))
@HOSTILE
def test_a_databases_comment_is_a_mark_of_ours_or_nothing(fields: str, kind: str) -> None:
    mark = parse_mark(f"bak-tui {kind} database: {fields}")
    if mark is not None:
        assert mark.at.astimezone(UTC) < datetime.max.replace(tzinfo=UTC)
        assert parse_mark(str(mark)) == mark
        assert mark_of("prod", str(mark)) == (mark if mark.is_kept else None)
