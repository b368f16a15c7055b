"""The rings: which PostgreSQL and which S3 a test runs against, and whether a ring may be missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from _pytest.mark import ParameterSet

from bak_tui.core.profile import Server, Target

RING_NAMES = ("embedded", "system", "ceph")


@dataclass(frozen=True)
class Ring:
    """One pair of servers."""

    name: str
    server: Server
    bindir: Path
    """The client programs of that server's own version."""
    make_bucket: Callable[[str], Target]
    """Makes an empty bucket of that name."""


def demanded_rings() -> frozenset[str]:
    """The rings that `BAK_TEST_RINGS` names: those run, and those alone; a typing error is an error."""
    names = frozenset(filter(None, os.environ.get("BAK_TEST_RINGS", "").replace(" ", "").split(",")))
    unknown = names - set(RING_NAMES)
    if unknown:
        raise pytest.UsageError(f"BAK_TEST_RINGS: no such ring: {', '.join(sorted(unknown))}")
    return names


def chosen_rings() -> list[ParameterSet]:
    """What `ring` is parametrised with; the optional rings carry the marker `ring`."""
    demanded = demanded_rings()
    return [
        pytest.param(name, marks=[pytest.mark.ring(name)] if name != "embedded" else [])
        for name in RING_NAMES
        if not demanded or name in demanded
    ]


def ring_missing(name: str, reason: str) -> NoReturn:
    """Skip with the reason; fail when `BAK_TEST_RINGS` demands this ring."""
    if name in demanded_rings():
        pytest.fail(f"ring {name} was demanded by BAK_TEST_RINGS but cannot run: {reason}", pytrace=False)
    pytest.skip(f"ring {name}: {reason}")
