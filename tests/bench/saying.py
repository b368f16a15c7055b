"""Lines of a table, printed as soon as they are known."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """A line of the table."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
