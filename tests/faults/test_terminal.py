"""What pg_dump and the store say reaches a terminal only as visible escapes. Fault R41."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.bench.terminal import Terminal
from tests.cli.conftest import Site, embedded
from tests.cli.runner import BAK
from tests.faults.s3_proxy import FOR_EVER, Refuse, S3Proxy
from tests.faults.shims import shim
from tests.samples import mark
from tests.servers.fixtures import MakeDatabase
from tests.waiting import PATIENCE

__all__ = ["embedded"]

RAW = ("\x1b]52;c;b3duZWQ=", "\x1b]0;owned", "\x1b[31mred", "\x9b31m", "\u202egnp")
"""The clipboard, the title, a colour, the same by C1, and letters that run backwards."""
SAID = (
    r"pg_dump: error: seen \033]52;c;b3duZWQ=\007 \033]0;owned\007 \033[31mred"
    r" \302\23331m \342\200\256gnp \233x"
)
"""As printf takes it; the last is no UTF-8 at all."""
NAME = "!\x1b]0;owned\x07 \x9b31m \u202egnp"
"""Before all other names, so that the cursor of the board is on it."""


@pytest.fixture
def hostile(embedded: Site, make_database: MakeDatabase, tmp_path: Path) -> Site:
    """A pg_dump that fails, and says so in its own way."""
    mark(embedded.server, make_database(NAME), "here")
    bindir = Path(embedded.bak.variables["BAK_PG_BINDIR"])
    script = f"printf '{SAID}\\n' >&2; exit 1"
    embedded.bak.variables["BAK_PG_BINDIR"] = str(shim(tmp_path / "bin", bindir, script))
    return embedded


def seen_by(site: Site, *argv: str) -> tuple[int, str]:
    """The exit code, and what a terminal was sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BAK, *argv],
        env={**site.bak.environment, "TERM": "xterm", "LANG": "C.UTF-8"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    try:
        while data := os.read(ours, 65536):
            seen += data
    except OSError:  # EIO: it has ended
        pass
    os.close(ours)
    return process.wait(PATIENCE), seen.decode(errors="surrogateescape")


def assert_literal(seen: str) -> None:
    assert [each for each in RAW if each in seen] == []
    assert not any("\udc80" <= character <= "\udcff" for character in seen), "bytes that are no UTF-8"


@pytest.mark.fault("R41")
@pytest.mark.parametrize("verbosity", [(), ("-v",)], ids=["plain", "verbose"])
def test_what_pg_dump_says_is_printed_as_visible_escapes(hostile: Site, verbosity: tuple[str, ...]) -> None:
    code, seen = seen_by(hostile, *verbosity, "backup", "--database", "!*")
    assert code == 1
    assert "\\x1b]0;owned" in seen
    assert_literal(seen)


@pytest.mark.fault("R41")
def test_what_the_store_says_is_printed_as_visible_escapes(embedded: Site) -> None:
    with S3Proxy(embedded.bak.variables["AWS_ENDPOINT_URL_S3"]) as proxy:
        embedded.bak.variables["AWS_ENDPOINT_URL_S3"] = proxy.url
        # XML knows no ESC.
        refusal = Refuse(403, "Odd\x9b31m", "no \x9b31m \u202egnp")
        for operation in ("ListObjectsV2", "ListObjects"):
            proxy.fault(operation, refusal, times=FOR_EVER)
        code, seen = seen_by(embedded, "-v", "dumps")
    assert code == 5
    assert "\\x9b31m" in seen
    assert_literal(seen)


@pytest.mark.fault("R41")
def test_what_pg_dump_says_is_drawn_as_visible_escapes(hostile: Site) -> None:
    terminal = Terminal(hostile.bak.environment)
    terminal.until(b"owned")
    terminal.type_until(b"b", b"Back up 1 database")
    terminal.type_until(b"\r", b"FAILED")
    terminal.until(b"1 finished")  # the toast says FAILED, too, and the row may come after it
    terminal.type_until(b"L", b"seen")
    terminal.process.send_signal(signal.SIGTERM)
    seen = terminal.drain().decode(errors="surrogateescape")
    assert terminal.process.wait(PATIENCE) == 143
    os.close(terminal.master)
    assert_literal(seen)
