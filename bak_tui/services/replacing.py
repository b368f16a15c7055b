"""A small file of ours, written whole or not at all, for the user alone, by way of a draft beside it.

A draft, `.<name>.<8 hex>`, is locked as long as somebody writes it. The lock goes with the process: what a
killed one has left is known at once, and goes with the next who looks. Where the file system has no locks it
is known by its age.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
import time
from contextlib import ExitStack, suppress
from pathlib import Path

_DRAFT = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}", re.DOTALL)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_UNLOCKED_SECONDS = 3600.0
"""As old is no draft that somebody still writes."""


def make_folder(folder: Path) -> None:
    """The folder and those above it, as far as they are missing, for the user alone whatever the umask."""
    missing = [folder, *folder.parents]
    for each in reversed([each for each in missing if not each.exists()]):
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)


def replace_file(path: Path, content: bytes, *, lasts: bool = True) -> None:
    """All or nothing, in a folder that is there; on the disk when this returns, if it is to last.

    Raises OSError.
    """
    forget_drafts(path.parent, path.name)
    draft, handle = _begin(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if lasts:
                os.fsync(handle)
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    if lasts:
        _sync(path.parent)


def forget_drafts(folder: Path, name: str = "") -> None:
    """Remove the drafts of that name, or all in a folder of ours, that nobody writes. Raises nothing."""
    with suppress(OSError):
        for each in os.listdir(folder):
            draft = _DRAFT.fullmatch(each)
            if draft and name in {"", draft["name"]}:
                with suppress(OSError):
                    _forget(folder / each)


def _begin(path: Path) -> tuple[Path, int]:
    """A draft that is ours alone, and its descriptor."""
    while True:
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with ExitStack() as undoing:
            handle = os.open(draft, _NEW, 0o600)
            undoing.callback(draft.unlink, missing_ok=True)
            undoing.callback(os.close, handle)
            os.fchmod(handle, 0o600)
            # Between its making and its lock it may be taken for a dead one's: then there is another.
            if _lock(handle) is not False and os.fstat(handle).st_nlink:
                undoing.pop_all()
                return draft, handle


def _forget(draft: Path) -> None:
    handle = os.open(draft, _OLD)
    try:
        status = os.fstat(handle)
        is_old = time.time() - status.st_mtime > _UNLOCKED_SECONDS
        locked = _lock(handle)
        if stat.S_ISREG(status.st_mode) and (is_old if locked is None else locked):
            draft.unlink()
    finally:
        os.close(handle)


def _lock(handle: int) -> bool | None:
    """Whether it is ours now, as long as it is open; None where there are no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
