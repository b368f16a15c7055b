"""A server's processors are told where its files may be read, and only there."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from bak_tui.core.profile import Server
from bak_tui.core.secret import Secret
from bak_tui.services.postgres import Instance
from bak_tui.services.postgres.cores import cores_of
from tests.servers.fixtures import open_connection


@pytest.mark.parametrize(
    ("online", "allowed", "cores"),
    [
        ("0-3,6\n", "", 5),
        ("0\n", "max 100000\n", 1),
        ("0-15\n", "200000 100000\n", 2),
        ("0-15\n", "50000 100000\n", 1),
        ("0-1", "800000 100000", 2),
        ("", "", None),
        ("what?", "200000 0", None),
    ],
)
def test_ranges_are_added_up_and_a_quota_is_kept(online: str, allowed: str, cores: int | None) -> None:
    assert cores_of(online, allowed) == cores


def test_a_superuser_is_told_and_another_role_is_not(each_server: Server) -> None:
    cores = Instance(each_server).cores()
    assert cores is not None
    assert 1 <= cores <= (os.cpu_count() or 1)
    with open_connection(each_server, "postgres") as connection:
        connection.execute("CREATE ROLE told_nothing LOGIN PASSWORD 'x'")
    try:
        plain = replace(each_server, user="told_nothing", password=Secret("x"))
        assert Instance(plain).cores() is None
    finally:
        with open_connection(each_server, "postgres") as connection:
            connection.execute("DROP ROLE told_nothing")
