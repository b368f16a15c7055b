"""Fixtures for every test: the servers (`tests/servers/fixtures.py`), all started only when asked for; what
holds after every fault (`tests/faults/oracles.py`), and the line that counts them."""

pytest_plugins = ["tests.servers.fixtures", "tests.faults.reporting", "tests.faults.oracles"]
