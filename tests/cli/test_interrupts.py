"""Ctrl-C, SIGTERM and SIGHUP before a server or a bucket that accepts and never answers."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import Runner
from tests.waiting import PATIENCE

FOR_LONG = {"PGPASSWORD": "p", "PGCONNECT_TIMEOUT": "600"}
"""What ends before was ended by the signal."""
QUESTIONS = ("ls", "dumps", "status", "show x", "doctor", "restore x.sql", "backup --dry-run")


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


CASES = [
    *((question, signal.SIGINT, 130) for question in QUESTIONS),
    *((question, signal.SIGTERM, 143) for question in ("status", "dumps")),
    ("ls", signal.SIGHUP, 129),
]


@pytest.mark.parametrize(("question", "number", "code"), CASES)
def test_a_question_ends_soon_and_in_one_line(
    silent: socket.socket, tmp_path: Path, question: str, number: signal.Signals, code: int
) -> None:
    port = silent.getsockname()[1]
    command, *rest = question.split()
    at_server = ["--host", f"127.0.0.1:{port}", "--user", "u"]
    at_bucket = ["--endpoint", f"http://127.0.0.1:{port}", "--bucket", "b"]
    if command == "ls":
        at_bucket = []
    elif command in {"dumps", "show"}:
        at_server = []
    run = Runner(tmp_path, FOR_LONG | {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}).start(
        command, *rest, *at_server, *at_bucket
    )
    try:
        waiting, _ = silent.accept()
        with waiting:
            run.send_signal(number)
            stdout, stderr = run.communicate(timeout=PATIENCE)
    finally:
        run.kill()
        run.wait()
    assert (run.returncode, stdout) == (code, b"")
    assert stderr == b"bak: interrupted\n"


JOBS = ("undo d --confirm d", "dump", "backup")


@pytest.mark.parametrize("verb", JOBS)
def test_a_job_that_asks_a_silent_server_ends_soon(silent: socket.socket, tmp_path: Path, verb: str) -> None:
    port = silent.getsockname()[1]
    command, *rest = verb.split()
    at_bucket = ["--bucket", "b"] if command == "backup" else []
    run = Runner(tmp_path, FOR_LONG).start(
        command, *rest, "--host", f"127.0.0.1:{port}", "--user", "u", *at_bucket
    )
    try:
        waiting, _ = silent.accept()
        with waiting:
            run.send_signal(signal.SIGINT)
            _, stderr = run.communicate(timeout=PATIENCE)
    finally:
        run.kill()
        run.wait()
    assert run.returncode == 130
    assert b"Traceback" not in stderr


SLOW_TO_LEAVE = """
import os, signal, sys, time
from bak_tui.cli import interrupting

class Slow:
    def __del__(self, sleep=time.sleep):
        sleep(1)

slow = Slow()
interrupting._GRACE = 0.3
interrupting.heed_signals()
try:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
except interrupting.Interrupted as interrupted:
    sys.exit(interrupted.exit_code)
"""


def test_an_interpreter_that_is_slow_to_leave_is_not_killed_by_the_alarm() -> None:
    """Its handlers are gone by then: the alarm, set for what may hold the exit, would be the exit code."""
    left = subprocess.run([sys.executable, "-c", SLOW_TO_LEAVE], check=False, timeout=PATIENCE)
    assert left.returncode == 143
