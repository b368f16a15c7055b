"""What others on the machine can see of a process and all that come of it, looked at while they live."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_PROC = Path("/proc")
_PAUSE = 0.002
"""Seconds; without one it takes from the watched half of the processor."""


class Watch:
    """Samples command lines and environments of `pid`, its children, and theirs, again and again."""

    def __init__(self, pid: int, *, pause: float = _PAUSE) -> None:
        self._pid = pid
        self._pause = pause
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.command_lines: set[bytes] = set()
        self.environments: set[bytes] = set()
        self.seen: set[tuple[bytes, bytes]] = set()
        """Each command line with its environment; of one that is just being replaced the new one's."""

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def has_seen(self, program: str) -> bool:
        """Whether a program of that name was among them."""
        return any(Path(line.split(b"\0")[0].decode()).name == program for line in self.command_lines)

    def _run(self) -> None:
        while not self._ended.wait(self._pause):
            for pid in self._family(self._pid):
                with suppress(OSError):  # it has just ended
                    line = (_PROC / str(pid) / "cmdline").read_bytes()
                    environment = (_PROC / str(pid) / "environ").read_bytes()
                    self.command_lines.add(line)
                    self.environments.add(environment)
                    self.seen.add((line, environment))

    def _family(self, pid: int) -> list[int]:
        found = [pid]
        with suppress(OSError):
            for thread in (_PROC / str(pid) / "task").iterdir():
                for child in (thread / "children").read_text().split():
                    found += self._family(int(child))
        return found
