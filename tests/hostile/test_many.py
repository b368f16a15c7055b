"""The same, over thousands of examples of each: some minutes, in two processes."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

_log = logging.getLogger(__name__)


@pytest.mark.sweep
def test_what_holds_for_a_few_examples_holds_for_thousands() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--hypothesis-profile=many", "-n", "2", "--durations=8"]
    # However long an example is that something fails on, it is to be told.
    command += ["-W", "ignore:Generating overly large repr"]
    command += ["--dist", "worksteal", str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    _log.info("%s", done.stdout)
