"""Parts: every stream fits into what S3 servers take, and its hashes are those of its bytes."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.parts import (
    DEFAULT_PART_SIZE,
    MAX_OBJECT_SIZE,
    MAX_PART_SIZE,
    MAX_PARTS,
    MIB,
    MIN_PART_SIZE,
    Digester,
    PartDigest,
    PartPlan,
    digest_part,
    multipart_etag,
    parts_within,
    plan_parts,
    spans_of,
)

GIB = 1024 * MIB
TIB = 1024 * GIB


def reach(plan: PartPlan) -> int:
    """Bytes in 10,000 parts."""
    return sum(plan.size_of(number) for number in range(1, MAX_PARTS + 1))


def parts_needed(plan: PartPlan, size: int) -> int:
    number, sent = 0, 0
    while sent < size:
        number += 1
        sent += plan.size_of(number)
    return number


class SmallPlan(PartPlan):
    """Parts of three bytes: the digester need not hash megabytes to be wrong."""

    def __post_init__(self) -> None:
        pass


@pytest.mark.parametrize(
    "size", [1, 64 * MIB, 78 * GIB, 140 * GIB, 141 * GIB, 500 * GIB, TIB, 3 * TIB, MAX_OBJECT_SIZE]
)
def test_a_plan_made_from_the_size_holds_it_in_nine_thousand_parts(size: int) -> None:
    assert parts_needed(plan_parts(size), size) <= 9_000


def test_a_plan_for_the_largest_object_reaches_it() -> None:
    assert reach(plan_parts(MAX_OBJECT_SIZE)) >= MAX_OBJECT_SIZE
    assert reach(plan_parts(10 * MAX_OBJECT_SIZE)) >= MAX_OBJECT_SIZE


def test_parts_are_small_up_to_a_thousand_of_them_and_then_as_few_as_ever() -> None:
    sizes = {expected: plan_parts(expected).part_size // MIB for expected in (1, GIB, 5 * GIB, 10 * GIB)}
    assert sizes == {1: 5, GIB: 5, 5 * GIB: 6, 10 * GIB: 11}
    assert {plan_parts(size).part_size for size in (0, 16 * GIB, 140 * GIB)} == {DEFAULT_PART_SIZE}
    assert plan_parts(150 * GIB).part_size > DEFAULT_PART_SIZE
    assert plan_parts(GIB, least=DEFAULT_PART_SIZE).part_size == DEFAULT_PART_SIZE


@given(st.integers(min_value=1, max_value=2 * MAX_OBJECT_SIZE))
def test_a_manifest_has_no_more_parts_than_of_sixteen_mebibytes_or_a_thousand(expected: int) -> None:
    number = -(-min(expected, MAX_OBJECT_SIZE) // plan_parts(expected).part_size)
    assert number <= max(1_000, -(-expected // DEFAULT_PART_SIZE))


@given(st.integers(min_value=0, max_value=2 * MAX_OBJECT_SIZE))
def test_a_stream_as_long_as_expected_has_equal_parts(expected: int) -> None:
    plan = plan_parts(expected)
    assert -(-min(expected, MAX_OBJECT_SIZE) // plan.part_size) <= 9_000
    assert plan.part_size % MIB == 0
    assert MIN_PART_SIZE <= plan.part_size <= MAX_PART_SIZE


@pytest.mark.parametrize("expected", [0, GIB, 140 * GIB])
def test_a_stream_thirteen_times_as_long_as_its_equal_parts_still_fits(expected: int) -> None:
    plan = plan_parts(expected)
    assert reach(plan) >= 13 * 9_000 * plan.part_size
    assert reach(plan) >= TIB


def test_parts_are_equal_to_the_nine_thousandth_then_double_every_hundred() -> None:
    plan = PartPlan()
    sizes = [plan.size_of(number) for number in range(1, MAX_PARTS + 1)]
    assert set(sizes[:9000]) == {DEFAULT_PART_SIZE}
    assert sizes[9000] == sizes[9099] == 2 * DEFAULT_PART_SIZE
    assert sizes[9100] == 4 * DEFAULT_PART_SIZE
    assert all(one <= next_one <= MAX_PART_SIZE for one, next_one in pairwise(sizes))


@pytest.mark.parametrize(
    ("mebibytes", "at_once", "expected"),
    [
        (5, None, 6),
        (8, None, 6),
        (10, None, 4),
        (16, None, 3),
        (64, None, 3),
        (16, 2, 2),
        (5, 4, 4),
        (64, 9, 3),
    ],
)
def test_of_small_parts_more_are_on_their_way_at_once(
    mebibytes: int, at_once: int | None, expected: int
) -> None:
    assert PartPlan(mebibytes * MIB, at_once).at_once_of(3) == expected


@pytest.mark.parametrize("size", [MIN_PART_SIZE - 1, MAX_PART_SIZE + 1, 0, -1])
def test_a_part_that_no_server_takes_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a part has"):
        PartPlan(size)


def test_a_part_size_that_was_asked_for_is_taken() -> None:
    assert plan_parts(TIB, 5 * MIB) == PartPlan(5 * MIB)


@given(st.lists(st.binary(max_size=20), max_size=12))
def test_the_digester_hashes_what_slices_would(chunks: list[bytes]) -> None:
    digester = Digester(SmallPlan(3))
    for chunk in chunks:
        digester.update(chunk)
    whole = b"".join(chunks)
    slices = [whole[start : start + 3] for start in range(0, len(whole), 3)] or [b""]
    digest = digester.finish()
    assert digest.parts == tuple(digest_part(piece) for piece in slices)
    assert (digest.size, digest.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())


def test_an_empty_stream_is_one_empty_part() -> None:
    digest = Digester(PartPlan()).finish()
    assert digest.parts == (digest_part(b""),)
    assert digest.size == 0


def test_a_part_is_hashed_as_the_standard_tools_do() -> None:
    assert digest_part(b"abc") == PartDigest(
        3,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "900150983cd24fb0d6963f7d28e17f72",
    )


def test_the_etag_is_the_one_s3_gives() -> None:
    # md5sum of "hello " and of "world", by xxd -r -p through md5sum again.
    parts = [digest_part(b"hello "), digest_part(b"world")]
    assert multipart_etag(parts) == "e09e4fd6265b36115fe3db32df945d84-2"


@given(st.lists(st.integers(1, 9), max_size=12), st.lists(st.tuples(st.integers(0, 120), st.integers(1, 40))))
def test_the_parts_in_which_bytes_lie_are_those_that_share_a_byte_with_them(
    sizes: list[int], wanted: list[tuple[int, int]]
) -> None:
    bytes_of, start = {}, 0
    for number, size in enumerate(sizes, 1):
        bytes_of[number] = set(range(start, start + size))
        start += size
    spans = [(begin, begin + length) for begin, length in wanted]
    there = {byte for begin, end in spans for byte in range(begin, end)}
    parts = spans_of(sizes)
    assert [set(range(*span)) for span in parts] == list(bytes_of.values())
    assert parts_within(parts, spans) == {number for number, own in bytes_of.items() if own & there}
