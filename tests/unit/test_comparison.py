"""Counts held against a manifest: equal means equal everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bak_tui.core.comparison import Comparison, CountPair, CountsDiffer, compare
from bak_tui.core.databases import Counts, LargeObjects
from bak_tui.core.errors import ExitCode
from bak_tui.core.manifest import Manifest
from tests.documents import document
from tests.unit.test_manifest import read


def manifest(rows: dict[str, int | None], **more: Any) -> Manifest:
    tables = [{"schema": "public", "name": name, "rows": count, "bytes": 1} for name, count in rows.items()]
    return read(document(tables=tables, **more))


NO_OBJECTS = LargeObjects(0, 0)


def counts(rows: dict[str, int], objects: LargeObjects = NO_OBJECTS, **views: int) -> Counts:
    return Counts(
        {("public", name): count for name, count in rows.items()},
        {("public", name): count for name, count in views.items()},
        objects,
    )


def compared(expected: Manifest, restored: Counts) -> Comparison:
    comparison = compare(expected, restored)
    assert comparison is not None
    return comparison


def test_equal_counts_match() -> None:
    comparison = compared(manifest({"a": 1, "b": 2}), counts({"a": 1, "b": 2}))
    assert comparison.matches
    assert comparison.rows == 3


@pytest.mark.parametrize(
    ("restored", "pair"),
    [
        ({"a": 1, "b": 1}, CountPair("public.b", 2, 1)),
        ({"a": 1, "b": 3}, CountPair("public.b", 2, 3)),
        ({"a": 1}, CountPair("public.b", 2, None)),
        ({"a": 1, "b": 2, "c": 0}, CountPair("public.c", None, 0)),
    ],
)
def test_one_table_that_differs_is_found_and_comes_first(restored: dict[str, int], pair: CountPair) -> None:
    comparison = compared(manifest({"a": 1, "b": 2}), counts(restored))
    assert comparison.differing == (pair,)
    assert comparison.pairs[0] == pair


def test_large_objects_count_by_number_and_bytes() -> None:
    expected = manifest({"a": 1}, large_objects={"number": 2, "bytes": 30})
    assert compared(expected, counts({"a": 1}, LargeObjects(2, 30))).matches
    assert not compared(expected, counts({"a": 1}, LargeObjects(1, 30))).matches
    assert not compared(expected, counts({"a": 1}, LargeObjects(2, 29))).matches
    assert compared(expected, counts({"a": 1}, LargeObjects(2, None))).matches


def test_large_objects_are_no_rows() -> None:
    expected = manifest({"a": 1}, large_objects={"number": 2, "bytes": 30})
    assert compared(expected, counts({"a": 1}, LargeObjects(2, 30))).rows == 1


def test_a_refreshed_view_that_differs_is_told_and_proves_nothing() -> None:
    view = {"schema": "public", "name": "mv", "rows": 5, "bytes": 1}
    comparison = compared(manifest({"a": 1}, materialized_views=[view]), counts({"a": 1}, mv=6))
    assert comparison.matches
    assert comparison.views == (CountPair("public.mv", 5, 6),)


@pytest.mark.parametrize("expected", [read(document()), manifest({"a": 1, "b": None})])
def test_without_counts_there_is_nothing_to_compare(expected: Manifest) -> None:
    assert compare(expected, counts({"a": 1})) is None


def test_the_error_names_a_table_and_both_counts() -> None:
    comparison = compared(manifest({"a": 1200, "b": 2, "c": 3}), counts({"a": 1100, "b": 2}))
    error = CountsDiffer(comparison, "fence")
    assert str(error) == "fence: public.a and 1 more differs: 1,200 backed up, 1,100 restored"
    assert error.exit_code is ExitCode.INTEGRITY
    assert error.comparison is comparison
    missing = CountsDiffer(Comparison((CountPair("public.c", 3, None),)), "fence")
    assert "no such table restored" in str(missing)


@pytest.mark.parametrize(
    ("backed_up", "restored", "is_same"),
    [
        ("UTF8/1", "UTF8/1", True),
        ("UTF8/1", "UTF8/2", False),
        ("UTF8/1", "LATIN1/2", None),
        (None, "UTF8/2", None),
        ("UTF8/1", None, None),
    ],
)
def test_contents_are_compared_where_both_sides_were_hashed_alike(
    backed_up: str | None, restored: str | None, is_same: bool | None
) -> None:
    table = {"schema": "public", "name": "a", "rows": 3, "bytes": 1, "content_hash": backed_up}
    hashes = {("public", "a"): restored} if restored else {}
    comparison = compared(read(document(tables=[table])), replace(counts({"a": 3}), hashes=hashes))
    assert comparison.pairs[0].has_same_content is is_same
    assert comparison.matches is (is_same is not False)
    if comparison.matches:
        assert comparison.sentence == ("all counts and contents match" if is_same else "all counts match")
    else:
        assert "as many rows (3), but not the same contents" in str(CountsDiffer(comparison, "here"))
