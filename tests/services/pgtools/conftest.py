"""Fake programs, and what may be seen of a running child."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bak_tui.services.pgtools import Toolbox, ToolSet

MakeTools = Callable[..., Path]


def _status(pid: int) -> list[str]:
    """`/proc/<pid>/stat` from the state on; empty when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def is_running(pid: int) -> bool:
    """Whether the process is there; a zombie counts as gone."""
    return _status(pid)[:1] not in ([], ["Z"], ["X"])


def comm_of(pid: int) -> str:
    """The name of the program that a process runs; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def children() -> list[int]:
    """The processes that this one started and that still run."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if is_running(pid) and _status(pid)[1:2] == [str(os.getpid())]]


@pytest.fixture
def started() -> Callable[[], list[int]]:
    """Tells which of the running children were started since the test began: not its servers."""
    before = set(children())
    return lambda: [pid for pid in children() if pid not in before]


@pytest.fixture
def make_tools(tmp_path: Path) -> MakeTools:
    """Makes a folder with a pg_dump and a pg_restore that only tell their version."""

    def make(version: str, name: str = "", *, lacks: str = "nothing at all", says: str = "") -> Path:
        folder = tmp_path / (name or version)
        folder.mkdir()
        for program in ("pg_dump", "pg_restore"):
            path = folder / program
            path.write_text(
                "#!/bin/sh\n"
                'case "$*" in\n'
                f"--version) echo '{says or f'{program} (PostgreSQL) {version}'}' ;;\n"
                f"*compress='{lacks}'*) echo 'error: no support for {lacks.upper()}' >&2; exit 1 ;;\n"
                "*) echo 'error: connection refused' >&2; exit 1 ;;\n"
                "esac\n",
                encoding="utf-8",
            )
            path.chmod(0o755)
        return folder

    return make


def tools_in(bindir: Path) -> ToolSet:
    """The real ones."""
    return Toolbox(str(bindir)).sets[0]
