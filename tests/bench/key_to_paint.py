"""From a key press to its paint, whatever else goes on.

Idle, while a large database is backed up, while many keys load, are sorted and filtered. A key is written to
a terminal, and the clock stops when the cursor bar `▌` is drawn at its new place.
"""

from __future__ import annotations

import argparse
import os
import select
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bak_tui.core.profile import Target
from bak_tui.core.wording import plural
from bak_tui.demo.embedded import Embedded
from tests.bench.fake_bucket import fake_bucket
from tests.bench.saying import say, say_heads, say_row
from tests.bench.storing import store_empty_objects
from tests.bench.terminal import Terminal
from tests.cli.test_memory import peak_memory
from tests.samples import fill_bytes
from tests.servers.fixtures import open_connection

_PAUSE = 0.03
_SETTLED = 4.0
_BAR = "▌".encode()
_STORED = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much there is, and how often a key is pressed."""
    parser.add_argument("--presses", type=int, default=300, metavar="N", help="in each row (%(default)s)")
    parser.add_argument(
        "--megabytes", type=int, default=1000, metavar="N", help="what is backed up (%(default)s)"
    )
    keys = [1_000, 100_000, 1_000_000]
    parser.add_argument(
        "--keys", type=int, nargs="*", default=keys, metavar="N", help="that load (%(default)s)"
    )


def run(asked: argparse.Namespace) -> None:
    """Print a table."""
    with Embedded.start() as servers:
        with open_connection(servers.server, "postgres") as connection:
            for number in range(30):
                connection.execute(f"CREATE DATABASE small_{number:02}".encode())
            connection.execute("CREATE DATABASE big")
        say(f"filling a database of {asked.megabytes} MB …")
        fill_bytes(servers.server, "big", asked.megabytes)
        many = servers.s3.create_bucket("many")
        say(f"storing {_STORED:,} keys …")
        store_empty_objects(servers.s3, many, "photos", _STORED)
        say_heads("while", "presses", "p50 ms", "p99 ms (goal ≤ 100)", "max ms", "peak MB", "first rows, ms")
        environment = {**os.environ, **servers.environment()}
        presses = asked.presses
        _measure("nothing runs", presses, environment)
        _measure(f"{asked.megabytes} MB are backed up", presses, environment, _begin_backup)
        loading = {**environment, "BAK_BUCKET": many.bucket}
        _measure(f"{_STORED:,} keys load from rclone", presses, loading, _begin_listing)
        for number in asked.keys:
            with fake_bucket(number) as target:
                loading = {**environment, **_at(target)}
                _measure(f"{number:,} keys load", presses, loading, _begin_listing)
                _arrange(number, loading)


@contextmanager
def _session(environment: dict[str, str]) -> Iterator[Terminal]:
    """With a state of its own: it begins at the top of the bucket, not where the last one was left."""
    with tempfile.TemporaryDirectory() as state:
        own = {"BAK_STATE_DIR": state, "BAK_CONFIG": f"{state}/config.toml"}
        terminal = Terminal({**environment, **own})
        try:
            yield terminal
        finally:
            terminal.close()


def _measure(
    what: str,
    presses: int,
    environment: dict[str, str],
    begin: Callable[[Terminal], float | None] = lambda _terminal: None,
) -> None:
    with _session(environment) as terminal:
        terminal.until(b"small_00")
        shown_after = begin(terminal)
        took = [_press(terminal, b"j" if number % 40 < 20 else b"k") for number in range(presses)]
        memory = _settled_memory(terminal)
    _row(what, took, f"{memory:.1f}", "" if shown_after is None else f"{1000 * shown_after:.0f}")


def _arrange(keys: int, environment: dict[str, str]) -> None:
    """Sort and filter a folder that is loaded: from the key to what it says, and the filter's last match."""
    with _session(environment) as terminal:
        terminal.until(b"small_00")
        _begin_listing(terminal)
        _until(terminal, f" {plural(keys, 'object')}, by name".encode())
        orders = (b"largest first", b"newest first", b"by name")
        sorting = [_press(terminal, b"s", orders[number % 3]) for number in range(30)]
        _row(f"{keys:,} keys are sorted", sorting)
        filtering, finding = [], []
        for number in range(10):
            os.write(terminal.master, b"/")
            typed = f"{number}1.J"
            for length in range(1, len(typed) + 1):
                key, shown = typed[length - 1].encode(), f"/ {typed[:length]} ".encode()
                filtering.append(_press(terminal, key, shown))
            finding.append(_press(terminal, b"P", f"{keys // 100:,} of".encode()))
            os.write(terminal.master, b"\x1b")
            _until(terminal, b"by name")
        _row(f"a filter over {keys:,} keys is typed", filtering)
        _row(f"… until it has looked at all {keys:,}", finding)


def _until(terminal: Terminal, text: bytes) -> None:
    seen = b""
    while text not in seen:
        seen += os.read(terminal.master, 65536)


def _row(what: str, took: list[float], *more: str) -> None:
    took = sorted(1000 * seconds for seconds in took)
    figures = (statistics.median(took), took[int(len(took) * 0.99) - 1], took[-1])
    say_row(what, len(took), *(f"{figure:.1f}" for figure in figures), *(more or ("", "")))


def _settled_memory(terminal: Terminal) -> float:
    """The peak, in MB, once it has not grown for some seconds: what was loading is loaded."""
    peaks = [0.0, 1.0]
    while peaks[-1] > peaks[-2]:
        deadline = time.monotonic() + _SETTLED
        while time.monotonic() < deadline:  # what it draws has to go somewhere
            if select.select([terminal.master], [], [], 0.2)[0]:
                os.read(terminal.master, 65536)
        peaks.append(peak_memory(terminal.process.pid) / 1e6)
    return peaks[-1]


def _begin_backup(terminal: Terminal) -> None:
    """The cursor is on `big`, the first of those that were never backed up."""
    os.write(terminal.master, b"b")
    terminal.until(b"Back up 1 database")
    os.write(terminal.master, b"\r")
    terminal.until(b"RUN")


def _begin_listing(terminal: Terminal) -> float:
    """Into the folder that holds them all; the board lists the bucket at the same time.

    Seconds until the first rows stand there.
    """
    os.write(terminal.master, b"3")
    terminal.until(b"photos/")
    began = time.perf_counter()
    os.write(terminal.master, b"\r")
    terminal.until(b"00000.jpg")
    return time.perf_counter() - began


def _at(target: Target) -> dict[str, str]:
    secret = target.secret_key.reveal() if target.secret_key else ""
    return {
        "BAK_BUCKET": target.bucket,
        "AWS_ENDPOINT_URL_S3": target.endpoint or "",
        "AWS_ACCESS_KEY_ID": target.access_key or "",
        "AWS_SECRET_ACCESS_KEY": secret,
    }


def _press(terminal: Terminal, key: bytes, shown: bytes = _BAR) -> float:
    """Seconds from the key to the paint of what it shows: the bar where it went."""
    while select.select([terminal.master], [], [], _PAUSE)[0]:
        os.read(terminal.master, 65536)
    began = time.perf_counter()
    os.write(terminal.master, key)
    seen = b""
    while shown not in seen:
        if not select.select([terminal.master], [], [], 5)[0]:
            return 5.0
        seen += os.read(terminal.master, 65536)
    return time.perf_counter() - began
