"""Every registered fault has a test, or stands in the list of those that have none yet."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.register import FAULTS, NOT_YET

TESTS = Path(__file__).parents[1]
_MARK = re.compile(r"mark\.fault\(([^)]*)\)")


def injected() -> set[str]:
    """The numbers that stand in marks."""
    sources = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    marks = [mark for source in sources for mark in _MARK.findall(source)]
    return {number for mark in marks for number in re.findall(r'"(R\d+)"', mark)}


def test_every_fault_is_injected_by_a_test_or_listed_as_not_yet() -> None:
    assert injected() | set(NOT_YET) == set(FAULTS)
    assert all(NOT_YET.values())
