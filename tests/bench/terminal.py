"""`bak-tui`, or another program, on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from tests.children import heed_signals
from tests.waiting import PATIENCE

BAK_TUI = Path(sys.executable).parent / "bak-tui"


def _of_a_login(environment: Mapping[str, str]) -> dict[str, str]:
    """Without another terminal's size, which Textual would believe more than the terminal itself."""
    return {name: value for name, value in environment.items() if name not in {"COLUMNS", "LINES"}}


def _log_in() -> None:
    """A terminal of its own, whose end and ctrl-C are heard."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    heed_signals()


class Terminal:
    """120 by 36; `master` is where the keys are typed and the drawing is read."""

    def __init__(
        self, environment: Mapping[str, str], *argv: str, program: str | Path = BAK_TUI, **more: str
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.process = subprocess.Popen(
            [program, *argv],
            env={**_of_a_login(environment), "TERM": "xterm-256color", "LANG": "C.UTF-8", **more},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_log_in,  # noqa: PLW1509  # as a login does
        )
        os.close(slave)
        self.seen = b""

    def until(self, wanted: bytes, seconds: float = PATIENCE) -> None:
        """Read what it draws until that stands there."""
        deadline = time.monotonic() + seconds
        while wanted not in self.seen:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{wanted!r} was not drawn: {self.seen[-3000:]!r}")
            if select.select([self.master], [], [], 0.2)[0]:
                self.seen += os.read(self.master, 65536)

    def until_drawn_whole(self, wanted: bytes, seconds: float = PATIENCE) -> None:
        """Wait for a whole line of the screen, of which changes draw pieces: another size draws all."""
        deadline = time.monotonic() + seconds
        rows = 36
        while wanted not in self.seen:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{wanted!r} was not drawn: {self.seen[-3000:]!r}")
            rows = 36 + 37 - rows
            self.seen = b""
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 120, 0, 0))
            quiet_from = time.monotonic() + 2
            while wanted not in self.seen and time.monotonic() < quiet_from:
                if select.select([self.master], [], [], 0.2)[0]:
                    self.seen += os.read(self.master, 65536)

    def type_until(self, keys: bytes, wanted: bytes) -> None:
        """Type, and wait for what is drawn then, whatever was drawn before."""
        before, self.seen = self.seen, b""
        os.write(self.master, keys)
        self.until(wanted)
        self.seen = before + self.seen

    def drain(self, quiet: float = PATIENCE) -> bytes:
        """The last it writes, until nobody holds the terminal or nothing comes for so many seconds."""
        try:
            while select.select([self.master], [], [], quiet)[0]:
                data = os.read(self.master, 65536)
                if not data:
                    break
                self.seen += data
        except OSError:
            pass
        return self.seen

    def close(self) -> None:
        """End it as a closed terminal does."""
        os.close(self.master)
        self.process.wait(30)
