"""pg_dumpall --globals-only: roles, memberships and tablespaces, which no database's dump holds."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from bak_tui.core.errors import DumpFailed, ToolError
from bak_tui.core.profile import Server
from bak_tui.services.pgtools.child import Child, connection_string
from bak_tui.services.pgtools.finding import ToolSet

_END = b"-- PostgreSQL database cluster dump complete"
_TAIL = 4096


@dataclass(frozen=True, slots=True)
class GlobalsRequest:
    """Whose globals, with what."""

    tools: ToolSet
    server: Server
    application_name: str
    has_passwords: bool = False
    """The roles' password hashes come along: only a superuser may read them."""
    stall_timeout: float = 600.0

    def argv(self) -> list[str]:
        database = self.server.maintenance_db
        name = self.application_name
        return [
            str(self.tools.pg_dumpall),
            "--globals-only",
            *([] if self.has_passwords else ["--no-role-passwords"]),
            "--no-password",
            f"--dbname={connection_string(self.server, database or 'postgres', name)}",
            # The database in the string above is ignored; this one is expanded like a string, too.
            *([f"--database={connection_string(self.server, database, name)}"] if database else []),
        ]


class GlobalsProcess(Child):
    """A running pg_dumpall as a readable stream. Without `check_complete` nothing is proven."""

    def __init__(self, request: GlobalsRequest, log: Callable[[str], None]) -> None:
        if not request.tools.pg_dumpall.exists():
            raise ToolError(
                f"there is no pg_dumpall beside {request.tools.pg_dump}",
                hint="install the whole client package, or leave --globals out",
            )
        super().__init__(
            request.argv(), password=request.server.password, stdout=subprocess.PIPE, on_line=log
        )
        self._stall_timeout = request.stall_timeout
        self._tail = b""

    def __enter__(self) -> GlobalsProcess:
        super().__enter__()
        return self

    def stream(self, size: int) -> bytes:
        """The script's next bytes, b"" at its end."""
        data = self.read(size, stall=self._stall_timeout)
        self._tail = (self._tail + data)[-_TAIL:]
        return data

    def check_complete(self) -> None:
        """Return when pg_dumpall exited 0 and wrote its last line; else raise what it said."""
        code = self.wait()
        if code != 0 or _END not in self._tail:
            said = "; ".join(line for line in self.stderr[-3:]) or "it wrote no end"
            raise DumpFailed(
                f"pg_dumpall ended with exit code {code}: {said}",
                hint="with passwords only a superuser may read them",
                left="nothing was left behind",
                kind="globals_failed",
            )
