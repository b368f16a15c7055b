"""`python -m tests.demo.owner`: a process that owns an embedded pair until its standard input ends.

Prints one line of JSON once both run: the demo's folder, the servers' processes, and how to reach them.
"""

from __future__ import annotations

import json
import sys

from bak_tui.demo.embedded import Embedded

if __name__ == "__main__":
    with Embedded.start() as servers:
        report = {
            "folder": str(servers.folder),
            "pids": [servers.postgres.pid, servers.s3.pid],
            "environment": servers.environment(),
        }
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
