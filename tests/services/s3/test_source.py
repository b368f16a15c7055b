"""Streams of every length are cut into parts that S3 takes. To be quick, here a byte stands for a MiB."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bak_tui.core.errors import StoreError
from bak_tui.core.parts import MAX_OBJECT_SIZE, MAX_PARTS, MIB, PartPlan, plan_parts
from bak_tui.services.s3.source import BufferPool, PartReader

GIB = 1024
TIB = 1024 * GIB


@dataclass(frozen=True, slots=True)
class ScaledPlan(PartPlan):
    """The plan's sizes, in bytes instead of MiB."""

    def size_of(self, number: int) -> int:
        return PartPlan.size_of(self, number) // MIB


class Zeros:
    """So many of them, in pieces."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int, /) -> bytes:
        size = min(size, 70_001, self._left)
        self._left -= size
        return bytes(size)


def sizes(length: int, plan: PartPlan, *, wants_equal: bool = False) -> list[int]:
    buffer = bytearray(5 * GIB)
    scaled = ScaledPlan(plan.part_size)
    reader = PartReader(Zeros(length), scaled, lambda: None, wants_equal=wants_equal)
    return [part.size for part in reader.parts(lambda _size: buffer)]


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, GIB, 140 * GIB + 1, 2 * TIB, 5 * TIB])
def test_a_planned_stream_is_whole_in_equal_parts(length: int) -> None:
    plan = plan_parts(length * MIB)
    found = sizes(length, plan, wants_equal=True)
    assert sum(found) == length
    assert len(found) <= MAX_PARTS
    assert {size * MIB for size in found[:-1]} <= {plan.part_size}


def test_a_stream_of_five_tebibytes_that_was_planned_for_half_of_it_fits() -> None:
    found = sizes(5 * TIB, plan_parts(MAX_OBJECT_SIZE // 2))
    assert sum(found) == 5 * TIB
    assert 9_000 < len(found) <= MAX_PARTS
    assert max(found) <= 5 * GIB


def test_where_parts_must_be_equal_a_longer_stream_is_refused_with_the_size_to_use() -> None:
    with pytest.raises(StoreError, match="9,000 equal parts of 16 MiB") as refused:
        sizes(9_000 * 16 + 1, PartPlan(), wants_equal=True)
    assert refused.value.hint == "use --part-size 128MiB"
    assert len(sizes(9_000 * 16, PartPlan(), wants_equal=True)) == 9_000


def test_a_stream_that_no_parts_hold_is_refused() -> None:
    with pytest.raises(StoreError, match="10,000 parts of 5 MiB"):
        sizes(5 * TIB, PartPlan(5 * MIB))


def test_a_pool_has_so_many_buffers_and_no_more_and_gives_each_again() -> None:
    pool = BufferPool(2)
    first, second = pool.take(MIB, 0), pool.take(MIB, 0)
    assert first is not None
    assert second is not None
    assert pool.take(MIB, 0) is None
    pool.give(first)
    assert pool.take(MIB - 1, 0) is first
    pool.give(second)
    larger = pool.take(2 * MIB, 0)
    assert larger is not None
    assert len(larger) == 2 * MIB
    assert pool.take(MIB, 0) is None
