"""`bak` as its users run it: a process of its own, with an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bak_tui.core.profile import Server, Target
from tests.children import heed_signals

BAK = Path(sys.executable).parent / "bak"


@dataclass(frozen=True)
class Finished:
    """How it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.out)


@dataclass
class Runner:
    """Runs `bak` with nothing of the tester's own environment but what is needed to run programs."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "BAK_STATE_DIR": str(self.home / "state"),
            **self.variables,
        }

    def __call__(self, *argv: str | Path, **more: str) -> Finished:
        done = subprocess.run(
            [BAK, *argv],
            env={**self.environment, **more},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        finished = Finished(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in finished.err
        return finished

    def start(self, *argv: str | Path) -> subprocess.Popen[bytes]:
        """Start it and go on."""
        return subprocess.Popen(
            [BAK, *argv],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=heed_signals,  # noqa: PLW1509  # it starts no threads
        )


def server_flags(server: Server) -> list[str]:
    """As the first users write them."""
    password = server.password.reveal() if server.password else ""
    return [
        "--host",
        str(server.host),
        "--port",
        str(server.port),
        "--user",
        str(server.user),
        "--password",
        password,
    ]


def target_flags(target: Target) -> list[str]:
    """As the first users write them."""
    secret = target.secret_key.reveal() if target.secret_key else ""
    return [
        "--endpoint",
        str(target.endpoint),
        "--bucket",
        target.bucket,
        "--key",
        str(target.access_key),
        "--secret",
        secret,
    ]
