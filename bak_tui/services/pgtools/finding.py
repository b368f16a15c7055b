"""Which client programs are installed, and which of them fits a server.

pg_dump refuses a newer server, and a newer pg_dump's output may not load into an older one
(`SET transaction_timeout`): the same major, else the nearest newer with a note, never an older.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bak_tui.core.errors import ToolError
from bak_tui.core.foreign import visible
from bak_tui.core.inherited import inherited

_VERSION = re.compile(r"\(PostgreSQL\) (?P<version>(?P<major>\d+)\S*)")
_PLACES = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/usr/libexec", "postgresql*"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/opt/homebrew/opt", "libpq/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "libpq/bin"),
    ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
)
_PATIENCE = 30.0
"""Seconds for a short answer, on a machine that has much else to do; alone it takes some milliseconds."""
_INSTALL = {
    "debian": "apt install postgresql-client-{major}",
    "ubuntu": "apt install postgresql-client-{major}",
    "fedora": "dnf install postgresql{major}",
    "rhel": "dnf install postgresql{major}",
    "suse": "zypper install postgresql{major}",
    "alpine": "apk add postgresql{major}-client",
    "arch": "pacman -S postgresql",
    "darwin": "brew install postgresql@{major}",
}


@dataclass(frozen=True)
class ToolSet:
    """A pg_dump and the pg_restore beside it."""

    folder: Path
    version: str
    """`15.18`."""
    major: int

    @property
    def pg_dump(self) -> Path:
        return self.folder / "pg_dump"

    @property
    def pg_dumpall(self) -> Path:
        return self.folder / "pg_dumpall"

    @property
    def pg_restore(self) -> Path:
        return self.folder / "pg_restore"

    @property
    def has_server(self) -> bool:
        """Whether the server's own programs lie beside the clients'."""
        return all((self.folder / name).exists() for name in ("initdb", "postgres"))

    @cached_property
    def has_zstd(self) -> bool:
        """Whether this build compresses with zstd (16 and later, when built with it)."""
        return self._compresses_with("zstd")

    @cached_property
    def has_lz4(self) -> bool:
        """Whether this build compresses with lz4 (16 and later, when built with it)."""
        return self._compresses_with("lz4")

    def _compresses_with(self, method: str) -> bool:
        """Asked by running it against a port where nothing answers: it complains before it connects."""
        if self.major < 16:
            return False
        argv = [str(self.pg_dump), "--format=custom", f"--compress={method}:1"]
        try:
            answer = _run([*argv, "--no-password", "--host=127.0.0.1", "--port=1"])
        except OSError:
            return False
        return bool(answer) and method not in answer.lower()

    def __str__(self) -> str:
        return f"pg_dump {self.version} ({self.folder})"


class Toolbox:
    """The client programs of this machine. `folders` (os.pathsep between) replaces the search."""

    def __init__(self, folders: str | None = None) -> None:
        self.folders = folders
        """None: they are searched for."""

    @cached_property
    def sets(self) -> tuple[ToolSet, ...]:
        """Everything found, newest first. A folder named by the user must hold them: else ToolError."""
        found: dict[Path, ToolSet] = {}
        for folder in self._candidates():
            tools = _examine(folder)
            if isinstance(tools, ToolSet):
                found.setdefault((folder / "pg_dump").resolve(), tools)
            elif self.folders is not None:
                raise ToolError(
                    f"no pg_dump and pg_restore that run in {folder}: {tools}",
                    hint="name the folder that holds both with --pg-bindir, or leave it out to search",
                )
        # Of one major those found first stay first: the sort is stable.
        return tuple(sorted(found.values(), key=lambda tools: -tools.major))

    def for_server(self, server_major: int) -> ToolSet:
        """The tools to dump a server of that major with. Raises ToolError naming what to install."""
        purpose = f"dump a server of version {server_major}"
        return _nearest(self._able(server_major, purpose), server_major)

    def for_archive(self, dump_major: int, server_major: int, *, compression: str = "") -> ToolSet:
        """The tools to restore an archive of pg_dump `dump_major` into a server of `server_major`.

        Old pg_restores cannot read newer archives; new ones read all older ones. Among those that can
        read it the target server's own major is best: it sends no settings the server does not know.
        """
        able = self._able(dump_major, f"restore an archive of pg_dump {dump_major}")
        if compression in {"zstd", "lz4"}:
            able = [tools for tools in able if (tools.has_zstd if compression == "zstd" else tools.has_lz4)]
        if not able:
            raise ToolError(
                f"no pg_restore here was built with {compression}, and this archive is compressed with it",
                hint=f"{install_command(max(dump_major, 16))}, or name its folder with --pg-bindir",
            )
        return _nearest(able, max(dump_major, server_major))

    def for_cluster(self, server_major: int) -> ToolSet:
        """The tools beside which a server of that major can be made, else of the nearest newer. ToolError."""
        able = [tools for tools in self.sets if tools.has_server and tools.major >= server_major]
        if not able:
            raise ToolError(
                f"no server programs (initdb, postgres) of PostgreSQL {server_major} or newer are here",
                hint="install the server's package, or name its folder with --pg-bindir",
            )
        return min(able, key=lambda tools: tools.major)

    def _able(self, at_least: int, purpose: str) -> list[ToolSet]:
        able = [tools for tools in self.sets if tools.major >= at_least]
        if not able:
            have = ", ".join(dict.fromkeys(tools.version for tools in self.sets)) or "none"
            raise ToolError(
                f"no client programs here can {purpose} (found: {have})",
                hint=f"{install_command(at_least)}, or name their folder with --pg-bindir",
            )
        return able

    def _candidates(self) -> Iterable[Path]:
        if self.folders is not None:
            return [Path(folder) for folder in self.folders.split(os.pathsep) if folder]
        from_path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
        known = [folder for base, pattern in _PLACES for folder in sorted(Path(base).glob(pattern))]
        # The known places first: Debian's /usr/bin/pg_dump is a wrapper that picks a version by itself.
        return [*known, *from_path]


def _nearest(able: list[ToolSet], wished: int) -> ToolSet:
    """The same major, else the nearest newer, else the newest there is."""
    newer = [tools for tools in able if tools.major >= wished]
    return min(newer, key=lambda tools: tools.major) if newer else max(able, key=lambda tools: tools.major)


def install_command(major: int) -> str:
    """How to install the client programs on this system."""
    try:
        release = platform.freedesktop_os_release()
        families = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    except OSError:
        families = [platform.system().lower()]
    for family in families:
        if family in _INSTALL:
            return _INSTALL[family].format(major=major)
    return f"install PostgreSQL {major}'s client programs"


def _examine(folder: Path) -> ToolSet | str:
    """The tools there, or why there are none."""
    for name in ("pg_dump", "pg_restore"):
        if not shutil.which(name, path=str(folder)):
            return f"there is no {name} to be run"
    try:
        answer = _run([str(folder / "pg_dump"), "--version"])
    except OSError as error:
        return f"pg_dump --version: {error.strerror}"
    match = _VERSION.search(answer)
    if match:
        return ToolSet(folder, match["version"], int(match["major"]))
    return visible(answer.strip().partition("\n")[0]) or "pg_dump --version says nothing"


def _run(argv: list[str]) -> str:
    """What a short question to a program prints, both streams. Raises OSError when it cannot be run."""
    environment = {**inherited(os.environ), "LC_ALL": "C", "PGCONNECT_TIMEOUT": "2"}
    try:
        answer = subprocess.run(
            argv,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(errno.ETIMEDOUT, f"no answer in {_PATIENCE:.0f} seconds") from error
    return (answer.stdout + answer.stderr).decode(errors="replace")
