"""How many processors a server has: PostgreSQL does not tell, so its Linux is asked where the role may.

    /sys/devices/system/cpu/online: `0-3,6`    /sys/fs/cgroup/cpu.max: `200000 100000`, or `max 100000`

A container is given less than its machine has. (docs.kernel.org: admin-guide/cputopology, cgroup-v2)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

_READS_FILES = """
SELECT rolsuper OR (pg_has_role('pg_read_server_files', 'USAGE')
                    AND has_function_privilege('pg_read_file(text, bigint, bigint, boolean)', 'EXECUTE'))
FROM pg_roles WHERE rolname = current_user
"""
_READ = "SELECT pg_read_file(%s, 0, 1000, true)"
_ONLINE = "/sys/devices/system/cpu/online"
_ALLOWED = "/sys/fs/cgroup/cpu.max"
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_QUOTA = re.compile(r"(\d+) (\d+)\s*")


def server_cores(connection: Connection) -> int | None:
    """At least 1; None where this role may not read files, or the server is on no Linux."""
    import psycopg

    row = connection.execute(_READS_FILES).fetchone()
    if not row or not row[0]:
        return None
    try:
        online, allowed = (_read(connection, path) for path in (_ONLINE, _ALLOWED))
    except psycopg.Error:
        return None
    return cores_of(online, allowed)


def cores_of(online: str, allowed: str) -> int | None:
    """What the two files come to."""
    ranges = [_RANGE.fullmatch(part) for part in online.strip().split(",")]
    there = sum(int(match[2] or match[1]) - int(match[1]) + 1 for match in ranges if match)
    quota = _QUOTA.fullmatch(allowed)
    if quota and int(quota[2]):
        there = min(there, max(1, int(quota[1]) // int(quota[2])))
    return there if there > 0 else None


def _read(connection: Connection, path: str) -> str:
    row = connection.execute(_READ, (path,)).fetchone()
    return str(row[0] or "") if row else ""
