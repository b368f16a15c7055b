"""Which files of a folder a process, its workers and theirs hold open: the others are written to their end.

Linux tells under /proc. What is not known is not guessed: then nothing counts as closed while the process
lives. Ask only of files that were seen before: a file and the handle it is written by come to be together, so
one that was there, and that nobody holds now, is closed.
"""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def open_files(pid: int, folder: Path) -> frozenset[str] | None:
    """The names of files in `folder` that `pid` or what it started holds open; None when nobody can tell."""
    root = os.path.realpath(folder)
    held: set[str] = set()
    processes = [str(pid)]
    while processes:
        each = processes.pop()
        names, children = _held_by(each, root), _children_of(each)
        if names is None or children is None:
            return None
        held |= names
        processes += children
    return frozenset(held)


def _children_of(pid: str) -> list[str] | None:
    """None where it is not told. pg_dump may be a script's child, and its workers are its own."""
    try:
        return (_PROC / pid / "task" / pid / "children").read_text(encoding="ascii").split()
    except OSError:
        return None if (_PROC / pid).exists() else []


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
