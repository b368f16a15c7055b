"""Writing a file whole or not at all, for the user alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def make_folder(folder: Path) -> None:
    """The folder and those above it, as far as they are missing, for the user alone whatever the umask."""
    missing = [folder, *folder.parents]
    for each in reversed([each for each in missing if not each.exists()]):
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)


def replace_file(path: Path, text: str) -> None:
    """All or nothing, on disk when this returns, for the user alone whatever the umask."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            os.fchmod(handle, 0o600)
            file.write(text)
            file.flush()
            os.fsync(handle)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
