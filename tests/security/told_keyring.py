"""A keyring for tests: a JSON file that the variable `TOLD_KEYRING` names."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class Told(KeyringBackend):
    """Knows what the file says, whatever the service."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        del service
        found: dict[str, str] = json.loads(Path(os.environ["TOLD_KEYRING"]).read_text())
        return found.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError
