"""What an ended process has left in folders of this machine: partial files, and folders for copies.

A file that is locked is being written by somebody else under the same name, and is not among them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from bak_tui.core.errors import FileProblem
from bak_tui.core.names import PARTIAL_SUFFIX

_SPOOL = "bak-"


def path_of(uri: str) -> Path:
    """The path of a `file:///…` URI, byte for byte."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(uri).path)))


def partial_files(uri: str) -> list[Path]:
    """The unfinished files, or folders, of what was being written. Nothing where nothing can be seen."""
    path = path_of(uri)
    try:
        names = os.listdir(path.parent)
    except OSError:
        return []
    mine = [name for name in names if name.startswith(path.name) and name.endswith(PARTIAL_SUFFIX)]
    return [path.parent / name for name in sorted(mine) if _is_left(path.parent / name)]


def spool_left(uri: str) -> Path | None:
    """The folder for copies, when it is still there and no link."""
    path = path_of(uri)
    is_ours = path.name.startswith(_SPOOL) and path.is_dir() and not path.is_symlink()
    return path if is_ours else None


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it, following no link. Raises FileProblem."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise FileProblem(f"{path} could not be removed: {error.strerror}") from error


def _is_left(path: Path) -> bool:
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True  # whoever wrote it had more rights; its removal will tell
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # no locks here
    finally:
        os.close(handle)
    return True
