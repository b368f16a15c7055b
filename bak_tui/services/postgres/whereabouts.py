"""How much is free where a server keeps its databases; told only when that is a disk of this machine.

A server at 127.0.0.1 may be anywhere: behind a tunnel, in a container. It is here when the process that
serves this very session runs here: its title names our port, or a local socket, and nobody else's does.
(postgresql.org/docs/current/monitoring-ps.html; runtime-config-preset.html, data_directory)
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bak_tui.core.databases import ServerDisk

if TYPE_CHECKING:
    from psycopg import Connection

_WHO = "SELECT pg_backend_pid(), inet_client_port(), pg_has_role('pg_read_all_settings', 'USAGE')"
_PROCESSES = Path("/proc")


def server_disk(connection: Connection) -> ServerDisk:
    """Bytes that are free in the server's data directory, or why that is not known."""
    row = connection.execute(_WHO).fetchone()
    pid, port, sees_settings = row or (None, None, False)
    if not _is_here(pid, port):
        return ServerDisk(None, "what is free there cannot be asked: it is not certain to be this machine")
    if not sees_settings:
        return ServerDisk(None, "where its data lies is not shown to this role (pg_read_all_settings)")
    folder = connection.execute("SELECT current_setting('data_directory')").fetchone()
    try:
        disk = os.statvfs(str(folder[0]) if folder else "")
    except OSError as error:
        return ServerDisk(None, f"what is free there cannot be seen from here: {error.strerror}")
    return ServerDisk(disk.f_bavail * disk.f_frsize)


def _is_here(pid: int | None, port: int | None) -> bool:
    """`postgres: user database 127.0.0.1(40312) idle`, or `… [local] idle` for a socket."""
    try:
        title = (_PROCESSES / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return False
    return "postgres" in title and ("[local]" if port is None or port < 0 else f"({port})") in title
