"""pg_restore as a decoder: an archive that comes as a stream is decoded to nowhere, to prove it can be.

`pg_restore --list` notices no cut; a full decode does. The bytes come through its input, so nothing of the
dump ever lies on this machine.
"""

from __future__ import annotations

import os
import select
import subprocess
import threading

from bak_tui.core.errors import IntegrityError
from bak_tui.services.pgtools.child import Child
from bak_tui.services.pgtools.finding import ToolSet


class Decoder(Child):
    """A pg_restore that is fed the archive `name`.

    `stall` is how many seconds it may take nothing, or need after the last byte. Leaving the context ends it;
    only `finish` says that it came to the archive's end.
    """

    def __init__(self, tools: ToolSet, name: str, *, stall: float) -> None:
        super().__init__(
            [str(tools.pg_restore), "--format=custom", f"--file={os.devnull}"], stdin=subprocess.PIPE
        )
        self._name = name
        self._stall = stall
        self._takes_more = True

    def __enter__(self) -> Decoder:
        super().__enter__()
        os.set_blocking(self._input(), False)
        return self

    def feed(self, data: bytes) -> None:
        """Give it all of `data`; one that has given up takes no more, and `finish` tells why."""
        poll = select.poll()
        poll.register(self._input(), select.POLLOUT)
        view = memoryview(data)
        while view and self._takes_more:
            if not poll.poll(self._stall * 1000):
                raise self._stuck()
            try:
                view = view[os.write(self._input(), view) :]
            except BlockingIOError:  # less room than a pipe may take at once
                continue
            except BrokenPipeError:
                self._takes_more = False

    def finish(self) -> None:
        """No more comes. Returns when all was decoded; else raises IntegrityError with what it said."""
        self.end_input()
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            self.stop()

        watchdog = threading.Timer(self._stall, give_up)
        watchdog.start()
        try:
            code = self.wait()
        finally:
            watchdog.cancel()
        if is_late.is_set():
            raise self._stuck()
        if code != 0:
            said = self.stderr[-1].removeprefix("pg_restore: ") if self.stderr else f"exit code {code}"
            raise IntegrityError(
                f"{self._name} cannot be decoded to its end: {said}",
                hint="the archive is cut or damaged; use another backup",
                kind="bad_archive",
            )

    def _stuck(self) -> IntegrityError:
        return IntegrityError(
            f"{self._name} cannot be decoded: pg_restore made no progress for {self._stall:.0f} s",
            hint="the archive is damaged, or this machine is overloaded",
            kind="bad_archive",
        )
