"""How PostgreSQL's programs get to where the server's account can run them."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import time
from pathlib import Path

from bak_tui.services.throwaway.account import Account

_UNNEEDED = shutil.ignore_patterns("include", "doc", "__pycache__", "pkgconfig", "*.a", "*.py")


_PATIENCE = 60.0
_PASSING = {errno.EAGAIN, errno.ENOMEM, errno.ETXTBSY}
"""What goes by on a machine that has much to do; ETXTBSY: another thread was just starting a program when it
was copied."""
_TRIES = 20
_PAUSE = 0.1


def why_not_run(bindir: Path, account: Account | None) -> str:
    """Why the account cannot run `postgres` there; empty when it can. Tried, not reckoned: modes do not tell
    of ACLs."""
    why = ""
    for _ in range(_TRIES):
        try:
            return _tried(bindir / "postgres", account)
        except subprocess.TimeoutExpired:
            return f"no answer in {_PATIENCE:.0f} seconds"
        except OSError as error:
            why = error.strerror or str(error)
            if error.errno not in _PASSING:
                break
        time.sleep(_PAUSE)
    return why


def _tried(program: Path, account: Account | None) -> str:
    trial = subprocess.run(
        [program, "--version"],
        capture_output=True,
        cwd="/",
        env={"LC_ALL": "C"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        check=False,
        timeout=_PATIENCE,
    )
    said = trial.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return "" if trial.returncode == 0 else said or f"exit code {trial.returncode}"


def stage(bindir: Path, room: Path) -> Path:
    """Hard-link, else copy, the installation around `bindir` into `room`; returns its `bin` there.

    The programs of a wheel look for their libraries in `<package>.libs` beside `<package>`, so both go, side
    by side. Links take no room, but they keep their modes: what others may not read is copied.
    """
    install = bindir.parent
    package = install.parent
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        _transplant(libraries, room / libraries.name)
        staged = room / package.name / install.name
    else:
        staged = room / install.name
    staged.parent.mkdir(exist_ok=True)
    _transplant(install, staged)
    for folder in (room, *(path for path in room.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    return staged / bindir.name


def _transplant(source: Path, destination: Path) -> None:
    shutil.copytree(source, destination, symlinks=True, ignore=_UNNEEDED, copy_function=_link_or_copy)


def _link_or_copy(source: str, destination: str) -> str:
    mode = os.stat(source).st_mode
    wanted = 0o755 if mode & stat.S_IXUSR else 0o644
    if mode & wanted == wanted:
        try:
            os.link(source, destination)
        except OSError:
            pass
        else:
            return destination
    shutil.copyfile(source, destination)
    os.chmod(destination, wanted)
    return destination
