"""pg_dump, streaming a custom-format archive."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from bak_tui.core.errors import BakError, DumpFailed, ServerError
from bak_tui.core.profile import Server
from bak_tui.services.pgtools.child import Child, connection_string
from bak_tui.services.pgtools.compression import Compression
from bak_tui.services.pgtools.finding import ToolSet

_TABLE = re.compile(r'pg_dump: dumping contents of table "(?P<table>.*)"$')
_COMPLAINT = re.compile(r"pg_dump: (?:error|fatal|detail|hint): ", re.IGNORECASE)
_LOST = (
    "server closed the connection",
    "connection to server",
    "could not connect",
    "terminating connection",
)


@dataclass(frozen=True, slots=True)
class DumpRequest:
    """What to dump, how, with what."""

    tools: ToolSet
    server: Server
    database: str
    snapshot: str
    compression: Compression
    application_name: str
    lock_timeout: float = 60.0
    """Seconds to wait for a table's lock."""
    stall_timeout: float = 600.0
    """Seconds without a byte after which the server counts as gone."""

    @property
    def options(self) -> list[str]:
        """pg_dump's options as the manifest tells them: no names, no connection."""
        return ["--format=custom", f"--compress={self.compression.argument(self.tools)}"]

    def argv(self) -> list[str]:
        return [
            str(self.tools.pg_dump),
            *self.options,
            "--verbose",
            "--no-password",
            f"--snapshot={self.snapshot}",
            f"--lock-wait-timeout={int(self.lock_timeout * 1000)}",
            f"--dbname={connection_string(self.server, self.database, self.application_name)}",
        ]


class DumpProcess(Child):
    """A running pg_dump as a readable stream. The gate is `check`: without it nothing is proven."""

    def __init__(
        self,
        request: DumpRequest,
        on_table: Callable[[str], None],
        log: Callable[[str], None] = lambda _line: None,
    ) -> None:
        super().__init__(
            request.argv(),
            password=request.server.password,
            stdout=subprocess.PIPE,
            on_line=self._notice,
        )
        self._request = request
        self._on_table = on_table
        self._log = log

    def __enter__(self) -> DumpProcess:
        super().__enter__()
        return self

    def stream(self, size: int) -> bytes:
        """The archive's next bytes, b"" at its end."""
        return self.read(size, stall=self._request.stall_timeout)

    def check(self) -> None:
        """Return when pg_dump exited 0; else raise what it said."""
        code = self.wait()
        if code != 0:
            raise self._failure(code)

    def _notice(self, line: str) -> None:
        self._log(line)
        if match := _TABLE.match(line):
            self._on_table(match["table"])

    def _failure(self, code: int) -> BakError:
        complaints = [_COMPLAINT.sub("", line) for line in self.stderr if _COMPLAINT.match(line)]
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        said = f": {'; '.join(complaints[:3])}" if complaints else ""
        message = f"pg_dump of {self._request.database} {ended}{said}"
        if any(sign in said for sign in _LOST):
            return ServerError(
                f"{message} (server {self._request.server})",
                hint="the server went away or refused; nothing was left behind",
                kind="server_lost",
            )
        if "LOCK TABLE" in said and "timeout" in said:
            return DumpFailed(
                message,
                hint=f"another session kept the table locked for {self._request.lock_timeout:g} s; try later",
                kind="lock_timeout",
            )
        return DumpFailed(message, hint="nothing was left behind; the database itself is untouched")
