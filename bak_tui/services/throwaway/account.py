"""As whom PostgreSQL runs: it refuses to run as root, so root lends it the account `nobody`."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from bak_tui.core.errors import ToolError


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine (initdb insists on an entry in the password database)."""

    name: str
    uid: int
    gid: int

    def may_search(self, folder: Path) -> bool:
        """Whether this account can pass through `folder` and every folder above it, by their modes."""
        return all(self._may_enter(step.stat()) for step in (folder, *folder.parents))

    def _may_enter(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def server_account() -> Account | None:
    """The account for PostgreSQL when we are root; None when it runs as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "postgres", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ToolError(
        "PostgreSQL does not run as root, and this machine has no account `nobody` to run it as",
        hint="run as an ordinary user",
    )
