"""An engine that leaves no thread behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from bak_tui.services.jobs import JobEngine
from tests.waiting import until


def our_threads() -> set[str]:
    """The names of the engine's threads, its jobs' and their hooks'."""
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("bak-")}


@pytest.fixture
def engine() -> Iterator[JobEngine]:
    """Two jobs at once. Closed after the test, when no thread of it may be left."""
    before = our_threads()
    engine = JobEngine(width=2)
    yield engine
    engine.close()
    until(lambda: our_threads() <= before)
