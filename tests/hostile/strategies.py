"""What an attacker writes, or an accident: text, names, keys, documents, messages, and real things changed.

`HOSTILE` is how much of it is tried: a fixed handful, or (`pytest tests/hostile
--hypothesis-profile=many`) thousands, new ones every time.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FEW = settings(
    max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
_IS_SWEEP = settings.get_current_profile_name() == "many"
HOSTILE = settings(suppress_health_check=list(HealthCheck)) if _IS_SWEEP else FEW

PAYLOADS = (
    "\x1b]52;c;aGk=\x07",
    "\x1b]0;owned\x07\x1b[2J",
    "\x9b31m\x9d0;t\x9c",
    "\u202egnp.sql\u2069",
    "\u200b\ufeff",
    "[@click=app.quit]x[/]",
    "[/nope]",
    "../../../etc/passwd",
    "a\\..\\b",
    "/abs",
    "-Fc",
    "--help",
    "host=evil port=1",
    "postgresql://u:p@evil/x?sslmode=disable",
    "'; DROP DATABASE postgres; --",
    "$(touch owned)`touch owned`",
    "%s{0}%n",
    "\r\n",
    "\x00",
    "\udcff",
    "漢字🎉e\u0301",
)
_ANY = st.characters(exclude_categories=["Cs"])
hostile_text = st.lists(st.one_of(st.sampled_from(PAYLOADS), st.text(_ANY, max_size=8)), max_size=4).map(
    "".join
)
"""Anything that can come in as text: bytes that are no UTF-8 come as `\\udc80` to `\\udcff`."""

utf8_text = hostile_text.map(lambda text: text.encode("utf-8", "replace").decode().replace("\0", "0"))
database_names = utf8_text.map(lambda text: text.encode()[:63].decode("utf-8", "ignore")).filter(bool)
"""Whatever CREATE DATABASE takes: 1 to 63 bytes of UTF-8 without NUL."""
keys = st.one_of(
    st.lists(hostile_text, min_size=1, max_size=5).map("/".join),
    st.sampled_from(["", "/", "//", ".", "..", "a/../..", "x" * 1024, "é/" * 500, "nul%00", "~2E~2E/x"]),
)
"""Whatever a bucket may list."""

MOMENTS = (
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "1969-12-31T23:59:59Z",
    "2026-11-23T12:00:00",
    "2026-02-30T12:00:00Z",
    "99999999999999-01-01T00:00:00Z",
)
_numbers = st.one_of(
    st.integers(),
    st.sampled_from([-1, 0, 2**31, 2**63, 2**64, 10**40, -(10**40)]),
    st.floats(),
)
_scalars = st.one_of(
    st.none(), st.booleans(), _numbers, utf8_text, st.sampled_from(MOMENTS), st.just("x" * 100_000)
)
json_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(utf8_text, inner, max_size=3)),
    max_leaves=8,
)
SOMEBODY_ELSES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'{"schema": 1}',
    b'{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []}',
    b'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}',
    b'{"name": "left-pad", "version": "1.3.0", "dependencies": {}}',
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b"\x1f\x8b\x08\x00",
    b"NaN",
    b'"\\ud800"',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 100_000,
    b'{"a": 1, "a": 2}',
)


@st.composite
def changed(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """A document of ours in which somebody took away, replaced or added something, at any depth."""
    result = deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(list(_containers(result))))
        names = list(place) if isinstance(place, dict) else list(range(len(place)))
        how = draw(st.sampled_from(["take", "replace", "moment", "add"]))
        if how == "add" or not names:
            if isinstance(place, dict):
                place[draw(utf8_text)] = draw(json_values)
            else:
                place.append(draw(json_values))
            continue
        name = draw(st.sampled_from(names))
        if how == "take":
            del place[name]
        else:
            place[name] = draw(st.sampled_from(MOMENTS) if how == "moment" else json_values)
    return result


def _containers(value: Any) -> list[Any]:
    """Every dict and list in a document, itself first."""
    found = [value] if isinstance(value, dict | list) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        found += _containers(each)
    return found


@st.composite
def damaged(draw: st.DrawFn, raw: bytes) -> bytes:
    """Bytes of ours, cut, or with pieces of them replaced."""
    result = bytearray(raw)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(result)))
        length = draw(st.sampled_from([0, 1, 2, 9, len(result)]))
        result[at : at + length] = draw(st.binary(max_size=9))
    return bytes(result)


def documents(document: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """What may lie where a document like this one should: changed, damaged, anybody's, or none at all."""

    def as_bytes(value: Any) -> bytes:
        return json.dumps(value).encode()

    return st.one_of(
        changed(document).map(as_bytes),
        changed(document).map(as_bytes),
        damaged(as_bytes(document)),
        json_values.map(as_bytes),
        st.sampled_from(SOMEBODY_ELSES),
        st.binary(max_size=200),
    )


OUTPUT = (
    "pg_restore: error: could not execute query: ERROR:  ",
    'role "x" does not exist',
    "pg_restore: warning: errors ignored on restore: 99999999999999999999",
    "Command was: ",
    "ALTER TABLE x OWNER TO y",
    "GRANT " + "a" * 5000,
    "ALTER " * 3000,
    "pg_restore: " * 2000,
    "error: " * 2000,
    "\x1b[31m",
    "could not ",
    "processing data for table ",
)
output_lines = st.lists(
    st.lists(st.one_of(st.sampled_from(OUTPUT), hostile_text), max_size=3).map("".join), max_size=12
)
"""What a program said that calls itself pg_restore."""
