"""What an ended process has left in folders of this machine: partial files, and folders for copies."""

from __future__ import annotations

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
    """The unfinished files of one that was being written. Nothing where nothing can be seen."""
    path = path_of(uri)
    try:
        names = os.listdir(path.parent)
    except OSError:
        return []
    mine = [name for name in names if name.startswith(path.name) and name.endswith(PARTIAL_SUFFIX)]
    return [path.parent / name for name in sorted(mine) if _is_file(path.parent / name)]


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


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
