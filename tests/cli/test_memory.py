"""A large database streams: the memory of our own process stays under its bound, and no file is made."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.conftest import Site
from tests.samples import fill_bytes
from tests.servers.fixtures import MakeDatabase

BOUND = 160_000_000
"""Bytes: the figure for a streamed backup of up to 150 GiB."""


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [400, pytest.param(1000, marks=pytest.mark.sweep)])
def test_a_large_database_is_backed_up_and_verified_within_the_memory_bound_and_without_a_local_file(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path, megabytes: int
) -> None:
    name = make_database()
    fill_bytes(embedded.server, name, megabytes)
    embedded.bak.variables["TMPDIR"] = str(tmp_path)
    out = streamed(embedded, tmp_path, "backup", "--database", name, "--compress", "none")
    assert f"{megabytes:,} rows counted" in out
    assert "decoded to its end" in streamed(embedded, tmp_path, "verify", "--all", "--level", "3")


def streamed(site: Site, folder: Path, *argv: str) -> str:
    """What `bak` prints; its memory stays within the bound, and `folder` empty, all the time."""
    process = site.bak.start(*argv, "-q")
    peak, files = 0, set()
    while process.poll() is None:
        peak = max(peak, peak_memory(process.pid))
        files |= set(folder.rglob("*"))
        time.sleep(0.05)  # how often we look, not what we wait for
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert files == set()
    assert 30_000_000 < peak <= BOUND
    return out.decode()


def peak_memory(pid: int) -> int:
    """VmHWM in bytes; 0 when it has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), None)
    return int(line.split()[1]) * 1024 if line else 0
