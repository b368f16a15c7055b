"""Other processes that own embedded servers, for tests of how owners die."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bak_tui.services.throwaway.account import Account
from bak_tui.services.throwaway.leftovers import runs_in
from tests.waiting import PATIENCE

REPOSITORY = Path(__file__).parents[2]
_SYSTEM_PYTHON = "/usr/bin/python3"


@dataclass
class Owner:
    """A running `tests.demo.owner`."""

    process: subprocess.Popen[str]
    folder: Path
    pids: list[int]
    environment: dict[str, str]

    def kill(self) -> None:
        """SIGKILL: it can tidy nothing."""
        self.process.kill()
        self.process.communicate()

    def end(self) -> int:
        """Let it end as it should; returns its exit code."""
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def running(self) -> list[int]:
        """Which of its servers still run."""
        return [pid for pid in self.pids if runs_in(pid, self.folder)]


def start_owner(
    *, account: Account | None = None, umask: int = -1, environment: dict[str, str] | None = None
) -> Owner:
    """Start one, as another user and with another environment if asked, and wait until its servers run."""
    process = subprocess.Popen(
        [python_for(account) or sys.executable, "-m", "tests.demo.owner"],
        cwd=REPOSITORY,
        env={**os.environ, **_import_paths(), **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        umask=umask,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"the owner ended with {process.wait()}"
    report = json.loads(line)
    return Owner(process, Path(report["folder"]), report["pids"], report["environment"])


def _import_paths() -> dict[str, str]:
    packages = [path for path in sys.path if path.endswith("site-packages")] or site.getsitepackages()
    return {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *packages]), "PYTHONDONTWRITEBYTECODE": "1"}


def python_for(account: Account | None) -> str | None:
    """A Python of our version which that account can run, and import this repository with; None if none."""
    for program in (sys.executable, _SYSTEM_PYTHON):
        try:
            trial = subprocess.run(
                [program, "-c", "import sys, bak_tui, psycopg; print(sys.version_info[:2])"],
                cwd=REPOSITORY,
                env={**os.environ, **_import_paths()},
                capture_output=True,
                text=True,
                check=False,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        except OSError:
            continue
        if trial.returncode == 0 and trial.stdout.strip() == str(sys.version_info[:2]):
            return program
    return None


def wait_until(condition: Callable[[], bool], what: str, patience: float = 10.0) -> None:
    """Wait for a condition; fail the test when it does not come true."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.02)
