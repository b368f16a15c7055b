"""psql is never run here: `\\!` in a script runs commands. A person is told what to run instead."""

from __future__ import annotations

import shlex

from bak_tui.core.profile import Server


def psql_command(server: Server, database: str) -> str:
    """psql as it should be given a script, quoted for a shell: no psqlrc, and an end at the first error."""
    from psycopg.conninfo import make_conninfo

    reach = make_conninfo("", **{**server.given, "dbname": database})
    return shlex.join(["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={reach}"])
