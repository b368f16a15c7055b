"""Whether pg_dump itself gets in: its libpq may find other settings, or trust others, than psycopg's."""

from __future__ import annotations

import re
import subprocess

from bak_tui.core.errors import ServerError
from bak_tui.core.profile import Server
from bak_tui.services.pgtools.child import Child, connection_string
from bak_tui.services.pgtools.finding import ToolSet

_PREFIX = re.compile(r"pg_dump: (?:error|fatal|detail|hint): ", re.IGNORECASE)
_STALL = 30.0


def probe_connection(tools: ToolSet, server: Server, database: str) -> None:
    """Let pg_dump connect and dump nothing of `database`. Raises ServerError with what it said."""
    argv = [
        str(tools.pg_dump),
        "--schema-only",
        "--exclude-schema=*",
        "--no-password",
        f"--dbname={connection_string(server, database, 'bak-probe')}",
    ]
    with Child(argv, password=server.password, stdout=subprocess.PIPE) as child:
        while child.read(64 * 1024, stall=_STALL):
            pass
        code = child.wait()
    if code != 0:
        said = "; ".join(_PREFIX.sub("", line) for line in child.stderr[:2])
        raise ServerError(
            f"pg_dump {tools.version} cannot connect: {said or f'exit code {code}'}",
            hint="psycopg has a libpq of its own; look at the certificates and at what pg_dump's libpq lacks",
            kind="pg_dump_refused",
        )
