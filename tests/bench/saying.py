"""Lines of a table, in Markdown, printed as soon as they are known."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """A line of the table, or beside it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say_heads(*names: str) -> None:
    """What a table begins with."""
    say_row(*names)
    say("|" + "---|" * len(names))


def say_row(*cells: object) -> None:
    """One row; a cell that is empty stays so."""
    say("| " + " | ".join(map(str, cells)) + " |")
