"""The same, over thousands of examples of each: some minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.sweep
def test_what_holds_for_a_few_examples_holds_for_thousands() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--hypothesis-profile=many", str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
