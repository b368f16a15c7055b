"""The manifest: what is written is read back; what anybody else wrote is refused in one sentence."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.databases import Catalog, Counts, LargeObjects, Locale, ServerIdentity, Table
from bak_tui.core.errors import IntegrityError
from bak_tui.core.manifest import (
    Manifest,
    counted_fields,
    parse_manifest,
    part_records,
    server_record,
)
from bak_tui.core.parts import MIN_PART_SIZE, Digester, PartDigest, PartPlan, StreamDigest
from bak_tui.core.requirements import locale_record
from tests.documents import HASH, MD5, document


def read(value: object) -> Manifest:
    return parse_manifest(json.dumps(value).encode(), "s3://b/x.manifest.json")


def test_what_is_written_is_read_back() -> None:
    digester = Digester(PartPlan(MIN_PART_SIZE))
    digester.update(b"x" * (2 * MIN_PART_SIZE + 7))
    digest = digester.finish()
    catalog = Catalog((Table("public", "users", 8192), Table("s", 'odd "t"', 0)), (Table("public", "mv", 1),))
    counts = Counts(
        {("public", "users"): 500, ("s", 'odd "t"'): 0}, {("public", "mv"): 1}, LargeObjects(2, None)
    )
    manifest = Manifest.model_validate(
        {
            **document(),
            "database": "Zürich \"'\n",
            "server": server_record(ServerIdentity("18.6", 180006, "7", "db", 5432)),
            "size": digest.size,
            "sha256": digest.sha256,
            "parts": part_records(digest),
            "requirements": {"locale": locale_record(Locale("UTF8", "icu", "C", "C", "de-DE"))},
            **counted_fields(catalog, counts),
            "warnings": ["w"],
        }
    )
    again = parse_manifest(manifest.to_json(), "here")
    assert again == manifest
    assert again.digest == digest
    assert again.rows == 500
    assert again.requirements is not None
    assert again.requirements.locale is not None
    assert again.requirements.locale.value() == Locale("UTF8", "icu", "C", "C", "de-DE")
    assert again.snapshot_at == datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)


def test_a_manifest_whose_requirements_were_not_looked_for_is_read() -> None:
    nulls = {"locale": None, "roles": None, "extensions": None, "settings": None, "acl": None}
    needs = read(document(requirements=nulls)).requirements
    assert needs is not None
    assert (needs.roles, needs.extensions, needs.settings, needs.owner, needs.sentence) == (None,) * 4 + ("",)


def test_a_privilege_is_a_word_and_nothing_else() -> None:
    grant = {"grantee": "a", "privilege": "CONNECT; DROP DATABASE x"}
    with pytest.raises(IntegrityError, match="privilege"):
        read(document(requirements={"acl": [grant]}))


def test_fields_of_a_later_version_are_kept() -> None:
    manifest = read(document(later={"a": [1, None]}, server={**document()["server"], "cloud": "x"}))
    written = json.loads(manifest.to_json())
    assert written["later"] == {"a": [1, None]}
    assert written["server"]["cloud"] == "x"


def test_an_unknown_field_does_not_replace_what_is_computed() -> None:
    manifest = read(document(rows=7, digest="x", to_json="x", model_dump_json="x"))
    assert manifest.rows is None
    assert manifest.digest.size == 10
    assert json.loads(manifest.to_json())["rows"] == 7


def test_rows_are_unknown_when_one_table_was_not_counted() -> None:
    table = {"schema": "public", "name": "t", "rows": 3, "bytes": 1}
    assert read(document(tables=[table, {**table, "name": "u"}])).rows == 6
    assert read(document(tables=[table, {**table, "name": "u", "rows": None}])).rows is None
    assert read(document()).rows is None


def test_deep_nesting_in_an_unknown_field_is_kept_or_refused_but_never_crashes() -> None:
    nested: object = 1
    for _ in range(64):
        nested = {"a": nested}
    manifest = read(document(later=nested))
    assert json.loads(manifest.to_json())["later"] == nested


def bad(name: str, value: object) -> Any:
    return pytest.param(value, id=name)


PART = {"size": 10, "sha256": HASH, "md5": MD5}


@pytest.mark.parametrize(
    "value",
    [
        bad("a later schema", document(schema=2)),
        bad("schema as text", document(schema="1")),
        bad("no id", {name: value for name, value in document().items() if name != "id"}),
        bad("no database", document(database="")),
        bad("NUL in the name", document(database="a\0b")),
        bad("a name that is no text", document(database=7)),
        bad("a naive time", document(started="2026-11-23T12:00:00")),
        bad("no time", document(started="yesterday")),
        bad("a hash in capitals", document(sha256="A" * 64)),
        bad("a short hash", document(sha256="a" * 63)),
        bad("a hash with a line end", document(sha256=HASH + "\n")),
        bad("a negative size", document(size=-1, parts=[{**PART, "size": -1}])),
        bad("an immense size", document(size=10**30, parts=[{**PART, "size": 10**30}])),
        bad("an infinite size", document(size=float("inf"))),
        bad("part size 0", document(part_size=0)),
        bad("part size 1", document(part_size=1)),
        bad("part size too large", document(part_size=2**40)),
        bad("parts too short", document(size=11)),
        bad("no parts", document(parts=[])),
        bad("an empty part before the last", document(parts=[{**PART, "size": 0}, PART])),
        bad("unequal parts", document(parts=[{**PART, "size": 4}, {**PART, "size": 6}])),
        bad(
            "a part longer than its size",
            document(size=MIN_PART_SIZE + 1, parts=[{**PART, "size": MIN_PART_SIZE + 1}]),
        ),
        bad("parts as text", document(parts="many")),
        bad("negative rows", document(tables=[{"schema": "s", "name": "t", "rows": -1, "bytes": 0}])),
        bad("a table without a name", document(tables=[{"schema": "s", "rows": 1, "bytes": 0}])),
        bad("another format", document(format="tar")),
        bad("server as text", document(server="db")),
        bad("offsets as a list", document(offsets=[1, 2])),
        bad("someone else's JSON", {"version": 3, "files": []}),
        bad("a list", [1, 2, 3]),
        bad("null", None),
        bad("a number", 42),
    ],
)
def test_what_is_no_manifest_is_refused_in_one_sentence(value: object) -> None:
    with pytest.raises(IntegrityError) as caught:
        read(value)
    assert caught.value.kind == "bad_manifest"
    assert caught.value.message.startswith("s3://b/x.manifest.json ")
    assert len(caught.value.message) < 300
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"PGDMP\x01\x0f",
        b"<?xml version='1.0'?>",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema": 1' + b"0" * 5000 + b"}",
        b'"\\ud800"',
        json.dumps(document()).encode()[:-1],
        json.dumps(document()).encode() + b"x",
        json.dumps(document(sha256="\x1b[2J" * 13)).encode(),
        json.dumps(document(snapshot_at="0001-01-01T00:00:00+14:00")).encode(),
        json.dumps(document(finished="9999-12-31T23:59:59-14:00")).encode(),
    ],
)
def test_bytes_that_are_no_manifest_are_refused_in_one_sentence(raw: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        parse_manifest(raw, "s3://b/\x1bx")
    assert caught.value.kind == "bad_manifest"
    assert caught.value.message.isprintable()


@given(st.binary(max_size=200))
def test_random_bytes_never_crash_the_reader(raw: bytes) -> None:
    with pytest.raises(IntegrityError):
        parse_manifest(raw, "x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(document())), JSON)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: object) -> None:
    manifest = read(document())
    with contextlib.suppress(IntegrityError):
        manifest = read(document(**{field: value}))
    assert parse_manifest(manifest.to_json(), "again") == manifest
    assert PartPlan(manifest.part_size).size_of(1) == manifest.part_size


def test_an_empty_stream_has_one_empty_part() -> None:
    empty = {**PART, "size": 0}
    assert read(document(size=0, parts=[empty])).digest == StreamDigest(0, HASH, (PartDigest(0, HASH, MD5),))
