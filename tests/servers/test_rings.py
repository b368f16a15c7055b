"""Every ring that runs here is what it says it is."""

from __future__ import annotations

import subprocess

from tests.demo.reaching import answer, round_trip
from tests.servers.fixtures import MakeDatabase
from tests.servers.rings import Ring

HOSTILE = "we\"ird 'name'; -- host=evil"


def test_a_ring_has_a_server_its_client_programs_and_a_store(ring: Ring, make_database: MakeDatabase) -> None:
    name = make_database(HOSTILE, server=ring.server)
    assert answer(ring.server, "SELECT current_database()", name) == HOSTILE
    version = subprocess.run(
        [ring.bindir / "pg_dump", "--version"], capture_output=True, text=True, check=True
    )
    assert str(answer(ring.server, "SHOW server_version")) in version.stdout
    assert round_trip(ring.make_bucket(f"ring-{ring.name}")) == b"as it was"
