"""The private folder in which throw-away servers live and which takes everything with it when it goes."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from bak_tui.core.errors import FileProblem
from bak_tui.services.throwaway import leftovers
from bak_tui.services.throwaway.account import Account, server_account

_USUAL_BASES = ("/tmp", "/var/tmp", "/run")  # noqa: S108


class ThrowawayFolder:
    """A folder of our own, locked as long as we live; remove it with `close()` or by leaving the `with`.

    Modes are set, never left to the umask. Nobody but us may look into it; as root, the server's account
    may pass through it to what is its own.
    """

    def __init__(self, path: Path, account: Account | None, lock: int) -> None:
        self.path = path
        self.account = account
        """As whom PostgreSQL runs; None when as ourselves."""
        self._lock: int | None = lock

    @classmethod
    def create(cls) -> ThrowawayFolder:
        """Make one in the first base the server can reach, after clearing what dead owners left."""
        account = server_account()
        leftovers.sweep(_bases())
        base = _choose_base(account)
        path = Path(tempfile.mkdtemp(prefix=leftovers.PREFIX, dir=base))
        lock = _claim(path)
        if account is not None:
            os.chown(path, -1, account.gid)
            path.chmod(0o710)
        return cls(path, account, lock)

    def room(self, name: str, *, for_server: bool = False) -> Path:
        """A folder in it for us alone, or for the server's account alone."""
        room = self.path / name
        room.mkdir()
        room.chmod(0o700)
        if for_server and self.account is not None:
            os.chown(room, self.account.uid, self.account.gid)
        return room

    def record(self, pid: int) -> None:
        """Note a server, so that whoever clears the folder after us can stop it."""
        records = self.path / leftovers.RECORDS
        records.mkdir(exist_ok=True)
        (records / str(pid)).touch()

    def forget(self, pid: int) -> None:
        """The server has ended."""
        (self.path / leftovers.RECORDS / str(pid)).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop what was left running, remove the folder, give up the lock. May be called twice."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        try:
            leftovers.clear(self.path)
        finally:
            os.close(lock)

    def __enter__(self) -> ThrowawayFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _claim(path: Path) -> int:
    """Lock under a passing name first: a lock file that nobody holds means a dead owner."""
    passing = path / "owner.new"
    descriptor = os.open(passing, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    passing.rename(path / leftovers.LOCK)
    return descriptor


def _bases() -> Iterator[Path]:
    """TMPDIR and the usual ones, without links (processes are told by their folder's true name)."""
    seen = set()
    for name in (tempfile.gettempdir(), *_USUAL_BASES):
        base = Path(name).resolve()
        if base not in seen and base.is_dir():
            seen.add(base)
            yield base


def _choose_base(account: Account | None) -> Path:
    for base in _bases():
        if not os.access(base, os.W_OK | os.X_OK):
            continue
        if account is None or (account.may_search(base) and not _forbids_programs(base)):
            return base
    whom = f"the account {account.name}" if account else "this user"
    raise FileProblem(
        f"no folder for temporary files can be used by {whom}", hint="set TMPDIR to one that can be"
    )


def _forbids_programs(base: Path) -> bool:
    """Mounted noexec: the server's programs may have to be copied there."""
    return bool(os.statvfs(base).f_flag & getattr(os, "ST_NOEXEC", 8))
