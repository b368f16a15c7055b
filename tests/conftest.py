"""Fixtures for every test: the servers (`tests/servers/fixtures.py`), all started only when asked for; what
holds after every fault (`tests/faults/oracles.py`), and the line that counts them.

Hypothesis tries the same examples every time, and none against the clock: its 200 ms for an example, or for
making some, are over on a machine that does much else, and the test fails though nothing is wrong.
"""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

pytest_plugins = ["tests.servers.fixtures", "tests.faults.reporting", "tests.faults.oracles"]


def pytest_collection_finish() -> None:
    """Look for garbage seldom, as the programs do, and never among modules and collected tests.

    At Python's own pace that takes two fifths of the time of a test of the screens.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 3)
