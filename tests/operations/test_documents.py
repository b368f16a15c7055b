"""Manifests and checks that were read once are read again only when they have changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from bak_tui.core.names import is_manifest, manifest_path
from bak_tui.core.objects import StoredObject
from bak_tui.operations.bucket.inventory import Inventory, take_inventory
from bak_tui.operations.ports import ObjectStore
from bak_tui.services.cache import DocumentCache
from bak_tui.services.s3 import Bucket
from tests.operations.conftest import House
from tests.operations.test_board import back_up
from tests.samples import fill
from tests.servers.fixtures import MakeDatabase


class Watched:
    """The bucket, and which documents were read from it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.read_keys: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._bucket, name)

    def read(self, key: str, *, limit: int) -> bytes:
        self.read_keys.append(key)
        return self._bucket.read(key, limit=limit)


def look(house: House, cache: DocumentCache) -> tuple[Inventory, list[str]]:
    watched = Watched(house.bucket)
    found = take_inventory(cast("ObjectStore", watched), house.target, looks_at_bytes=False, cache=cache)
    return found, sorted(watched.read_keys)


def test_a_second_look_reads_only_what_changed(
    house: House, make_database: MakeDatabase, tmp_path: Path
) -> None:
    first, second = make_database(), make_database()
    fill(house.server, first)
    back_up(house, first, second)
    cache = DocumentCache(tmp_path / "documents.sqlite")
    manifests = sorted(filter(is_manifest, house.objects()))
    before, read = look(house, cache)
    assert read == manifests
    again, read = look(house, cache)
    assert (again, read) == (before, [])
    changed = {**json.loads(house.bucket.read(manifests[0], limit=1 << 20)), "note": "x"}
    house.bucket.write(manifests[0], json.dumps(changed).encode())
    after, read = look(house, cache)
    assert read == manifests[:1]
    assert {dump.manifest.note for dump in after.dumps if dump.manifest} == {None, "x"}
    cache.path.unlink()
    assert look(house, cache)[1] == manifests


def test_hostile_content_is_as_hostile_from_the_cache(house: House, tmp_path: Path) -> None:
    house.bucket.write("x.sql", b"PGDMP")
    for content in (b"{" * 5000, b"\xff\x00", b'{"schema": 1}', b""):
        house.bucket.write(manifest_path("x.sql"), content)
        cache = DocumentCache(tmp_path / "documents.sqlite")
        found = [look(house, cache)[0].dumps[0] for _ in range(2)]
        assert found[0] == found[1]
        assert found[0].manifest is None
        assert found[0].problem


def test_a_cache_that_lies_about_its_length_is_not_believed(house: House) -> None:
    class Liar(DocumentCache):
        """Gives what is shorter than the bucket says."""

        def opened(self) -> Liar:  # type: ignore[override]  # all that is asked of it
            return self

        def __enter__(self) -> Liar:
            return self

        def __exit__(self, *_: object) -> None: ...

        def find(self, place: str, stored: StoredObject) -> bytes | None:
            del place, stored
            return b"{}"

        def keep(self, place: str, stored: StoredObject, content: bytes) -> None: ...

    house.bucket.write("x.sql", b"PGDMP")
    house.bucket.write(manifest_path("x.sql"), b'{"schema": 1}')
    assert look(house, Liar(Path()))[1] == ["x.sql.manifest.json"]
