"""Fixtures for every test: the servers (`tests/servers/fixtures.py`), all started only when asked for."""

pytest_plugins = ["tests.servers.fixtures"]
