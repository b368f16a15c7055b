"""Secrets by reference: read from a file that only the user can read, or told by a command."""

from __future__ import annotations

import shlex
import stat
import subprocess
from pathlib import Path

from bak_tui.core.errors import UsageError
from bak_tui.core.secret import Secret


def from_file(path: Path) -> Secret:
    """The file's first line. UsageError when others may read it, with the chmod to run."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the password file {path} cannot be read", hint=str(error)) from error
    if stat.S_ISREG(mode) and mode & 0o077:
        raise UsageError(
            f"the password file {path} can be read by others", hint=f"chmod 600 {shlex.quote(str(path))}"
        )
    return _first_line(text, f"the password file {path}")


def from_command(command: str) -> Secret:
    """The first line a command prints. It is split like a shell would, but no shell runs it."""
    try:
        argv = shlex.split(command)
        answer = subprocess.run(argv, stdout=subprocess.PIPE, check=True, timeout=60, text=True)
    except (OSError, ValueError, IndexError, UnicodeDecodeError, subprocess.SubprocessError) as error:
        name = command.split(maxsplit=1)[0] if command.split() else "(empty)"
        raise UsageError(
            f"the password command {name} failed", hint=f"run it by hand ({type(error).__name__})"
        ) from error
    return _first_line(answer.stdout, "the password command")


def _first_line(text: str, what: str) -> Secret:
    line = text.partition("\n")[0].removesuffix("\r")
    if not line:
        raise UsageError(f"{what} gives no password", hint="its first line is the password")
    return Secret(line)
