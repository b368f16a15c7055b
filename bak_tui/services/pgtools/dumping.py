"""pg_dump: a custom-format archive as a stream, or a directory-format one into a folder."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.errors import BakError, DumpFailed, NoSpace, ServerError
from bak_tui.core.foreign import visible
from bak_tui.core.profile import Server
from bak_tui.core.recovery import RecoveryConflict, is_recovery_conflict
from bak_tui.core.sessions import FEWER_SESSIONS, is_crowded
from bak_tui.services.pgtools.child import Child, connection_string
from bak_tui.services.pgtools.compression import Compression
from bak_tui.services.pgtools.finding import ToolSet

_TABLE = re.compile(r'pg_dump: dumping contents of table "(?P<table>.*)"$')
_WARNING = re.compile(r"pg_dump: warning: (?P<said>.*)$")
_MOST_WARNINGS = 20
_LONGEST_WARNING = 500
_COMPLAINT = re.compile(r"pg_dump: (?:error|fatal|detail|hint): ", re.IGNORECASE)
_NO_SPACE = "No space left on device"
_LOST = (
    "server closed the connection",
    "connection to server",
    "could not connect",
    "terminating connection",
)
_GONE = (
    "cache lookup failed",
    "could not open relation with OID",
    "does not exist",
    "appears to be empty",
    "returned no data",
)
"""What it, or the server, says of a thing that its snapshot has and the server no more."""
_QUERY = "Query was: "
_LEFT = "nothing was left behind; the database itself is untouched"


@dataclass(frozen=True, slots=True)
class DumpRequest:
    """What to dump, how, with what."""

    tools: ToolSet
    server: Server
    database: str
    snapshot: str
    compression: Compression
    application_name: str
    encoding: str | None = None
    """The database's own, which holds all that is in it. None: what the role or the database has set for its
    clients, which may not."""
    lock_timeout: float = 60.0
    """Seconds to wait for a table's lock."""
    stall_timeout: float = 600.0
    """Seconds without a byte after which the server counts as gone."""
    folder: Path | None = None
    """Made by pg_dump, for a directory-format archive; None streams a custom-format one."""
    jobs: int = 1
    """Workers; only a directory-format archive can have several."""

    @property
    def options(self) -> list[str]:
        """pg_dump's options as the manifest tells them: no names, no connection."""
        compress = f"--compress={self.compression.argument(self.tools)}"
        if self.folder is None:
            return ["--format=custom", compress]
        # Its files are on their way out again: to sync each one would only open it once more.
        return ["--format=directory", f"--jobs={self.jobs}", "--no-sync", compress]

    def argv(self) -> list[str]:
        return [
            str(self.tools.pg_dump),
            *self.options,
            *([f"--file={self.folder}"] if self.folder else []),
            "--verbose",
            "--no-password",
            *([f"--encoding={self.encoding}"] if self.encoding else []),
            f"--snapshot={self.snapshot}",
            f"--lock-wait-timeout={int(self.lock_timeout * 1000)}",
            f"--dbname={connection_string(self.server, self.database, self.application_name)}",
        ]


class DumpProcess(Child):
    """A running pg_dump, readable as a stream where it makes no folder.

    The gate is `check`: without it nothing is proven.
    """

    def __init__(
        self,
        request: DumpRequest,
        on_table: Callable[[str], None],
        log: Callable[[str], None] = lambda _line: None,
    ) -> None:
        super().__init__(
            request.argv(),
            password=request.server.password,
            stdout=subprocess.PIPE if request.folder is None else subprocess.DEVNULL,
            on_line=self._notice,
        )
        self._request = request
        self._on_table = on_table
        self._log = log
        self._warnings: list[str] = []

    def __enter__(self) -> DumpProcess:
        super().__enter__()
        return self

    def stream(self, size: int) -> bytes:
        """The archive's next bytes, b"" at its end."""
        return self.read(size, stall=self._request.stall_timeout)

    def check(self) -> None:
        """Return when pg_dump exited 0; else raise what it said. Its output has ended by then."""
        if not self.ends_within(self._request.stall_timeout):
            raise ServerError(
                f"pg_dump of {self._request.database} wrote its last byte and has not ended for"
                f" {self._request.stall_timeout:.0f} s",
                hint="run it by hand, and see what stands between it and this program",
                kind="stalled",
            )
        code = self.wait()
        if code != 0:
            raise self._failure(code)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What it has warned of; the first of them."""
        return tuple(self._warnings)

    def _notice(self, line: str) -> None:
        self._log(line)
        if match := _TABLE.match(line):
            self._on_table(match["table"])
        elif (match := _WARNING.match(line)) and len(self._warnings) < _MOST_WARNINGS:
            self._warnings.append(visible(match["said"], limit=_LONGEST_WARNING))

    def _failure(self, code: int) -> BakError:
        complaints = [_COMPLAINT.sub("", line) for line in self.stderr if _COMPLAINT.match(line)]
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        said = f": {'; '.join(complaints[:3])}" if complaints else ""
        message = f"pg_dump of {self._request.database} {ended}{said}"
        if is_recovery_conflict(said):
            return RecoveryConflict(message)
        if any(sign in said for sign in _LOST):
            crowded = is_crowded(said)
            # Which of its own queries was cut off says nothing to anybody, and takes half a screen.
            plain = "; ".join(each for each in complaints[:3] if not each.startswith(_QUERY))
            return ServerError(
                f"pg_dump of {self._request.database} {ended}: {plain} (server {self._request.server})",
                hint=FEWER_SESSIONS if crowded else "look whether the server is up, then start again",
                left=_LEFT,
                kind="crowded" if crowded else "server_lost",
            )
        # Of any line: what two workers say at once stands in pieces, each without its beginning.
        full = next((line for line in self.stderr if line.endswith(_NO_SPACE)), "")
        if full:
            message = message if _NO_SPACE in said else f"{message}: {full}"
            return NoSpace(message, hint="make room, or name another folder with TMPDIR", left=_LEFT)
        return self._complained_of(message, said)

    def _complained_of(self, message: str, said: str) -> DumpFailed:
        hint, kind = "mend what pg_dump complains of, then start again", None
        if "LOCK TABLE" in said and "timeout" in said:
            hint = f"another session kept the table locked for {self._request.lock_timeout:g} s; try later"
            kind = "lock_timeout"
        elif "could not obtain lock on relation" in said:
            hint = (
                "another session waits to lock that table alone, and workers cannot wait: --format custom can"
            )
            kind = "lock_busy"
        elif "out of shared memory" in said:
            hint = "a dump locks every table: raise max_locks_per_transaction on the server"
        elif any(words in said for words in _GONE):
            hint = "it may have been dropped or changed while it was being dumped: start again"
            kind = "changed"
        elif "permission denied" in said:
            hint = "a backup reads everything: GRANT pg_read_all_data TO its role, or back up as the owner"
        return DumpFailed(message, hint=hint, left=_LEFT, kind=kind)
