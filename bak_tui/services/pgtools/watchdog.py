"""A watchdog on a child: one that makes no progress is ended, one that is only slow is not.

Progress is any of: a line it says, bytes it reads (`/proc/<pid>/io`, its workers' too), what its sessions on
the server count (rows copied, blocks indexed), a statement that begins. A session that is on a processor or
waits for a disk is at work however long: a CREATE INDEX may take hours and say nothing. A session that waits
for a lock is not; it is given less time, and who holds the lock is told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from types import TracebackType

from bak_tui.core.activity import Activity
from bak_tui.core.errors import BakError, RestoreFailed, ServerError
from bak_tui.services.pgtools.child import Child

IDLE = Activity()
_FAREWELL = 2.0
"""Seconds that the end of a child waits for a question to the server that is under way."""


class Watchdog:
    """Watches while inside. `check` raises what it ended the child for."""

    def __init__(
        self,
        child: Child,
        *,
        stall: float,
        lock: float,
        look: Callable[[], Activity] = lambda: IDLE,
        told: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """Seconds; `look` asks the server, and may take a while or fail. `told` hears of locks waited for."""
        self._child = child
        self._stall = stall
        self._lock = lock
        self._look = look
        self._told = told
        self._error: BakError | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="bak-watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # It may wait for a server that says nothing; it does nothing more once that is answered or given up.
        self._done.set()
        self._thread.join(_FAREWELL)

    def check(self) -> None:
        """Return when the child ended by itself."""
        if self._error is not None:
            raise self._error

    def _watch(self) -> None:
        said: Hashable = None
        last: Hashable = None
        moved = time.monotonic()
        told: tuple[str, ...] = ()
        while not self._done.wait(min(self._stall, self._lock, 20.0) / 8):
            here = (self._child.lines_said, _bytes_read(self._child.pid))
            if here != said:
                said, moved = here, time.monotonic()
                continue
            seen = self._activity()
            if self._done.is_set():
                return
            if seen.blockers and seen.blockers != told:
                self._told(f"waits for a lock that is held by {', '.join(seen.blockers)}")
            told = seen.blockers
            if seen.marks != last or seen.is_working:
                last, moved = seen.marks, time.monotonic()
                continue
            still = time.monotonic() - moved
            if still > (min(self._lock, self._stall) if told else self._stall):
                self._error = self._trouble(told, still)
                self._child.stop()
                return

    def _activity(self) -> Activity:
        """A server that does not answer shows no sign of work."""
        try:
            return self._look()
        except ServerError:
            return IDLE

    def _trouble(self, blockers: tuple[str, ...], seconds: float) -> BakError:
        name = Path(self._child.argv[0]).name
        if blockers:
            return RestoreFailed(
                f"{name} waited {seconds:.0f} s for a lock that is held by {', '.join(blockers)}",
                hint="let that session end, then restore again",
                kind="lock_timeout",
            )
        return ServerError(
            f"{name} has made no progress for {seconds:.0f} s",
            hint="the connection to the server stalls, or what it runs there waits for something",
            kind="stalled",
        )


def _bytes_read(pid: int) -> tuple[int, ...]:
    """What the process and its workers have read so far; empty where the system does not tell."""
    try:
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        workers = []
    return tuple(count for each in (str(pid), *workers) if (count := _read_by(each)) is not None)


def _read_by(pid: str) -> int | None:
    try:
        first = Path(f"/proc/{pid}/io").read_bytes().split(b"\n", 1)[0]
    except OSError:
        return None
    name, _, number = first.partition(b": ")
    return int(number) if name == b"rchar" else None
