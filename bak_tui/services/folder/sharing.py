"""Who but us could change a file between two looks at it."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def is_changeable_by_others(file: Path) -> bool:
    """Whether another user (not root) may write to it, or put another in its place.

    Raises OSError when it is not there.
    """
    place = file.resolve(strict=True)
    return _is_open(place.stat()) or any(_lets_replace(folder.stat()) for folder in place.parents)


def _is_open(status: os.stat_result) -> bool:
    if status.st_uid not in {0, os.geteuid()}:
        return True
    shared = stat.S_IWOTH | (0 if status.st_gid in {0, os.getegid()} else stat.S_IWGRP)
    return bool(status.st_mode & shared)


def _lets_replace(folder: os.stat_result) -> bool:
    """In a sticky folder (`/tmp`) only a file's owner may give its name to another."""
    return _is_open(folder) and not (
        folder.st_uid in {0, os.geteuid()} and bool(folder.st_mode & stat.S_ISVTX)
    )
