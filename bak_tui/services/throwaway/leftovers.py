"""What such a folder looks like from outside, and how one is cleared away when its owner was killed.

A folder belongs to the process that holds a lock (flock) on its lock file; the kernel lets go of it however
that process ends. A folder is touched only when all of this holds: its name is ours, it is a real folder of
our own user, it has our lock file, and nobody holds the lock. A process is stopped only when it was recorded
in the folder *and* still has the folder on its command line: numbers of processes are used again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from bak_tui.core.inherited import inherited

PREFIX = "bak-throwaway-"
LOCK = "owner.lock"
RECORDS = "servers"
"""Folder of empty files, each named by the number of a server's process."""

_QUIT_PATIENCE = 5.0
_REMOVAL_PATIENCE = 10.0


def hold(lock: Path) -> int | None:
    """A descriptor that holds the lock until closed; None when it is another's, or no lock file of ours."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def sweep(bases: Iterable[Path]) -> list[Path]:
    """Clear every folder in `bases` whose owner is dead; returns the folders that are gone now."""
    swept = []
    for base in bases:
        try:
            found = sorted(base.glob(PREFIX + "*"))
        except OSError:
            continue
        swept += [folder for folder in found if is_throwaway(folder) and clear_if_dead(folder)]
    return swept


def is_throwaway(folder: Path) -> bool:
    """Whether it is such a folder by its name, and our own user's."""
    if not folder.name.startswith(PREFIX):
        return False
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def clear_if_dead(folder: Path) -> bool:
    """Stop what runs in it and remove it, unless its owner lives. True when it is gone."""
    descriptor = hold(folder / LOCK)
    if descriptor is None:
        return False
    try:
        return clear(folder)
    finally:
        os.close(descriptor)


def clear(folder: Path) -> bool:
    """Stop what runs in `folder` and remove it; the lock file goes last, so that a broken-off try is retried.

    True when it is gone. The caller holds the lock.
    """
    for record in (folder / RECORDS).glob("*"):
        if record.name.isdecimal():
            _stop(int(record.name), folder)
    for room in folder.iterdir():
        if room.name != LOCK:
            _remove(room)
    try:
        (folder / LOCK).unlink(missing_ok=True)
        folder.rmdir()
    except OSError:
        return False
    return True


def _stop(pid: int, folder: Path) -> None:
    """SIGQUIT (PostgreSQL then ends at once, its children with it), and SIGKILL when that is not heard."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if not runs_in(pid, folder):
            return
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            return
        deadline = time.monotonic() + _QUIT_PATIENCE
        while runs_in(pid, folder) and time.monotonic() < deadline:
            time.sleep(0.02)


def runs_in(pid: int, folder: Path) -> bool:
    """Whether process `pid` is alive and has something in `folder` on its command line."""
    if Path("/proc/self/cmdline").exists():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    else:
        asked = ["ps", "-p", str(pid), "-o", "command="]
        command = subprocess.run(asked, env=inherited(os.environ), capture_output=True, check=False).stdout
    return os.fsencode(f"{folder}/") in command


def _remove(room: Path) -> None:
    """Remove a file or tree; a server that has just been killed may still be writing, so try for a while."""
    deadline = time.monotonic() + _REMOVAL_PATIENCE
    while True:
        try:
            if room.is_dir() and not room.is_symlink():
                shutil.rmtree(room)
            else:
                room.unlink(missing_ok=True)
        except OSError:
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)
        else:
            return
