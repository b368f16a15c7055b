"""Which files of a folder a process and its workers hold open: the others are written to their end.

Linux tells under /proc. What is not known is not guessed: then nothing counts as closed while the process
lives. Ask only of files that were seen before: a file and the handle it is written by come to be together, so
one that was there, and that nobody holds now, is closed.
"""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def open_files(pid: int, folder: Path) -> frozenset[str] | None:
    """The names of files in `folder` that `pid` or a child of it holds open; None when nobody can tell."""
    try:
        workers = (_PROC / f"{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return None
    root = os.path.realpath(folder)
    held: set[str] = set()
    for each in (str(pid), *workers):
        names = _held_by(each, root)
        if names is None:
            return None
        held |= names
    return frozenset(held)


def _held_by(pid: str, root: str) -> set[str] | None:
    """None where it may not be known. A process that has just ended holds nothing."""
    handles = _PROC / pid / "fd"
    names = set()
    try:
        for handle in os.listdir(handles):
            try:
                folder, _, name = os.readlink(handles / handle).rpartition("/")
            except FileNotFoundError:
                continue
            if folder == root:
                names.add(name)
    except (FileNotFoundError, ProcessLookupError):
        return set()
    except OSError:
        return None
    return names
