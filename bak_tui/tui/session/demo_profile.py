"""The demo's profile: stored like any other, in the demo's own file, so that its `bak` lines can be pasted.

Its secrets lie beside it as long as the demo lasts, in files only their owner can read; they open nothing but
the demo's own servers on this machine.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bak_tui.core.secret import Secret
from bak_tui.core.stored_complaints import parse_profile
from bak_tui.core.stored_profile import StoredProfile
from bak_tui.operations.profiles.stored import Profiles

if TYPE_CHECKING:
    from bak_tui.demo.embedded import Embedded


def store_demo(profiles: Profiles, servers: Embedded, room: Path) -> StoredProfile:
    """Store the profile `demo` of these servers; its secrets go into `room`."""
    server, target = servers.server, servers.target
    keys = f"{servers.s3.access_key}\n{servers.s3.secret_key.reveal()}"
    raw: dict[str, Any] = {
        "environment": "DEV",
        "server": {
            "host": server.host,
            "port": server.port,
            "user": server.user,
            "password": _kept(room / "password", server.password),
        },
        "target": {
            "bucket": target.bucket,
            "endpoint": target.endpoint,
            "region": target.region,
            "addressing": target.addressing.value,
            "keys": _kept(room / "keys", Secret(keys)),
        },
    }
    stored = parse_profile("demo", raw)
    profiles.save(stored)
    return stored


def _kept(path: Path, secret: Secret | None) -> dict[str, str]:
    """The reference to a secret that is in a file from now on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret.reveal() if secret else "")
    return {"from": "file", "path": str(path)}
