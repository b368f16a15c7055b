"""However the session ends, what ran is cancelled and cleaned up, and the terminal is restored."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from bak_tui.services.s3 import Bucket
from tests.cli.conftest import Site, embedded
from tests.cli.test_manners import keys_of, slow_site
from tests.samples import sessions_of
from tests.servers.fixtures import MakeDatabase
from tests.waiting import until

__all__ = ["embedded"]

BAK_TUI = Path(sys.executable).parent / "bak-tui"


class Terminal:
    """`bak-tui` on a terminal of its own, 120 by 36."""

    def __init__(self, site: Site) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.process = subprocess.Popen(
            [BAK_TUI],
            env={**site.bak.environment, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # as a login does
        )
        os.close(slave)
        self.seen = b""

    def until(self, wanted: bytes, seconds: float = 30.0) -> None:
        """Read what it draws until that stands there."""
        deadline = time.monotonic() + seconds
        while wanted not in self.seen:
            assert time.monotonic() < deadline, self.seen[-3000:]
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                self.seen += os.read(self.master, 65536)

    def drain(self) -> bytes:
        """The last it writes; the terminal is gone when nobody holds it any more."""
        try:
            while select.select([self.master], [], [], 1.0)[0]:
                data = os.read(self.master, 65536)
                if not data:
                    break
                self.seen += data
        except OSError:
            pass
        return self.seen


def begin_backup(site: Site, name: str, folder: Path) -> Terminal:
    """A session in which a backup is under way, and hangs."""
    terminal = Terminal(slow_site(site, folder))
    terminal.until(name.encode())
    os.write(terminal.master, b"b")
    terminal.until(b"Back up 1 database")
    os.write(terminal.master, b"\r")
    until((folder / "bin" / "pg_dump.hangs").exists, 30)
    return terminal


def assert_clean(site: Site) -> None:
    assert keys_of(site) == set()
    assert Bucket.open(site.target).open_uploads("") == ()
    until(lambda: not sessions_of(site.server))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_cancels_cleans_up_and_restores_the_screen(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path, number: int, code: int
) -> None:
    terminal = begin_backup(embedded, make_database(), tmp_path)
    terminal.process.send_signal(number)
    seen = terminal.drain()
    assert terminal.process.wait(20) == code
    assert b"\x1b[?1049l" in seen, "the alternate screen is left"
    assert b"\x1b[?25h" in seen, "the cursor is shown again"
    assert_clean(embedded)
    os.close(terminal.master)


def test_a_closed_terminal_cancels_and_cleans_up(
    embedded: Site, make_database: MakeDatabase, tmp_path: Path
) -> None:
    terminal = begin_backup(embedded, make_database(), tmp_path)
    os.close(terminal.master)
    assert terminal.process.wait(20) != 0
    assert_clean(embedded)


def test_q_and_y_quit_and_clean_up(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> None:
    terminal = begin_backup(embedded, make_database(), tmp_path)
    os.write(terminal.master, b"q")
    terminal.until(b"Quit cancels them")
    os.write(terminal.master, b"y")
    terminal.drain()
    assert terminal.process.wait(20) == 0
    assert_clean(embedded)
    os.close(terminal.master)


def test_no_escape_of_a_hostile_name_reaches_the_terminal(
    embedded: Site, make_database: MakeDatabase
) -> None:
    make_database("z\x1b]0;owned\x07z")
    make_database("z\x9b31mz")
    terminal = Terminal(embedded)
    terminal.until(b"owned")
    os.write(terminal.master, b"q")
    seen = terminal.drain()
    assert terminal.process.wait(20) == 0
    assert b"]0;owned" in seen
    assert b"\x1b]0;owned" not in seen
    assert "\x9b".encode() not in seen
    os.close(terminal.master)
