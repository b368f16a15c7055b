"""From key press to paint, on a terminal: idle, while a 1 GB database is backed up, while 100,000 keys load.

A key is written to the terminal and the clock stops when the cursor bar `▌` is drawn at its new place.
"""

from __future__ import annotations

import os
import select
import statistics
import tempfile
import time

from bak_tui.demo.embedded import Embedded
from tests.bench.saying import say
from tests.bench.storing import store_empty_objects
from tests.bench.terminal import Terminal
from tests.samples import fill_bytes
from tests.servers.fixtures import open_connection

_PRESSES = 300
_PAUSE = 0.03
_BAR = "▌".encode()
_KEYS = 100_000


def run() -> None:
    """Print a table."""
    with Embedded.start() as servers, tempfile.TemporaryDirectory() as state:
        with open_connection(servers.server, "postgres") as connection:
            for number in range(30):
                connection.execute(f"CREATE DATABASE small_{number:02}".encode())
            connection.execute("CREATE DATABASE big")
        say("filling a database of 1 GB …")
        fill_bytes(servers.server, "big", 1000)
        many = servers.s3.create_bucket("many")
        say(f"storing {_KEYS:,} keys …")
        store_empty_objects(servers.s3, many, "photos", _KEYS)
        say(f"{'while':<34}  {'presses':>7}  {'p50 ms':>7}  {'p99 ms':>7}  {'max ms':>7}")
        environment = {
            **os.environ,
            **servers.environment(),
            "BAK_STATE_DIR": state,
            "BAK_CONFIG": f"{state}/config.toml",
        }
        _measure("nothing runs", environment)
        _measure("a 1 GB database is backed up", environment, backs_up=True)
        _measure(f"{_KEYS:,} keys load", {**environment, "BAK_BUCKET": many.bucket})


def _measure(what: str, environment: dict[str, str], *, backs_up: bool = False) -> None:
    terminal = Terminal(environment)
    try:
        terminal.until(b"small_00")
        if backs_up:  # the cursor is on `big`, the first of those that were never backed up
            os.write(terminal.master, b"b")
            terminal.until(b"Back up 1 database")
            os.write(terminal.master, b"\r")
            terminal.until(b"RUN")
        took = [_press(terminal, b"j" if number % 40 < 20 else b"k") for number in range(_PRESSES)]
    finally:
        terminal.close()
    took = sorted(1000 * seconds for seconds in took)
    p99 = took[int(len(took) * 0.99) - 1]
    say(f"{what:<34}  {len(took):>7}  {statistics.median(took):>7.1f}  {p99:>7.1f}  {took[-1]:>7.1f}")


def _press(terminal: Terminal, key: bytes) -> float:
    """Seconds from the key to the bar's paint."""
    while select.select([terminal.master], [], [], _PAUSE)[0]:
        os.read(terminal.master, 65536)
    began = time.perf_counter()
    os.write(terminal.master, key)
    seen = b""
    while _BAR not in seen:
        if not select.select([terminal.master], [], [], 5)[0]:
            return 5.0
        seen += os.read(terminal.master, 65536)
    return time.perf_counter() - began
